-- Prevents revenue of payers whom no dimension knows: what customers paid in their lives is what transactions brought.
{{ config(meta={'dagster': {'ref': {'name': 'dim_customers'}}}) }}
with totals as (
    select
        (select coalesce(sum(lifetime_revenue), 0) from {{ ref('dim_customers') }}) as by_customer,
        (select coalesce(sum(revenue_reporting), 0) from {{ ref('fct_transactions') }}) as by_transaction
)

select *
from totals
where by_customer <> by_transaction
