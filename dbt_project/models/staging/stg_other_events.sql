select
    event_id,
    event_type,
    occurred_at,
    provider,
    subject_id
from {{ source('raw', 'other_events') }}
where {{ is_known('recorded_at', 'occurred_at') }}
