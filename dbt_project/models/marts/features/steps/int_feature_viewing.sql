{{ config(**incremental_features()) }}
/*
    Viewing of those who pay on a feature day, in windows that end with the newest day of viewing known by its close, so
    that a feed that is a day late does not look like an audience that left. Each day of viewing is read once and summed
    at once: the viewing of a large base does not fit into memory.
*/
with customers as (
    select
        customers.feature_date,
        customers.customer_id,
        days.newest_date,
        days.flagship_title_id
    from {{ ref('int_feature_customers') }} as customers
    inner join {{ ref('int_feature_viewing_days') }} as days on customers.feature_date = days.feature_date
    where {{ is_affected_feature_row('customers.feature_date', 'customers.customer_id') }}
),

viewing as (
    select
        customers.feature_date,
        customers.customer_id,
        customers.newest_date,
        customers.flagship_title_id,
        versions.activity_date,
        versions.minutes_watched,
        versions.live_minutes,
        versions.top_title_id
    from {{ ref('int_feature_watched_days') }} as versions
    inner join customers
        on
            versions.customer_id = customers.customer_id
            and versions.activity_date <= customers.newest_date
            and customers.newest_date < {{ date_plus('versions.activity_date', 84, 'day') }}
    where
        versions.minutes_watched > 0
        and (versions.recorded_at is null or {{ report_date('versions.recorded_at') }} <= customers.feature_date)
        and not exists (
            select 1
            from {{ ref('int_feature_viewing_versions') }} as repeated
            where
                repeated.feature_date = customers.feature_date
                and repeated.customer_id = versions.customer_id
                and repeated.activity_date = versions.activity_date
        )
    union all
    select
        customers.feature_date,
        customers.customer_id,
        customers.newest_date,
        customers.flagship_title_id,
        repeated.activity_date,
        repeated.minutes_watched,
        repeated.live_minutes,
        repeated.top_title_id
    from {{ ref('int_feature_viewing_versions') }} as repeated
    inner join customers
        on
            repeated.customer_id = customers.customer_id
            and repeated.feature_date = customers.feature_date
            and repeated.activity_date <= customers.newest_date
            and customers.newest_date < {{ date_plus('repeated.activity_date', 84, 'day') }}
    where repeated.minutes_watched > 0
),

aged as (
    select
        viewing.feature_date,
        viewing.customer_id,
        cast(viewing.minutes_watched as decimal(18, 3)) as minutes,
        cast(viewing.live_minutes as decimal(18, 3)) as live_minutes,
        case when viewing.top_title_id = viewing.flagship_title_id then 1.0 else 0.0 end as flagship,
        {{ days_between('viewing.activity_date', 'viewing.newest_date') }} as age,
        coalesce(seasons.ending_weight, 0) as ending_weight,
        coalesce(seasons.ended_weight, 0) as ended_weight,
        coalesce(seasons.starting_weight, 0) as starting_weight
    from viewing
    left join {{ ref('int_feature_seasons') }} as seasons
        on viewing.feature_date = seasons.feature_date and viewing.top_title_id = seasons.title_id
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
    avg(case when age < 28 then flagship end) as flagship_share_28,
    min(case when age < 56 then age end) as days_since_viewing,
    {%- for name in ['ending', 'ended', 'starting'] %}
        round(least(sum({{ name }}_weight) / count(*), 1), 6) as season_{{ name }}_share
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
from aged
group by feature_date, customer_id
