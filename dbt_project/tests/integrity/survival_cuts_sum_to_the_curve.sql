-- Prevents curves of different customers: at every duration the values of a dimension churn and are censored as the
-- uncut curve says, and a curve begins with all of its customers at risk.
{{ config(meta={'dagster': {'ref': {'name': 'fct_survival_by_dimension'}}}) }}
with dimensions as (
    select distinct dimension from {{ ref('fct_survival_by_dimension') }}
),

whole as (
    select
        survival.*,
        dimensions.dimension
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
from (
    {{ sums_that_differ(
        ref('fct_survival_by_dimension'), 'whole', ['dimension', 'day_number'],
        ['churned_customers', 'censored_customers']
    ) }}
) as differences
union all
select
    dimension,
    day_number
from curves
where customers_at_risk <> coalesce(expected_at_risk, customers)
