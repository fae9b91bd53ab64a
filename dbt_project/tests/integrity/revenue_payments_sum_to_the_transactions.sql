-- Prevents a payment that no month reports: revenue of the months is that of the transactions.
{{ config(meta={'dagster': {'ref': {'name': 'fct_payments_monthly'}}}) }}
with months as (
    select coalesce(sum(revenue_reporting), 0) as revenue
    from {{ ref('fct_payments_monthly') }}
),

transactions as (
    select coalesce(sum(revenue_reporting), 0) as revenue
    from {{ ref('fct_transactions') }}
)

select
    months.revenue as reported_revenue,
    transactions.revenue
from months
cross join transactions
where months.revenue <> transactions.revenue
