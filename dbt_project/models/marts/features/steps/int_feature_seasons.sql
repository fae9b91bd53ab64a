/*
    The titles of which, by the calendar as it was told by each feature day, a season ends or begins within 30 days or
    has ended within 31. A season shorter than the viewing that is looked at counts for more: who watched it every day
    followed it wholly.
*/
with versions as (
    select
        days.feature_date,
        calendar.title_id,
        calendar.season,
        max({{ ordered_values([
            "coalesce(calendar.recorded_at, timestamp '0001-01-01')", 'calendar.ends_on', 'calendar.starts_on'
        ]) }}) as newest
    from {{ ref('stg_content_calendar') }} as calendar
    inner join {{ ref('int_feature_days') }} as days
        on calendar.recorded_at is null or {{ report_date('calendar.recorded_at') }} <= days.feature_date
    group by days.feature_date, calendar.title_id, calendar.season
),

seasons as (
    select
        feature_date,
        title_id,
        {{ days_between('feature_date', ordered_value('newest', 2)) }} as days_to_end,
        {{ days_between('feature_date', ordered_value('newest', 3)) }} as days_to_start
    from versions
),

weighed as (
    select
        feature_date,
        title_id,
        coalesce(days_to_start <= 0 and days_to_end between 0 and 29, false) as ends,
        coalesce(days_to_end between -31 and -1, false) as has_ended,
        case when days_to_start between 1 and 30 then 1 else 0 end as starts,
        cast(84 as double) / greatest(least(1 - days_to_start, 84), 1) as weight
    from seasons
)

select
    feature_date,
    title_id,
    max(case when ends then weight else 0 end) as ending_weight,
    max(case when has_ended then weight else 0 end) as ended_weight,
    cast(max(starts) as double) as starting_weight
from weighed
where ends or has_ended or starts = 1
group by feature_date, title_id
