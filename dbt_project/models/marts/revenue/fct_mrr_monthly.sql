with movements as (
    select
        {{ month_of('movement_date') }} as month,
        sum(case when movement_type = 'new' then mrr_change else 0 end) as new_mrr,
        sum(case when movement_type = 'expansion' then mrr_change else 0 end) as expansion_mrr,
        sum(case when movement_type = 'contraction' then mrr_change else 0 end) as contraction_mrr,
        sum(case when movement_type = 'churn' then mrr_change else 0 end) as churn_mrr,
        sum(case when movement_type = 'reactivation' then mrr_change else 0 end) as reactivation_mrr,
        sum(mrr_change) as mrr_change
    from {{ ref('int_mrr_movements') }}
    group by {{ month_of('movement_date') }}
),

customers as (
    select
        month,
        sum(case when change_in_month = 'new' then 1 else 0 end) as new_customers,
        sum(case when change_in_month = 'reactivated' then 1 else 0 end) as reactivated_customers,
        sum(case when change_in_month = 'churned' then 1 else 0 end) as churned_customers,
        sum(case when change_in_month = 'churned' and last_churn_kind = 'voluntary' then 1 else 0 end)
            as voluntary_churned_customers,
        sum(case when change_in_month = 'churned' and last_churn_kind = 'involuntary' then 1 else 0 end)
            as involuntary_churned_customers,
        -- Of who paid at the open alone: nobody gained makes up for somebody lost.
        sum(case when opening_mrr > 0 then greatest(opening_mrr - closing_mrr, 0) else 0 end) as lost_of_opening,
        sum(case when opening_mrr > 0 then opening_mrr - closing_mrr else 0 end) as net_lost_of_opening
    from {{ ref('int_customer_months') }}
    group by month
),

filled as (
    select
        months.month,
        coalesce(movements.new_mrr, 0) as new_mrr,
        coalesce(movements.expansion_mrr, 0) as expansion_mrr,
        coalesce(movements.contraction_mrr, 0) as contraction_mrr,
        coalesce(movements.churn_mrr, 0) as churn_mrr,
        coalesce(movements.reactivation_mrr, 0) as reactivation_mrr,
        coalesce(movements.mrr_change, 0) as mrr_change,
        coalesce(customers.new_customers, 0) as new_customers,
        coalesce(customers.reactivated_customers, 0) as reactivated_customers,
        coalesce(customers.churned_customers, 0) as churned_customers,
        coalesce(customers.voluntary_churned_customers, 0) as voluntary_churned_customers,
        coalesce(customers.involuntary_churned_customers, 0) as involuntary_churned_customers,
        coalesce(customers.lost_of_opening, 0) as lost_of_opening,
        coalesce(customers.net_lost_of_opening, 0) as net_lost_of_opening
    from {{ ref('int_months') }} as months
    left join movements on months.month = movements.month
    left join customers on months.month = customers.month
),

closed as (
    select
        *,
        sum(mrr_change) over (order by month rows unbounded preceding) as closing_mrr,
        sum(new_customers + reactivated_customers - churned_customers) over (
            order by month rows unbounded preceding
        ) as closing_customers
    from filled
),

opened as (
    select
        *,
        closing_mrr - mrr_change as opening_mrr,
        closing_customers - new_customers - reactivated_customers + churned_customers as opening_customers
    from closed
)

select
    month,
    cast(opening_mrr as {{ money() }}) as opening_mrr,
    cast(new_mrr as {{ money() }}) as new_mrr,
    cast(expansion_mrr as {{ money() }}) as expansion_mrr,
    cast(contraction_mrr as {{ money() }}) as contraction_mrr,
    cast(churn_mrr as {{ money() }}) as churn_mrr,
    cast(reactivation_mrr as {{ money() }}) as reactivation_mrr,
    cast(closing_mrr as {{ money() }}) as closing_mrr,
    cast(opening_customers as bigint) as opening_customers,
    cast(new_customers as bigint) as new_customers,
    cast(reactivated_customers as bigint) as reactivated_customers,
    cast(churned_customers as bigint) as churned_customers,
    cast(voluntary_churned_customers as bigint) as voluntary_churned_customers,
    cast(involuntary_churned_customers as bigint) as involuntary_churned_customers,
    cast(closing_customers as bigint) as closing_customers,
    {{ ratio('churned_customers', 'opening_customers') }} as customer_churn_rate,
    {{ ratio('-(churn_mrr + contraction_mrr)', 'opening_mrr') }} as gross_mrr_churn_rate,
    {{ ratio('-(churn_mrr + contraction_mrr + expansion_mrr + reactivation_mrr)', 'opening_mrr') }}
        as net_mrr_churn_rate,
    {{ ratio('lost_of_opening', 'opening_mrr') }} as gross_mrr_churn_rate_of_opening,
    {{ ratio('net_lost_of_opening', 'opening_mrr') }} as net_mrr_churn_rate_of_opening,
    month < {{ month_of(report_date(as_of())) }} as is_complete
from opened
