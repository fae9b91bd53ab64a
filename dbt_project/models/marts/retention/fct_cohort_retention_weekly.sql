with changes as (
    select
        members.cohort_week,
        {{ week_of('movements.movement_date') }} as week,
        sum(
            case
                when movements.movement_type in ('new', 'reactivation') then 1
                when movements.movement_type = 'churn' then -1
                else 0
            end
        ) as change_in_customers,
        sum(movements.mrr_change) as mrr_change
    from {{ ref('int_mrr_movements') }} as movements
    inner join {{ ref('dim_customer_cohorts') }} as members on movements.customer_id = members.customer_id
    group by members.cohort_week, {{ week_of('movements.movement_date') }}
),

cohorts as (
    select
        cohort_week,
        count(*) as cohort_size,
        sum(opening_mrr) as opening_mrr
    from {{ ref('dim_customer_cohorts') }}
    group by cohort_week
),

bounds as (
    select
        min(cohort_week) as first_week,
        {{ week_of(report_date(as_of())) }} as last_week
    from cohorts
),

weeks as (
    select {{ dates_every(7, 'first_week', 'last_week') }} as week
    from bounds
),

cells as (
    select
        cohorts.cohort_week,
        cohorts.cohort_size,
        cohorts.opening_mrr,
        weeks.week,
        sum(coalesce(changes.change_in_customers, 0)) over (
            partition by cohorts.cohort_week order by weeks.week rows unbounded preceding
        ) as retained_customers,
        sum(coalesce(changes.mrr_change, 0)) over (
            partition by cohorts.cohort_week order by weeks.week rows unbounded preceding
        ) as retained_mrr
    from cohorts
    inner join weeks on cohorts.cohort_week <= weeks.week
    left join changes on cohorts.cohort_week = changes.cohort_week and weeks.week = changes.week
)

select
    cohort_week,
    {{ weeks_between('cohort_week', 'week') }} as period_number,
    cast(cohort_size as bigint) as cohort_size,
    cast(retained_customers as bigint) as retained_customers,
    {{ ratio('retained_customers', 'cohort_size') }} as retention_rate,
    cast(opening_mrr as {{ money() }}) as opening_mrr,
    cast(retained_mrr as {{ money() }}) as retained_mrr,
    {{ ratio('retained_mrr', 'opening_mrr') }} as mrr_retention_rate,
    week < {{ week_of(report_date(as_of())) }} as is_complete
from cells
