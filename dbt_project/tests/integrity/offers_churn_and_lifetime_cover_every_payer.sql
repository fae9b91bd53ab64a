-- Prevents churners without an offer, and payers or revenue that no first offer has.
{{ config(meta={'dagster': {'ref': {'name': 'fct_offer_lifetime'}}}) }}
with churned as (
    select
        churners.month,
        churners.churned_customers as total,
        sum(offers.churned_customers) as by_offer
    from {{ ref('fct_mrr_monthly') }} as churners
    left join {{ ref('fct_offer_monthly') }} as offers on churners.month = offers.month
    group by churners.month, churners.churned_customers
),

lifetime as (
    select
        count(*) as customers,
        coalesce(sum(lifetime_revenue), 0) as revenue
    from {{ ref('dim_customers') }}
    where first_paid_date is not null
    union all
    select
        -coalesce(sum(customers), 0) as customers,
        -coalesce(sum(realised_revenue), 0) as revenue
    from {{ ref('fct_offer_lifetime') }}
)

-- A customer with several offers churns on each, so the offers may have more.
select cast(month as {{ dbt.type_string() }}) as failure
from churned
where coalesce(by_offer, 0) < total
union all
select 'lifetime' as failure
from lifetime
having sum(customers) <> 0 or sum(revenue) <> 0
