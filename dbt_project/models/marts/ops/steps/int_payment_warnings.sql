{{ config(**incremental_by('customer_id')) }}
-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
-- Payment events that may have been told twice: alike but for their id, or a second success of one transaction.
with payments as (
    select
        *,
        row_number() over (
            partition by customer_id, transaction_id, event_type, occurred_at, amount, currency, original_transaction_id
            order by event_id
        ) as copy_number,
        first_value(event_id) over (
            partition by customer_id, transaction_id, event_type, occurred_at, amount, currency, original_transaction_id
            order by event_id
        ) as first_copy,
        case
            when event_type = 'succeeded' then first_value(event_id) over (
                partition by customer_id, transaction_id, event_type, coalesce(provider, '(none)')
                order by occurred_at, event_id
            )
        end as first_success
    from {{ ref('fct_transactions') }}
    where {{ is_affected('customer_id') }}
)

select
    case when copy_number > 1 then 'alike' else 'transaction_twice' end as warning,
    event_id,
    case when copy_number > 1 then first_copy else first_success end as other_event_id,
    transaction_id,
    subscription_id,
    customer_id,
    occurred_at
from payments
where copy_number > 1 or first_success <> event_id
