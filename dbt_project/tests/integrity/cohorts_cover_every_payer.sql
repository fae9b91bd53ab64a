-- Prevents survivorship in cohorts: each holds everybody whose first MRR fell in its month, once, and no customer else.
{{ config(meta={'dagster': {'ref': {'name': 'fct_cohort_retention'}}}) }}
with differences as (
    select
        cohort_month,
        cohort_size as customers
    from {{ ref('fct_cohort_retention') }}
    where period_number = 0
    union all
    select
        {{ month_of('first_paid_date') }} as cohort_month,
        -1 as customers
    from {{ ref('dim_customers') }}
    where first_paid_date is not null
)

select
    cohort_month,
    sum(customers) as difference
from differences
group by cohort_month
having sum(customers) <> 0
