select
    events.event_id,
    events.event_type,
    events.occurred_at,
    events.recorded_at,
    coalesce(aliases.customer_id, events.customer_id) as customer_id,
    events.subscription_id,
    events.offer_id,
    events.amount,
    events.discount_amount,
    events.discount_ends_at,
    events.currency,
    events.billing_interval,
    events.billing_interval_count,
    events.period_start,
    events.period_end,
    events.channel,
    events.provider,
    events.country,
    events.coupon_code,
    events.end_reason,
    events.provider_code,
    coalesce(aliases.is_newly_linked, false)
    or {{ is_newly_known('events.recorded_at', 'events.occurred_at') }} as is_newly_known
from {{ source('raw', 'subscription_events') }} as events
left join {{ ref('stg_customer_aliases') }} as aliases on events.customer_id = aliases.alias
where {{ is_known('events.recorded_at', 'events.occurred_at') }}
