{{ config(**incremental_by('customer_id')) }}
/*
    Spans of days, half open, at whose close a customer had MRR, and the kind of churn that ended one. The scores learn
    and predict on these.
*/
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
    spans.customer_id,
    spans.valid_from,
    spans.valid_to,
    spans.mrr,
    evidence.churn_kind as ended_by
from spans
left join {{ ref('int_churn_evidence') }} as evidence
    on spans.customer_id = evidence.customer_id and spans.valid_to = evidence.movement_date
where spans.mrr > 0
