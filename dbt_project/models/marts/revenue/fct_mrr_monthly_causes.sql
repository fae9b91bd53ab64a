-- Movements of subscriptions under the movement that they made of their customer's day.
with parts as (
    select
        {{ month_of('changes.movement_date') }} as month,
        coalesce(movements.movement_type, 'unchanged') as movement_type,
        changes.cause,
        changes.mrr_change,
        case
            when movements.mrr_change > 0 then least(changes.mrr_change, 0)
            when movements.mrr_change < 0 then greatest(changes.mrr_change, 0)
            else changes.mrr_change
        end as netted_out_mrr
    from {{ ref('fct_subscription_mrr_movements') }} as changes
    left join {{ ref('int_mrr_movements') }} as movements
        on changes.customer_id = movements.customer_id and changes.movement_date = movements.movement_date
)

select
    month,
    movement_type,
    cause,
    cast(sum(mrr_change - netted_out_mrr) as {{ money() }}) as directed_mrr,
    cast(sum(netted_out_mrr) as {{ money() }}) as netted_out_mrr,
    cast(sum(mrr_change) as {{ money() }}) as mrr_change,
    cast(count(*) as bigint) as changes
from parts
group by month, movement_type, cause
