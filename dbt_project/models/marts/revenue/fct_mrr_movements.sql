{{ config(**incremental_by('customer_id')) }}
select
    movements.movement_date,
    movements.customer_id,
    movements.movement_type,
    movements.mrr_change,
    movements.mrr_before,
    movements.mrr_after,
    evidence.churn_kind,
    evidence.churn_rule,
    evidence.subscription_id as churned_subscription_id
from {{ ref('int_mrr_movements') }} as movements
left join {{ ref('int_churn_evidence') }} as evidence
    on movements.customer_id = evidence.customer_id and movements.movement_date = evidence.movement_date
where {{ is_affected('customer_id', 'movements.customer_id') }}
