/*
    Survival by renewals instead of days, for those who started alike. Period k is over at the close of the k-th period
    after the cohort month: by then everybody in the cohort has had k renewals and nobody more. Who leaves before the
    first renewal is lost at it. A period counts once its last month is over, and only who was followed for one is in.
*/
with customers as (
    select
        first_interval,
        first_offer,
        renewal_months,
        {{ months_between('cohort_month', month_of('first_churn_date')) }} as months_to_churn,
        -- The month of the as-of instant is not over.
        {{ months_between('cohort_month', month_of(report_date(as_of()))) }} - 1 as months_followed
    from {{ ref('dim_customer_cohorts') }}
),

-- An offer sold by several intervals is followed by the one that most began with, of equals the shorter.
offers as (
    select
        first_offer,
        renewal_months,
        row_number() over (partition by first_offer order by count(*) desc, renewal_months asc) as commonness_rank
    from customers
    group by first_offer, renewal_months
),

members as (
    select
        'all' as dimension,
        '(all)' as dimension_value,
        1 as period_months,
        months_to_churn,
        months_followed
    from customers
    union all
    select
        'first_interval' as dimension,
        first_interval as dimension_value,
        renewal_months as period_months,
        months_to_churn,
        months_followed
    from customers
    union all
    select
        'first_offer' as dimension,
        customers.first_offer as dimension_value,
        offers.renewal_months as period_months,
        customers.months_to_churn,
        customers.months_followed
    from customers
    inner join offers on customers.first_offer = offers.first_offer and offers.commonness_rank = 1
),

durations as (
    select
        dimension,
        dimension_value,
        period_months,
        floor(months_followed * 1.0e0 / period_months) as periods_followed,
        case
            when months_to_churn <= period_months then 1
            else ceil(months_to_churn * 1.0e0 / period_months)
        end as churn_period
    from members
    where months_followed >= period_months
),

-- Named as the estimator reads them: a day of it is a period here.
periods as (
    select
        dimension,
        dimension_value,
        period_months,
        case when churn_period <= periods_followed then churn_period else periods_followed end as day_number,
        sum(case when churn_period <= periods_followed then 1 else 0 end) as churned_customers,
        count(*) as leaving_customers
    from durations
    group by
        dimension,
        dimension_value,
        period_months,
        case when churn_period <= periods_followed then churn_period else periods_followed end
),

curves as (
    {{ kaplan_meier('periods', strata=['dimension', 'dimension_value', 'period_months']) }}
)

select
    dimension,
    dimension_value,
    day_number as period_number,
    cast(period_months as integer) as period_months,
    customers_at_risk,
    churned_customers,
    censored_customers,
    survival_probability,
    lower_bound,
    upper_bound
from curves
