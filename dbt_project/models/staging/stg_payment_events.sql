select
    events.event_id,
    events.event_type,
    events.occurred_at,
    events.recorded_at,
    coalesce(aliases.customer_id, events.customer_id) as customer_id,
    events.customer_id as sent_customer_id,
    events.transaction_id,
    events.amount,
    events.currency,
    coalesce(chains.root_id, events.subscription_id) as subscription_id,
    events.offer_id,
    events.product_kind,
    events.tax_amount,
    events.fee_amount,
    events.provider,
    events.payment_method,
    events.failure_code,
    events.attempt,
    events.original_transaction_id,
    events.access_start,
    events.access_end,
    events.country,
    events.channel,
    events.coupon_code,
    coalesce(aliases.is_newly_linked, false)
    or coalesce(chains.is_newly_chained, false)
    or {{ is_newly_known('events.recorded_at', 'events.occurred_at') }} as is_newly_known
from {{ source('raw', 'payment_events') }} as events
left join {{ ref('stg_customer_aliases') }} as aliases on events.customer_id = aliases.alias
left join {{ ref('stg_subscription_chains') }} as chains on events.subscription_id = chains.subscription_id
where {{ is_known('events.recorded_at', 'events.occurred_at') }}
