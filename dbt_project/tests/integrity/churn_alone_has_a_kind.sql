-- Prevents churn that no rule explains, and a kind on a movement that is not churn. Unknown is a kind, and visible.
select *
from {{ ref('fct_mrr_movements') }}
where
    (movement_type = 'churn') <> (churn_kind is not null)
    or (movement_type = 'churn') <> (churn_rule is not null)
    or (movement_type = 'churn') <> (churned_subscription_id is not null)
