/*
    Purchases that Google took back, which it tells without an amount: the order, fetched again, tells what was given
    back, and until then its money counts. What was landed before such a notification was read for its order names the
    token of the purchase, which payments of subscriptions have as their subscription.
*/
with given_back as (
    select transaction_id as voided_id
    from {{ ref('fct_transactions') }}
    where provider = 'google' and {{ is_reversal_type('event_type') }}
    union
    select subscription_id as voided_id
    from {{ ref('fct_transactions') }}
    where provider = 'google' and {{ is_reversal_type('event_type') }} and subscription_id is not null
)

select
    'voided' as warning,
    voids.event_id,
    voids.subject_id as transaction_id,
    min(payments.subscription_id) as subscription_id,
    min(payments.customer_id) as customer_id,
    voids.occurred_at
from {{ ref('stg_other_events') }} as voids
left join {{ ref('fct_transactions') }} as payments
    on voids.subject_id = payments.transaction_id and payments.provider = 'google'
where
    voids.provider = 'google'
    and voids.event_type = 'VOIDED_PURCHASE'
    and voids.subject_id not in (select given_back.voided_id from given_back)
group by voids.event_id, voids.subject_id, voids.occurred_at
