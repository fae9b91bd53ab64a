select
    feed,
    event_type,
    arrival_day as recorded_day,
    cast(sum(row_count) as bigint) as row_count
from {{ ref('int_feed_arrivals') }}
where arrival_day is not null
group by feed, event_type, arrival_day
