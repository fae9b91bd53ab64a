{{ config(**incremental_by('customer_id')) }}
-- Customers in the months in which their MRR moved: paying at the open, paying at the close, and the last churn.
with ranked as (
    select
        customer_id,
        {{ month_of('movement_date') }} as month,
        movement_number,
        mrr_before,
        mrr_after,
        row_number() over (
            partition by customer_id, {{ month_of('movement_date') }} order by movement_date
        ) as rank_from_open,
        row_number() over (
            partition by customer_id, {{ month_of('movement_date') }} order by movement_date desc
        ) as rank_from_close,
        max(case when movement_type = 'churn' then movement_date end) over (
            partition by customer_id, {{ month_of('movement_date') }}
        ) as last_churn_date
    from {{ ref('int_mrr_movements') }}
    where {{ is_affected('customer_id') }}
),

months as (
    select
        customer_id,
        month,
        min(movement_number) = 1 as is_first_month,
        max(case when rank_from_open = 1 then mrr_before end) as opening_mrr,
        max(case when rank_from_close = 1 then mrr_after end) as closing_mrr,
        max(last_churn_date) as last_churn_date
    from ranked
    group by customer_id, month
)

select
    months.customer_id,
    months.month,
    months.opening_mrr,
    months.closing_mrr,
    case
        when months.opening_mrr > 0 and months.closing_mrr > 0 then 'stayed'
        when months.opening_mrr > 0 then 'churned'
        when months.closing_mrr > 0 and months.is_first_month then 'new'
        when months.closing_mrr > 0 then 'reactivated'
        else 'passed_through'
    end as change_in_month,
    evidence.churn_kind as last_churn_kind
from months
left join {{ ref('int_churn_evidence') }} as evidence
    on months.customer_id = evidence.customer_id and months.last_churn_date = evidence.movement_date
