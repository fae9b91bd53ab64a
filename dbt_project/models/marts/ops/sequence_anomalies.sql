{{ config(**incremental_by('subscription_id')) }}
-- Events that changed nothing: before a start, after an end, or naming another customer than the owner.
with owned as (
    select event_id
    from {{ ref('int_subscription_events_ordered') }}
    where {{ is_recomputed('subscription_id') }}
)

select
    event_id,
    subscription_id,
    customer_id,
    event_type,
    occurred_at,
    recorded_at,
    'not_open' as anomaly
from {{ ref('int_subscription_events_counted') }}
where not is_counted and {{ is_recomputed('subscription_id') }}
union all
select
    events.event_id,
    events.subscription_id,
    events.customer_id,
    events.event_type,
    events.occurred_at,
    events.recorded_at,
    'other_customer' as anomaly
from {{ ref('stg_subscription_events') }} as events
left join owned on events.event_id = owned.event_id
where
    owned.event_id is null
    and not events.is_superseded
    and {{ is_affected('subscription_id', 'events.subscription_id') }}
