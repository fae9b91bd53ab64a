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

at_risk as (
    select
        day_number,
        churned_customers,
        leaving_customers - churned_customers as censored_customers,
        sum(leaving_customers) over (order by day_number desc rows unbounded preceding) as customers_at_risk
    from days
),

-- A product is the exponential of a sum of logarithms; once everybody at risk has churned it is 0 for good.
logarithms as (
    select
        *,
        case
            when churned_customers < customers_at_risk
                then ln(1.0e0 - {{ ratio('churned_customers', 'customers_at_risk') }})
            else 0.0e0
        end as log_survival,
        case when churned_customers = customers_at_risk then 1 else 0 end as is_last
    from at_risk
),

products as (
    select
        *,
        exp(sum(log_survival) over (order by day_number rows unbounded preceding)) as product,
        max(is_last) over (order by day_number rows unbounded preceding) as is_over
    from logarithms
)

select
    cast(day_number as integer) as day_number,
    cast(customers_at_risk as bigint) as customers_at_risk,
    cast(churned_customers as bigint) as churned_customers,
    cast(censored_customers as bigint) as censored_customers,
    case when is_over = 1 then 0.0e0 else product end as survival_probability
from products
