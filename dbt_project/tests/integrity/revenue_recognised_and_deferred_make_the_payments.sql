-- Prevents lost cents: what was recognised and what is deferred at the as-of instant make the payments.
{{ config(meta={'dagster': {'ref': {'name': 'fct_recognised_revenue'}}}) }}
with recognised as (
    select
        sum(recognised_revenue) as recognised_revenue,
        sum(received_revenue) as received_revenue
    from {{ ref('fct_recognised_revenue') }}
),

deferred as (
    select sum(deferred_revenue) as deferred_revenue
    from {{ ref('fct_recognised_revenue') }}
    where month = {{ month_of(report_date(as_of())) }}
),

payments as (
    select sum(revenue_reporting) as revenue
    from {{ ref('fct_transactions') }}
)

select payments.revenue
from payments
cross join recognised
cross join deferred
where
    coalesce(payments.revenue, 0) <> coalesce(recognised.recognised_revenue + deferred.deferred_revenue, 0)
    or coalesce(payments.revenue, 0) <> coalesce(recognised.received_revenue, 0)
