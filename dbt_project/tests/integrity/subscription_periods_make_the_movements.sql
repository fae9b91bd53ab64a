-- Prevents a ledger that the subscriptions do not bear out. A period counts at the closes of the days from that
-- of its first instant up to, and without, that of its end; what it brings and takes away then must be the movements,
-- customer by customer and day by day, both ways.
{{ config(meta={'dagster': {'ref': {'name': 'fct_mrr_movements'}}}) }}
with differences as (
    select
        customer_id,
        {{ report_date('valid_from') }} as movement_date,
        mrr as mrr_change
    from {{ ref('fct_subscription_periods') }}
    where {{ is_affected('customer_id') }}
    union all
    select
        customer_id,
        {{ report_date('valid_to') }} as movement_date,
        -mrr as mrr_change
    from {{ ref('fct_subscription_periods') }}
    where valid_to is not null and {{ is_affected('customer_id') }}
    union all
    select
        customer_id,
        movement_date,
        -mrr_change as mrr_change
    from {{ ref('fct_mrr_movements') }}
    where {{ is_affected('customer_id') }}
)

select
    customer_id,
    movement_date,
    sum(mrr_change) as difference
from differences
group by customer_id, movement_date
having sum(mrr_change) <> 0
