with arrivals as (
    select
        feed,
        sum(row_count) as known_rows,
        min(first_recorded_at) as first_recorded_at,
        max(last_recorded_at) as last_recorded_at,
        min(first_occurred_at) as first_occurred_at,
        max(last_occurred_at) as last_occurred_at
    from {{ ref('int_feed_arrivals') }}
    group by feed
),

feeds as (
    {% for feed in watched_feeds() %}
        select '{{ feed }}' as feed
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

anomalies as (
    select
        'subscription_events' as feed,
        count(case when kind = 'before_start' then 1 end) as before_start,
        count(case when kind = 'after_end' then 1 end) as after_end,
        count(case when kind = 'other_customer' then 1 end) as other_customer
    from {{ ref('order_anomalies') }}
    where recorded_at > {{ plus_days(as_of(), -30) }}
)

select
    feeds.feed,
    cast(coalesce(arrivals.known_rows, 0) as bigint) as known_rows,
    arrivals.first_recorded_at,
    arrivals.last_recorded_at,
    arrivals.first_occurred_at,
    arrivals.last_occurred_at,
    cadence.cadence_hours,
    cadence.hours_since_last_row,
    cadence.late_after_hours,
    cadence.hours_since_last_row > cadence.late_after_hours as is_late,
    volume.gap_days,
    volume.last_gap_day,
    volume.has_recent_gap,
    volume.last_day_rows,
    volume.usual_day_rows,
    volume.volume_ratio,
    volume.is_volume_unusual,
    mix.mix_change,
    mix.is_mix_unusual,
    anomalies.before_start as anomalies_before_start,
    anomalies.after_end as anomalies_after_end,
    anomalies.other_customer as anomalies_other_customer
from feeds
left join arrivals on feeds.feed = arrivals.feed
left join {{ ref('int_feed_cadence') }} as cadence on feeds.feed = cadence.feed
left join {{ ref('int_feed_volume') }} as volume on feeds.feed = volume.feed
left join {{ ref('int_feed_mix') }} as mix on feeds.feed = mix.feed
left join anomalies on feeds.feed = anomalies.feed
