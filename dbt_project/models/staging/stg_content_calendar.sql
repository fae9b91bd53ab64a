select
    title_id,
    season,
    starts_on,
    ends_on,
    title,
    recorded_at
from {{ source('raw', 'content_calendar') }}
where recorded_at is null or recorded_at <= {{ as_of() }}
