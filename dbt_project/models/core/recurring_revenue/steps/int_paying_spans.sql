{{ config(**incremental_by('customer_id')) }}
-- Spans of days, half open, at whose close a customer had MRR. The scores learn and predict on these.
with spans as (
    select
        customer_id,
        movement_date as valid_from,
        lead(movement_date) over (partition by customer_id order by movement_date) as valid_to,
        mrr_after as mrr
    from {{ ref('int_mrr_movements') }}
    where {{ is_affected('customer_id') }}
)

select
    customer_id,
    valid_from,
    valid_to,
    mrr
from spans
where mrr > 0
