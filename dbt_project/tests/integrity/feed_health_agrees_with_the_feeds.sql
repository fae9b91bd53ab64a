-- Prevents a watch over other rows than those that are known: volumes, health and freshness count what the feeds have,
-- also where a build only adds what is new, and every event out of order is explained.
{{ config(meta={'dagster': {'ref': {'name': 'feed_health'}}}) }}
with counted as (
    {%- for feed, columns in watched_feeds().items() if columns.happened or columns.date %}
        {%- set happened = 'cast(' ~ columns.date ~ ' as timestamp)' if columns.date else columns.happened %}
        select
            '{{ feed }}' as feed,
            count(*) as known_rows,
            max({{ happened }}) as last_occurred_at,
            max(recorded_at) as last_recorded_at
        from {{ source('raw', feed) }}
        where {{ is_known('coalesce(recorded_at, ' ~ happened ~ ')', happened) }}
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

volumes as (
    select
        feed,
        sum(row_count) as row_count
    from {{ ref('feed_volume_daily') }}
    group by feed
)

select counted.feed as wrong
from counted
left join {{ ref('feed_freshness') }} as fresh on counted.feed = fresh.feed
left join {{ ref('feed_health') }} as health on counted.feed = health.feed
left join volumes on counted.feed = volumes.feed
where
    health.feed is null
    or fresh.feed is null
    or counted.known_rows <> fresh.known_rows
    or counted.known_rows <> health.known_rows
    or counted.known_rows <> coalesce(volumes.row_count, 0)
    {%- for column in ["last_recorded_at", "last_occurred_at"] %}
        or coalesce(counted.{{ column }}, {{ as_of() }}) <> coalesce(fresh.{{ column }}, {{ as_of() }})
        or coalesce(counted.{{ column }}, {{ as_of() }}) <> coalesce(health.{{ column }}, {{ as_of() }})
    {%- endfor %}
union all
select coalesce(explained.event_id, anomalies.event_id) as wrong
from {{ ref('order_anomalies') }} as explained
full outer join {{ ref('sequence_anomalies') }} as anomalies on explained.event_id = anomalies.event_id
where explained.event_id is null or anomalies.event_id is null
