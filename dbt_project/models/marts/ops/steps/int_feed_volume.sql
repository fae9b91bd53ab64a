/*
    The last complete day of each feed that comes daily against the same weekdays of the eight weeks before, and the
    days on which nothing came although something usually does: on three in four of such weekdays of the last year.

    Median and median absolute deviation, since the mean of eight days would be moved by the one that was unusual
    (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993; their threshold of 3.5).
*/
with bounds as (
    select
        {{ date_plus(report_date(as_of()), -365, 'day') }} as first_day,
        {{ date_plus(report_date(as_of()), -1, 'day') }} as last_day
),

spine as (
    select {{ dates_every(1, 'first_day', 'last_day') }} as calendar_day
    from bounds
),

counted as (
    select
        feed,
        recorded_day,
        sum(row_count) as row_count
    from {{ ref('feed_volume_daily') }}
    group by feed, recorded_day
),

daily_feeds as (
    select
        cadence.feed,
        min(counted.recorded_day) as first_day
    from {{ ref('int_feed_cadence') }} as cadence
    inner join counted on cadence.feed = counted.feed
    where cadence.cadence_hours <= 24
    group by cadence.feed
),

days as (
    select
        daily_feeds.feed,
        spine.calendar_day,
        cast(coalesce(counted.row_count, 0) as bigint) as row_count,
        mod({{ days_between('spine.calendar_day', 'bounds.last_day') }}, 7) as weekday_number,
        {{ days_between('spine.calendar_day', 'bounds.last_day') }} as days_before
    from daily_feeds
    cross join bounds
    inner join spine on daily_feeds.first_day <= spine.calendar_day
    left join counted on daily_feeds.feed = counted.feed and spine.calendar_day = counted.recorded_day
),

gaps as (
    select
        feed,
        count(case when is_gap then 1 end) as gap_days,
        max(case when is_gap then calendar_day end) as last_gap_day,
        coalesce(min(case when is_gap then days_before end) < 7, false) as has_recent_gap,
        max(case when days_before = 0 then row_count end) as last_day_rows
    from (
        select
            *,
            row_count = 0 and days_before < 90 and avg(case when row_count > 0 then 1.0 else 0.0 end) over (
                partition by feed, weekday_number
            ) >= 0.75 as is_gap
        from days
    ) as judged
    group by feed
),

weekdays as (
    select
        feed,
        row_count
    from days
    where weekday_number = 0 and days_before between 7 and 56
),

medians as (
    select
        feed,
        percentile_cont(0.5) within group (order by row_count) as usual_rows
    from weekdays
    group by feed
    having count(*) >= 4
),

deviations as (
    select
        medians.feed,
        medians.usual_rows,
        percentile_cont(0.5) within group (order by abs(weekdays.row_count - medians.usual_rows)) as deviation
    from medians
    inner join weekdays on medians.feed = weekdays.feed
    group by medians.feed, medians.usual_rows
)

select
    gaps.feed,
    gaps.gap_days,
    gaps.last_gap_day,
    gaps.has_recent_gap,
    gaps.last_day_rows,
    cast(deviations.usual_rows as double) as usual_day_rows,
    {{ ratio('gaps.last_day_rows', 'deviations.usual_rows') }} as volume_ratio,
    abs(gaps.last_day_rows - deviations.usual_rows) > 3.5 * greatest(
        1.4826 * deviations.deviation, sqrt(deviations.usual_rows), 0.05 * deviations.usual_rows, 1
    ) as is_volume_unusual
from gaps
left join deviations on gaps.feed = deviations.feed
