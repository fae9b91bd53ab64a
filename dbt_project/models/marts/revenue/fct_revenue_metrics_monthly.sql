with first_month as (
    select min(month) as month from {{ ref('int_months') }}
),

-- Customers paying at the open, compared with their own close: nobody gained makes up for somebody lost in gross.
retained as (
    select
        month,
        sum(greatest(opening_mrr - closing_mrr, 0)) as lost_mrr,
        sum(opening_mrr - closing_mrr) as net_lost_mrr
    from {{ ref('int_customer_months') }}
    where opening_mrr > 0
    group by month
),

first_payments as (
    select
        customer_id,
        min(occurred_at) as occurred_at
    from {{ ref('fct_transactions') }}
    where event_type = 'succeeded'
    group by customer_id
),

payments as (
    select
        {{ month_of(report_date('occurred_at')) }} as month,
        revenue_reporting,
        0 as first_payments
    from {{ ref('fct_transactions') }}
    union all
    select
        {{ month_of(report_date('occurred_at')) }} as month,
        0 as revenue_reporting,
        1 as first_payments
    from first_payments
),

received as (
    select
        greatest(payments.month, first_month.month) as month,
        sum(payments.revenue_reporting) as revenue,
        sum(payments.first_payments) as payers
    from payments
    cross join first_month
    group by greatest(payments.month, first_month.month)
),

committed as (
    select
        {{ month_of('close_date') }} as month,
        committed_mrr,
        row_number() over (partition by {{ month_of('close_date') }} order by close_date desc) as rank_from_close
    from {{ ref('fct_mrr_daily') }}
),

joined as (
    select
        months.*,
        committed.committed_mrr,
        coalesce(retained.lost_mrr, 0) as lost_mrr,
        coalesce(retained.net_lost_mrr, 0) as net_lost_mrr,
        months.new_mrr + months.reactivation_mrr + months.expansion_mrr as gained,
        -(months.churn_mrr + months.contraction_mrr) as lost,
        sum(coalesce(received.revenue, 0)) over (order by months.month rows unbounded preceding) as revenue_to_date,
        sum(coalesce(received.payers, 0)) over (order by months.month rows unbounded preceding) as payers_to_date,
        trailing_year.base_mrr,
        trailing_year.net_mrr,
        trailing_year.kept_mrr
    from {{ ref('fct_mrr_monthly') }} as months
    left join retained on months.month = retained.month
    left join received on months.month = received.month
    left join committed on months.month = committed.month and committed.rank_from_close = 1
    left join {{ ref('int_revenue_trailing_year') }} as trailing_year on months.month = trailing_year.month
)

select
    month,
    closing_mrr,
    cast(closing_mrr * 12 as {{ money() }}) as annual_recurring_revenue,
    cast(committed_mrr as {{ money() }}) as committed_mrr,
    {{ ratio('closing_mrr', 'closing_customers') }} as arpu,
    {{ ratio('opening_mrr - lost_mrr', 'opening_mrr') }} as gross_revenue_retention,
    {{ ratio('opening_mrr - net_lost_mrr', 'opening_mrr') }} as net_revenue_retention,
    {{ ratio('kept_mrr', 'base_mrr') }} as gross_revenue_retention_12_months,
    {{ ratio('net_mrr', 'base_mrr') }} as net_revenue_retention_12_months,
    {{ ratio('gained', 'lost') }} as quick_ratio,
    {{ ratio(
        'sum(gained) over (order by month rows between 2 preceding and current row)',
        'sum(lost) over (order by month rows between 2 preceding and current row)'
    ) }} as quick_ratio_3_months,
    {{ ratio('revenue_to_date', 'payers_to_date') }} as realised_lifetime_value,
    cast(revenue_to_date as {{ money() }}) as revenue_to_date,
    cast(payers_to_date as bigint) as payers_to_date,
    is_complete
from joined
