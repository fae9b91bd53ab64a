select
    sent_at,
    target,
    kind,
    purpose,
    rules,
    is_delivered,
    failure
from {{ source('raw', 'alert_deliveries') }}
