{{ config(**incremental_features()) }}
/*
    The days of viewing that had been told more than once by the close of a feature day, as they stood then: the version
    recorded last by then, and of versions recorded at once the larger, so that the order of delivery is no matter.
    Only days in the windows of the feature day are here. They are few: all other days need not be brought into order.
*/
with repeated as (
    select
        customer_id,
        activity_date
    from {{ ref('int_feature_watched_days') }}
    group by customer_id, activity_date
    having count(*) > 1
),

newest_versions as (
    select
        days.feature_date,
        viewing.customer_id,
        viewing.activity_date,
        max({{ ordered_values([
            "coalesce(viewing.recorded_at, timestamp '0001-01-02')",
            'viewing.minutes_watched',
            'coalesce(viewing.live_minutes, 0)',
            "coalesce(viewing.top_title_id, '')",
        ]) }}) as newest
    from {{ ref('int_feature_watched_days') }} as viewing
    inner join repeated
        on viewing.customer_id = repeated.customer_id and viewing.activity_date = repeated.activity_date
    inner join {{ ref('int_feature_viewing_days') }} as days
        on
            viewing.activity_date <= days.newest_date
            and days.newest_date < {{ date_plus('viewing.activity_date', 84, 'day') }}
            and days.feature_date >= {{ report_date("coalesce(viewing.recorded_at, timestamp '0001-01-02')") }}
    where {{ is_affected_feature_row('days.feature_date', 'viewing.customer_id') }}
    group by days.feature_date, viewing.customer_id, viewing.activity_date
    having count(*) > 1
)

select
    feature_date,
    customer_id,
    activity_date,
    {{ ordered_value('newest', 2) }} as minutes_watched,
    {{ ordered_value('newest', 3) }} as live_minutes,
    nullif({{ ordered_value('newest', 4) }}, '') as top_title_id
from newest_versions
