-- Prevents a watch over other rows than those that are known: volumes, health and freshness count the same, and every
-- event out of order is explained.
with volumes as (
    select
        feed,
        sum(row_count) as row_count
    from {{ ref('feed_volume_daily') }}
    group by feed
)

select fresh.feed as wrong
from {{ ref('feed_freshness') }} as fresh
left join {{ ref('feed_health') }} as health on fresh.feed = health.feed
left join volumes on fresh.feed = volumes.feed
where
    health.feed is null
    or fresh.known_rows <> health.known_rows
    or fresh.known_rows <> coalesce(volumes.row_count, 0)
    or coalesce(fresh.last_recorded_at, {{ as_of() }}) <> coalesce(health.last_recorded_at, {{ as_of() }})
    or coalesce(fresh.last_occurred_at, {{ as_of() }}) <> coalesce(health.last_occurred_at, {{ as_of() }})
union all
select coalesce(explained.event_id, anomalies.event_id) as wrong
from {{ ref('order_anomalies') }} as explained
full outer join {{ ref('sequence_anomalies') }} as anomalies on explained.event_id = anomalies.event_id
where explained.event_id is null or anomalies.event_id is null
