{{ config(**incremental_by('customer_id')) }}
-- For every churn movement, the subscription that lost most MRR that day, and what is known of why.
with losses as (
    select
        movements.customer_id,
        movements.movement_date,
        changes.subscription_id,
        row_number() over (
            partition by movements.customer_id, movements.movement_date
            order by changes.mrr_change, changes.subscription_id
        ) as loss_rank
    from {{ ref('int_mrr_movements') }} as movements
    inner join {{ ref('int_subscription_mrr_changes') }} as changes
        on movements.customer_id = changes.customer_id and movements.movement_date = changes.change_date
    where movements.movement_type = 'churn' and {{ is_affected('customer_id', 'movements.customer_id') }}
)

select
    losses.customer_id,
    losses.movement_date,
    losses.subscription_id,
    coalesce(evidence.churn_kind, 'unknown') as churn_kind,
    coalesce(evidence.churn_rule, 'none') as churn_rule
from losses
left join {{ ref('int_subscription_losses') }} as evidence
    on losses.subscription_id = evidence.subscription_id and losses.movement_date = evidence.loss_date
where losses.loss_rank = 1
