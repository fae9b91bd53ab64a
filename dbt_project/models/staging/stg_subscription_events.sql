-- A subscription is the first of its chain. The end that a store tells of one that was replaced ends nothing, and
-- neither does anything else that is told of it once it was.
select
    events.event_id,
    events.event_type,
    events.occurred_at,
    events.recorded_at,
    coalesce(aliases.customer_id, events.customer_id) as customer_id,
    events.customer_id as sent_customer_id,
    coalesce(chains.root_id, events.subscription_id) as subscription_id,
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
    coalesce(
        (events.event_type = 'ended' and events.end_reason = 'switched' and chains.replaced_at is not null)
        or events.occurred_at >= chains.replaced_at,
        false
    ) as is_superseded,
    coalesce(aliases.is_newly_linked, false)
    or coalesce(chains.is_newly_chained, false)
    or {{ is_newly_known('events.recorded_at', 'events.occurred_at') }} as is_newly_known
from {{ source('raw', 'subscription_events') }} as events
left join {{ ref('stg_customer_aliases') }} as aliases on events.customer_id = aliases.alias
left join {{ ref('stg_subscription_chains') }} as chains on events.subscription_id = chains.subscription_id
where {{ is_known('events.recorded_at', 'events.occurred_at') }}
