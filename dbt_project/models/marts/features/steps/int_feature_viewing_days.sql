{{ config(materialized='incremental', pre_hook="{{ churniq.delete_affected_feature_rows(by_customer=false) }}") }}
/*
    For each feature day the newest day of viewing known by its close, with which the windows of viewing end, and the
    title that led most days of viewing in the 28 days up to it.
*/
with told as (
    select
        activity_date,
        {{ report_date("coalesce(recorded_at, timestamp '0001-01-02')") }} as known_date,
        top_title_id,
        count(*) as title_days
    from {{ ref('stg_engagement_versions') }}
    where minutes_watched > 0 and activity_date >= {{ first_telling_day() }}
    group by
        activity_date, {{ report_date("coalesce(recorded_at, timestamp '0001-01-02')") }}, top_title_id
),

newest as (
    select
        days.feature_date,
        max(told.activity_date) as newest_date
    from {{ ref('int_feature_days') }} as days
    inner join told on days.feature_date >= told.activity_date and days.feature_date >= told.known_date
    {%- if is_incremental_model() %}
    where days.feature_date in (select affected.feature_date from {{ ref('int_affected_feature_days') }} as affected)
    {%- endif %}
    group by days.feature_date
),

titles as (
    select
        newest.feature_date,
        told.top_title_id,
        row_number() over (
            partition by newest.feature_date order by sum(told.title_days) desc, told.top_title_id asc
        ) as place
    from newest
    inner join told
        on
            newest.feature_date >= told.known_date
            and newest.newest_date >= told.activity_date
            and newest.newest_date < {{ date_plus('told.activity_date', 28, 'day') }}
    where told.top_title_id is not null
    group by newest.feature_date, told.top_title_id
)

select
    newest.feature_date,
    newest.newest_date,
    titles.top_title_id as flagship_title_id
from newest
left join titles on newest.feature_date = titles.feature_date and titles.place = 1
