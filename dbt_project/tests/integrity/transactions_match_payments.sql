-- Prevents payments lost or doubled on their way to the mart, such as by two exchange rates for a day: rows and gross
-- amounts of each currency and kind of event, both ways.
{{ config(meta={'dagster': {'ref': {'name': 'fct_transactions'}}}) }}
with payments as (
    select
        *,
        1 as payment_rows
    from {{ ref('stg_payment_events') }}
),

transactions as (
    select
        *,
        1 as payment_rows
    from {{ ref('fct_transactions') }}
)

{{ sums_that_differ('payments', 'transactions', ['currency', 'event_type'], ['payment_rows', 'amount']) }}
