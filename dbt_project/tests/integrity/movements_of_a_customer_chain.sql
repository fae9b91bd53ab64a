-- Prevents a ledger with holes: a customer's first movement starts from 0 and is the only new one, and every other
-- starts from where the one before it ended.
with chained as (
    select
        *,
        lag(mrr_after) over (partition by customer_id order by movement_date) as previous_mrr_after
    from {{ ref('fct_mrr_movements') }}
    where {{ is_affected('customer_id') }}
)

select *
from chained
where
    mrr_before <> coalesce(previous_mrr_after, 0)
    or mrr_after <> mrr_before + mrr_change
    or (movement_type = 'new') <> (previous_mrr_after is null)
    or (movement_type = 'reactivation') <> (coalesce(previous_mrr_after, 1) = 0)
    or (movement_type = 'churn') <> (mrr_after = 0)
