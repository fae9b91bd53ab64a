/*
    Days on which a customer bought something once (a pass, pay-per-view, a rental), and what the day brought. A
    purchase stands on the day of its payment with what is left of it; one that was taken back in full never was.
*/
with purchases as (
    select
        purchase_id,
        min(case when event_type = 'succeeded' then customer_id end) as customer_id,
        min(case when event_type = 'succeeded' then occurred_at end) as occurred_at,
        sum(revenue_reporting) as revenue
    from {{ ref('fct_transactions') }}
    where product_kind in ('pass', 'ppv', 'rental')
    group by purchase_id
)

select
    customer_id,
    {{ report_date('occurred_at') }} as purchase_date,
    cast(sum(revenue) as {{ money() }}) as revenue
from purchases
where occurred_at is not null and revenue > 0
group by customer_id, {{ report_date('occurred_at') }}
