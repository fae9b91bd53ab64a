-- How often each feed comes, and so from when on it is late. A feed that stopped keeps the cadence it had.
with newest as (
    select
        feed,
        max(last_arrived_at) as last_arrived_at,
        {{ as_of() }} as as_of
    from {{ ref('int_feed_arrivals') }}
    group by feed
),

hours as (
    select distinct
        arrivals.feed,
        arrivals.arrival_hour
    from {{ ref('int_feed_arrivals') }} as arrivals
    inner join newest on arrivals.feed = newest.feed
    where arrivals.last_arrived_at > {{ plus_days('newest.last_arrived_at', -60) }}
),

sequences as (
    select
        feed,
        arrival_hour,
        lag(arrival_hour) over (partition by feed order by arrival_hour) as previous_hour
    from hours
),

gaps as (
    select
        feed,
        {{ hours_between('previous_hour', 'arrival_hour') }} as gap_hours
    from sequences
    where previous_hour is not null
),

cadences as (
    select
        feed,
        percentile_cont(0.5) within group (order by gap_hours) as cadence_hours,
        percentile_cont(0.95) within group (order by gap_hours) as longest_usual_gap_hours
    from gaps
    group by feed
    having count(*) >= 4
),

quiet as (
    select
        feed,
        {{ hours_between('last_arrived_at', 'as_of') }} as hours_since_last_row
    from newest
    where last_arrived_at is not null
)

select
    quiet.feed,
    quiet.hours_since_last_row,
    cast(cadences.cadence_hours as double) as cadence_hours,
    cast(
        round(greatest(3 * cadences.cadence_hours, 1.5 * cadences.longest_usual_gap_hours), 1) as double
    ) as late_after_hours
from quiet
left join cadences on quiet.feed = cadences.feed
