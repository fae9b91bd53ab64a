-- Prevents customers lost between churned and censored: those at risk are the ones who have not left at a shorter
-- duration, and at the shortest they are all who ever paid.
{{ config(meta={'dagster': {'ref': {'name': 'fct_survival'}}}) }}
with durations as (
    select
        *,
        lag(customers_at_risk - churned_customers - censored_customers) over (order by day_number) as expected_at_risk,
        lead(day_number) over (order by day_number) is null as is_last
    from {{ ref('fct_survival') }}
),

payers as (
    select count(*) as customers
    from {{ ref('dim_customers') }}
    where first_paid_date is not null
)

select durations.*
from durations
cross join payers
where
    durations.customers_at_risk <> coalesce(durations.expected_at_risk, payers.customers)
    or (
        durations.is_last
        and durations.customers_at_risk <> durations.churned_customers + durations.censored_customers
    )
