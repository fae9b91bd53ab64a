-- Prevents cells that vanish when nobody is left: a cohort has one for every month to that of the as-of instant, of one
-- size, and retains between nobody and everybody.
select
    cohort_month,
    count(*) as cells
from {{ ref('fct_cohort_retention') }}
group by cohort_month
having
    min(period_number) <> 0
    or max(period_number) <> {{ months_between('cohort_month', month_of(report_date(as_of()))) }}
    or count(*) <> max(period_number) + 1
    or min(cohort_size) <> max(cohort_size)
    or min(retained_customers) < 0
    or max(retained_customers) > max(cohort_size)
