/*
    Viewing of those who pay on a feature day, in windows that end with the newest day of viewing known by its close, so
    that a feed that is a day late does not look like an audience that left. Of a day that was told again, the version
    recorded last by then counts.
*/
with versions as (
    select
        customers.feature_date,
        customers.customer_id,
        versions.activity_date,
        versions.recorded_at,
        versions.minutes_watched,
        versions.live_minutes,
        versions.top_title_id
    from {{ ref('stg_engagement_versions') }} as versions
    left join {{ ref('stg_customer_aliases') }} as aliases on versions.customer_id = aliases.alias
    inner join {{ ref('int_feature_customers') }} as customers
        on
            coalesce(aliases.customer_id, versions.customer_id) = customers.customer_id
            and versions.activity_date <= customers.feature_date
            and customers.feature_date < {{ date_plus('versions.activity_date', 91, 'day') }}
    where
        versions.recorded_at is null
        or {{ report_date('versions.recorded_at') }} <= customers.feature_date
),

-- Of versions recorded at once the larger counts, so that the order of delivery is no matter.
newest_versions as (
    select
        feature_date,
        customer_id,
        activity_date,
        max({{ ordered_values([
            "coalesce(recorded_at, timestamp '0001-01-01')",
            'minutes_watched',
            'coalesce(live_minutes, 0)',
            "coalesce(top_title_id, '')",
        ]) }}) as newest
    from versions
    group by feature_date, customer_id, activity_date
),

days as (
    select
        feature_date,
        customer_id,
        activity_date,
        {{ ordered_value('newest', 2) }} as minutes_watched,
        {{ ordered_value('newest', 3) }} as live_minutes,
        nullif({{ ordered_value('newest', 4) }}, '') as top_title_id
    from newest_versions
),

newest as (
    select
        feature_date,
        max(activity_date) as newest_date
    from days
    where minutes_watched > 0
    group by feature_date
),

titles as (
    select
        feature_date,
        top_title_id,
        count(*) as title_days
    from days
    where minutes_watched > 0 and top_title_id is not null
    group by feature_date, top_title_id
),

flagships as (
    select
        feature_date,
        top_title_id,
        row_number() over (partition by feature_date order by title_days desc, top_title_id asc) as place
    from titles
),

aged as (
    select
        days.feature_date,
        days.customer_id,
        cast(days.minutes_watched as decimal(18, 3)) as minutes,
        cast(days.live_minutes as decimal(18, 3)) as live_minutes,
        flagships.top_title_id is not null as is_flagship,
        {{ days_between('days.activity_date', 'newest.newest_date') }} as age
    from days
    inner join newest on days.feature_date = newest.feature_date
    left join flagships
        on
            days.feature_date = flagships.feature_date
            and days.top_title_id = flagships.top_title_id
            and flagships.place = 1
    where days.minutes_watched > 0
)

select
    feature_date,
    customer_id,
    {%- for name, (start, stop) in feature_windows().items() %}
        {%- set inside = 'age >= ' ~ start ~ ' and age < ' ~ stop %}
        sum(case when {{ inside }} then minutes else 0 end) as minutes_{{ name }},
        sum(case when {{ inside }} then 1 else 0 end) as active_days_{{ name }},
    {%- endfor %}
    cast(sum(case when age < 28 then live_minutes else 0 end) as double)
    / nullif(cast(sum(case when age < 28 then minutes end) as double), 0) as live_share_28,
    avg(case when age < 28 then case when is_flagship then 1.0 else 0.0 end end) as flagship_share_28,
    min(case when age < 56 then age end) as days_since_viewing
from aged
group by feature_date, customer_id
