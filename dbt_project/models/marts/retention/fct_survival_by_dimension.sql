-- The curve of fct_survival for the customers of every value of every cut, the cohort month among them.
with durations as (
    select
        *,
        days_to_first_churn as day_number,
        case when first_churn_date is not null then 1 else 0 end as churned_customers,
        1 as leaving_customers
    from {{ ref('dim_customer_cohorts') }}
),

days as (
    {{ summed_by_cut(
        'durations', customer_cuts() + ['cohort_month'], ['day_number'], ['churned_customers', 'leaving_customers']
    ) }}
),

curves as (
    {{ kaplan_meier('days', strata=['dimension', 'dimension_value']) }}
)

select
    dimension,
    dimension_value,
    day_number,
    customers_at_risk,
    churned_customers,
    censored_customers,
    survival_probability,
    standard_error,
    lower_bound,
    upper_bound
from curves
