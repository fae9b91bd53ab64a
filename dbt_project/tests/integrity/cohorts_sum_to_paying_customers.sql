-- Prevents cohorts that tell another story than the months: those retained in a month are the customers at its close.
-- Months are numbered from the first of the series, so that cohort and period add up to one.
{{ config(meta={'dagster': {'ref': {'name': 'fct_cohort_retention'}}}) }}
with first_month as (
    select min(month) as month from {{ ref('fct_mrr_monthly') }}
),

differences as (
    select
        {{ months_between('first_month.month', 'cohorts.cohort_month') }} + cohorts.period_number as month_number,
        cohorts.retained_customers as customers
    from {{ ref('fct_cohort_retention') }} as cohorts
    cross join first_month
    union all
    select
        {{ months_between('first_month.month', 'months.month') }} as month_number,
        -months.closing_customers as customers
    from {{ ref('fct_mrr_monthly') }} as months
    cross join first_month
)

select
    month_number,
    sum(customers) as difference
from differences
group by month_number
having sum(customers) <> 0
