-- Who began and who stopped paying, and how MRR moved, by cohort, cut and month; the cells are running sums.
with movements as (
    select
        members.cohort_month,
        {{ month_of('movements.movement_date') }} as month,
        members.first_offer,
        members.channel,
        members.acquisition_channel,
        members.acquisition_campaign,
        members.first_coupon,
        members.country,
        movements.mrr_change,
        case
            when movements.movement_type in ('new', 'reactivation') then 1
            when movements.movement_type = 'churn' then -1
            else 0
        end as change_in_customers,
        case when movements.movement_type = 'new' then 1 else 0 end as cohort_size,
        case when movements.movement_type = 'new' then movements.mrr_change else 0 end as opening_mrr
    from {{ ref('int_mrr_movements') }} as movements
    inner join {{ ref('dim_customer_cohorts') }} as members on movements.customer_id = members.customer_id
),

changes as (
    {{ summed_by_cut(
        'movements',
        customer_cuts(),
        ['cohort_month', 'month'],
        ['change_in_customers', 'mrr_change', 'cohort_size', 'opening_mrr']
    ) }}
),

-- Everybody's first movement lies in the cohort month, so every cohort of a cut has a row there.
cells as (
    select
        cohorts.cohort_month,
        cohorts.dimension,
        cohorts.dimension_value,
        cohorts.cohort_size,
        cohorts.opening_mrr,
        months.month,
        sum(coalesce(changes.change_in_customers, 0)) over (
            partition by cohorts.cohort_month, cohorts.dimension, cohorts.dimension_value
            order by months.month rows unbounded preceding
        ) as retained_customers,
        sum(coalesce(changes.mrr_change, 0)) over (
            partition by cohorts.cohort_month, cohorts.dimension, cohorts.dimension_value
            order by months.month rows unbounded preceding
        ) as retained_mrr
    from changes as cohorts
    inner join {{ ref('int_months') }} as months on cohorts.cohort_month <= months.month
    left join changes
        on cohorts.cohort_month = changes.cohort_month
            and cohorts.dimension = changes.dimension
            and cohorts.dimension_value = changes.dimension_value
            and months.month = changes.month
    where cohorts.cohort_month = cohorts.month
)

select
    cohort_month,
    {{ months_between('cohort_month', 'month') }} as period_number,
    dimension,
    dimension_value,
    cast(cohort_size as bigint) as cohort_size,
    cast(retained_customers as bigint) as retained_customers,
    {{ ratio('retained_customers', 'cohort_size') }} as retention_rate,
    cast(opening_mrr as {{ money() }}) as opening_mrr,
    cast(retained_mrr as {{ money() }}) as retained_mrr,
    {{ ratio('retained_mrr', 'opening_mrr') }} as mrr_retention_rate,
    month < {{ month_of(report_date(as_of())) }} as is_complete
from cells
