{{ config(**incremental_by('customer_id')) }}
-- Daily closings of a customer against the day before: one movement at most.
with daily as (
    select
        customer_id,
        change_date as movement_date,
        cast(sum(mrr_change) as {{ money() }}) as mrr_change
    from {{ ref('int_subscription_mrr_changes') }}
    where {{ is_affected('customer_id') }}
    group by customer_id, change_date
    having sum(mrr_change) <> 0
),

running as (
    select
        customer_id,
        movement_date,
        mrr_change,
        cast(
            sum(mrr_change) over (partition by customer_id order by movement_date rows unbounded preceding)
            as {{ money() }}
        ) as mrr_after,
        row_number() over (partition by customer_id order by movement_date) as movement_number
    from daily
)

select
    movement_date,
    customer_id,
    movement_number,
    case
        when movement_number = 1 then 'new'
        when mrr_after = mrr_change then 'reactivation'
        when mrr_after = 0 then 'churn'
        when mrr_change > 0 then 'expansion'
        else 'contraction'
    end as movement_type,
    mrr_change,
    cast(mrr_after - mrr_change as {{ money() }}) as mrr_before,
    mrr_after
from running
