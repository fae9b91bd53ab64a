select
    event_id,
    event_type,
    occurred_at,
    recorded_at,
    customer_id,
    email,
    country,
    locale,
    birth_year,
    marketing_consent,
    acquisition_channel,
    acquisition_campaign
from {{ source('raw', 'customer_events') }}
where {{ is_known('recorded_at', 'occurred_at') }}
