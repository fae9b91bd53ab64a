-- Kaplan and Meier's estimator on days from the first MRR to the first churn; those still paying are censored.
with lifetimes as (
    select
        customer_id,
        min(case when movement_number = 1 then movement_date end) as first_paid_date,
        min(case when movement_type = 'churn' then movement_date end) as first_churn_date
    from {{ ref('int_mrr_movements') }}
    group by customer_id
),

durations as (
    select
        {{ days_between('first_paid_date', 'coalesce(first_churn_date, ' ~ report_date(as_of()) ~ ')') }} as day_number,
        case when first_churn_date is not null then 1 else 0 end as has_churned
    from lifetimes
),

days as (
    select
        day_number,
        sum(has_churned) as churned_customers,
        count(*) as leaving_customers
    from durations
    group by day_number
),

curve as (
    {{ kaplan_meier('days') }}
)

select
    day_number,
    customers_at_risk,
    churned_customers,
    censored_customers,
    survival_probability,
    standard_error,
    lower_bound,
    upper_bound
from curve
