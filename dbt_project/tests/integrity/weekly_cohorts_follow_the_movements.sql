-- Prevents weeks that lose somebody: what the cohorts retain at the close of a week differs from the week before by the
-- movements of the week, and every cohort has a cell for every week to that of the as-of instant.
{{ config(meta={'dagster': {'ref': {'name': 'fct_cohort_retention_weekly'}}}) }}
with closings as (
    select
        week,
        sum(retained_customers) as customers,
        sum(retained_mrr) as mrr
    from (
        select
            {{ date_plus('cohort_week', '7 * period_number', 'day') }} as week,
            retained_customers,
            retained_mrr
        from {{ ref('fct_cohort_retention_weekly') }}
    ) as cells
    group by week
),

changes as (
    select
        week,
        customers - coalesce(lag(customers) over (order by week), 0) as customers,
        mrr - coalesce(lag(mrr) over (order by week), 0) as mrr
    from closings
    union all
    select
        {{ week_of('movement_date') }} as week,
        case
            when movement_type in ('new', 'reactivation') then -1
            when movement_type = 'churn' then 1
            else 0
        end as customers,
        -mrr_change as mrr
    from {{ ref('fct_mrr_movements') }}
)

select week
from changes
group by week
having sum(customers) <> 0 or sum(mrr) <> 0
union all
select cohort_week as week
from {{ ref('fct_cohort_retention_weekly') }}
group by cohort_week
having
    min(period_number) <> 0
    or max(period_number) <> {{ weeks_between('cohort_week', week_of(report_date(as_of()))) }}
    or count(*) <> max(period_number) + 1
    or min(cohort_size) <> max(cohort_size)
