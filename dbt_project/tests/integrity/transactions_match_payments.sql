-- Prevents payments lost or doubled on their way to the mart, such as by two exchange rates for a day: rows and gross
-- amounts of each currency and kind of event, both ways.
{{ config(meta={'dagster': {'ref': {'name': 'fct_transactions'}}}) }}
with differences as (
    select
        currency,
        event_type,
        1 as payment_rows,
        amount
    from {{ ref('stg_payment_events') }}
    union all
    select
        currency,
        event_type,
        -1 as payment_rows,
        -amount as amount
    from {{ ref('fct_transactions') }}
)

select
    currency,
    event_type,
    sum(payment_rows) as row_difference,
    sum(amount) as amount_difference
from differences
group by currency, event_type
having sum(payment_rows) <> 0 or sum(amount) <> 0
