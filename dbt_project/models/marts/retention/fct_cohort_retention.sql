with cohorts as (
    select
        {{ month_of('movement_date') }} as cohort_month,
        count(*) as cohort_size,
        sum(mrr_change) as opening_mrr
    from {{ ref('int_mrr_movements') }}
    where movement_number = 1
    group by {{ month_of('movement_date') }}
),

-- Who began and who stopped paying between the open and the close of a month, and how MRR moved, by cohort.
changes as (
    select
        {{ month_of('firsts.movement_date') }} as cohort_month,
        customer_months.month,
        sum(
            case
                when customer_months.change_in_month in ('new', 'reactivated') then 1
                when customer_months.change_in_month = 'churned' then -1
                else 0
            end
        ) as change_in_customers,
        sum(customer_months.closing_mrr - customer_months.opening_mrr) as mrr_change
    from {{ ref('int_customer_months') }} as customer_months
    inner join {{ ref('int_mrr_movements') }} as firsts
        on customer_months.customer_id = firsts.customer_id and firsts.movement_number = 1
    group by {{ month_of('firsts.movement_date') }}, customer_months.month
),

cells as (
    select
        cohorts.cohort_month,
        cohorts.cohort_size,
        cohorts.opening_mrr,
        months.month,
        sum(coalesce(changes.change_in_customers, 0)) over (
            partition by cohorts.cohort_month order by months.month rows unbounded preceding
        ) as retained_customers,
        sum(coalesce(changes.mrr_change, 0)) over (
            partition by cohorts.cohort_month order by months.month rows unbounded preceding
        ) as retained_mrr
    from cohorts
    inner join {{ ref('int_months') }} as months on cohorts.cohort_month <= months.month
    left join changes on cohorts.cohort_month = changes.cohort_month and months.month = changes.month
)

select
    cohort_month,
    {{ months_between('cohort_month', 'month') }} as period_number,
    cast(cohort_size as bigint) as cohort_size,
    cast(retained_customers as bigint) as retained_customers,
    {{ ratio('retained_customers', 'cohort_size') }} as retention_rate,
    month < {{ month_of(report_date(as_of())) }} as is_complete,
    cast(opening_mrr as {{ money() }}) as opening_mrr,
    cast(retained_mrr as {{ money() }}) as retained_mrr,
    {{ ratio('retained_mrr', 'opening_mrr') }} as mrr_retention_rate
from cells
