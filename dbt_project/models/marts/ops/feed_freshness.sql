-- The feeds whose rows say when they happened; those without a known row are here too.
with feeds as (
    {%- for feed, columns in watched_feeds().items() if columns.happened or columns.date %}
        select '{{ feed }}' as feed
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select
    feeds.feed,
    cast(coalesce(sum(arrivals.row_count), 0) as bigint) as known_rows,
    max(arrivals.last_occurred_at) as last_occurred_at,
    max(arrivals.last_recorded_at) as last_recorded_at
from feeds
left join {{ ref('int_feed_arrivals') }} as arrivals on feeds.feed = arrivals.feed
group by feeds.feed
