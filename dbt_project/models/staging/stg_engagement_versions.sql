select
    customer_id,
    activity_date,
    minutes_watched,
    sessions,
    titles_watched,
    live_minutes,
    devices,
    top_title_id,
    recorded_at,
    extra,
    coalesce({{ is_newly_known('recorded_at', 'cast(activity_date as timestamp)') }}, false) as is_newly_known
from {{ source('raw', 'engagement_daily') }}
where
    (recorded_at is null or recorded_at <= {{ as_of() }})
    and cast(activity_date as timestamp) <= {{ as_of() }}
