-- Prevents a month that reports other movements than the ledger holds: each type of each month, both ways.
{{ config(meta={'dagster': {'ref': {'name': 'fct_mrr_monthly'}}}) }}
with movements as (
    select
        {{ month_of('movement_date') }} as month,
        {%- for column in value_movement_columns()[:5] %}
            case when movement_type || '_mrr' = '{{ column }}' then mrr_change else 0 end as {{ column }},
        {%- endfor %}
        movement_type
    from {{ ref('fct_mrr_movements') }}
)

{{ sums_that_differ('movements', ref('fct_mrr_monthly'), ['month'], value_movement_columns()[:5]) }}
