/*
    The days of viewing that were told more than once, as they stood at the close of each feature day: the version
    recorded last by then, and of versions recorded at once the larger, so that the order of delivery is no matter.
    They are few: all other days need not be brought into order.
*/
with viewing as (
    select
        coalesce(aliases.customer_id, versions.customer_id) as customer_id,
        versions.activity_date,
        versions.minutes_watched,
        versions.live_minutes,
        versions.top_title_id,
        coalesce(versions.recorded_at, timestamp '0001-01-02') as known_at
    from {{ ref('stg_engagement_versions') }} as versions
    left join {{ ref('stg_customer_aliases') }} as aliases on versions.customer_id = aliases.alias
),

repeated as (
    select
        coalesce(aliases.customer_id, versions.customer_id) as customer_id,
        versions.activity_date
    from {{ ref('stg_engagement_versions') }} as versions
    left join {{ ref('stg_customer_aliases') }} as aliases on versions.customer_id = aliases.alias
    group by coalesce(aliases.customer_id, versions.customer_id), versions.activity_date
    having count(*) > 1
),

newest_versions as (
    select
        days.feature_date,
        viewing.customer_id,
        viewing.activity_date,
        max({{ ordered_values([
            'viewing.known_at',
            'viewing.minutes_watched',
            'coalesce(viewing.live_minutes, 0)',
            "coalesce(viewing.top_title_id, '')",
        ]) }}) as newest
    from viewing
    inner join repeated
        on viewing.customer_id = repeated.customer_id and viewing.activity_date = repeated.activity_date
    inner join {{ ref('int_feature_days') }} as days
        on
            viewing.activity_date <= days.feature_date
            and days.feature_date >= {{ report_date('viewing.known_at') }}
    group by days.feature_date, viewing.customer_id, viewing.activity_date
)

select
    feature_date,
    customer_id,
    activity_date,
    {{ ordered_value('newest', 2) }} as minutes_watched,
    {{ ordered_value('newest', 3) }} as live_minutes,
    nullif({{ ordered_value('newest', 4) }}, '') as top_title_id
from newest_versions
