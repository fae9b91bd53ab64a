-- Prevents offers that move otherwise than the customers: each type of each day, and switches that do not cancel out.
{{ config(meta={'dagster': {'ref': {'name': 'fct_offer_mrr_movements'}}}) }}
with offers as (
    select
        *,
        switched_in_mrr + switched_out_mrr as switched_mrr
    from {{ ref('fct_offer_mrr_movements') }}
),

days as (
    select
        *,
        close_date as movement_date,
        0 as switched_mrr
    from {{ ref('fct_mrr_daily') }}
)

{{ sums_that_differ('offers', 'days', ['movement_date'], value_movement_columns()[:5] + ['switched_mrr']) }}
