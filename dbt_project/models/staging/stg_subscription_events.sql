select
    event_id,
    event_type,
    occurred_at,
    recorded_at,
    customer_id,
    subscription_id,
    offer_id,
    amount,
    discount_amount,
    discount_ends_at,
    currency,
    billing_interval,
    billing_interval_count,
    period_start,
    period_end,
    channel,
    provider,
    country,
    coupon_code,
    end_reason,
    provider_code
from {{ source('raw', 'subscription_events') }}
where {{ is_known('recorded_at', 'occurred_at') }}
