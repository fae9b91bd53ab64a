select
    title_id,
    season,
    starts_on,
    ends_on,
    title,
    recorded_at,
    coalesce({{ is_newly_known('recorded_at', 'recorded_at') }}, false) as is_newly_known
from {{ source('raw', 'content_calendar') }}
where recorded_at is null or recorded_at <= {{ as_of() }}
