select
    event_id,
    event_type,
    occurred_at,
    recorded_at,
    visitor_id,
    customer_id,
    channel,
    campaign,
    offer_id
from {{ source('raw', 'journey_events') }}
where {{ is_known('recorded_at', 'occurred_at') }}
