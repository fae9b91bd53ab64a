-- Prevents MRR that cohorts and months tell differently: what all cohorts retain in a month is its closing MRR, and a
-- cohort begins with the new MRR of its month. Months are numbered from the first of the series, as in the test of
-- customers.
{{ config(meta={'dagster': {'ref': {'name': 'fct_cohort_retention'}}}) }}
with first_month as (
    select min(month) as month from {{ ref('fct_mrr_monthly') }}
),

differences as (
    select
        {{ months_between('first_month.month', 'cohorts.cohort_month') }} + cohorts.period_number as month_number,
        cohorts.retained_mrr as closing_mrr,
        case when cohorts.period_number = 0 then cohorts.opening_mrr else 0 end as new_mrr
    from {{ ref('fct_cohort_retention') }} as cohorts
    cross join first_month
    union all
    select
        {{ months_between('first_month.month', 'months.month') }} as month_number,
        -months.closing_mrr as closing_mrr,
        -months.new_mrr as new_mrr
    from {{ ref('fct_mrr_monthly') }} as months
    cross join first_month
)

select
    month_number,
    sum(closing_mrr) as difference_in_closing,
    sum(new_mrr) as difference_in_new
from differences
group by month_number
having sum(closing_mrr) <> 0 or sum(new_mrr) <> 0
