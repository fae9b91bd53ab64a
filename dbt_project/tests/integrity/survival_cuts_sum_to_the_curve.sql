-- Prevents curves of different customers: at every duration the values of a dimension churn and are censored as the
-- uncut curve says, and a curve begins with all of its customers at risk.
{{ config(meta={'dagster': {'ref': {'name': 'fct_survival_by_dimension'}}}) }}
with dimensions as (
    select distinct dimension from {{ ref('fct_survival_by_dimension') }}
),

differences as (
    select
        dimension,
        day_number,
        churned_customers,
        censored_customers
    from {{ ref('fct_survival_by_dimension') }}
    union all
    select
        dimensions.dimension,
        survival.day_number,
        -survival.churned_customers as churned_customers,
        -survival.censored_customers as censored_customers
    from {{ ref('fct_survival') }} as survival
    cross join dimensions
),

curves as (
    select
        *,
        lag(customers_at_risk - churned_customers - censored_customers) over (
            partition by dimension, dimension_value order by day_number
        ) as expected_at_risk,
        sum(churned_customers + censored_customers) over (partition by dimension, dimension_value) as customers
    from {{ ref('fct_survival_by_dimension') }}
)

select
    dimension,
    day_number
from differences
group by dimension, day_number
having sum(churned_customers) <> 0 or sum(censored_customers) <> 0
union all
select
    dimension,
    day_number
from curves
where customers_at_risk <> coalesce(expected_at_risk, customers)
