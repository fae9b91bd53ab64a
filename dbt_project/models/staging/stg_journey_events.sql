select
    event_id,
    event_type,
    occurred_at,
    recorded_at,
    visitor_id,
    customer_id,
    channel,
    campaign,
    offer_id,
    checkout_id,
    device,
    payment_method,
    error_code,
    coupon_code,
    {{ is_newly_known('recorded_at', 'occurred_at') }} as is_newly_known
from {{ source('raw', 'journey_events') }}
where {{ is_known('recorded_at', 'occurred_at') }}
