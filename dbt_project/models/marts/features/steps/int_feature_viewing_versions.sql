{{ config(**incremental_features()) }}
/*
    The days of viewing that had been told more than once by the close of a feature day, as they stood then: the version
    recorded last by then, and of versions recorded at once the larger, so that the order of delivery is no matter.
    Only days in the windows of the feature day are here. They are few: all other days need not be brought into order.
*/
with customers as (
    select
        customers.feature_date,
        customers.customer_id,
        days.newest_date
    from {{ ref('int_feature_customers') }} as customers
    inner join {{ ref('int_feature_viewing_days') }} as days on customers.feature_date = days.feature_date
    where {{ is_affected_feature_row('customers.feature_date', 'customers.customer_id') }}
),

repeated as (
    select
        customer_id,
        activity_date
    from {{ ref('int_feature_watched_days') }}
    group by customer_id, activity_date
    having count(*) > 1
),

newest_versions as (
    select
        customers.feature_date,
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
    inner join customers
        on
            viewing.customer_id = customers.customer_id
            and viewing.activity_date <= customers.newest_date
            and customers.newest_date < {{ date_plus('viewing.activity_date', 84, 'day') }}
            and customers.feature_date >= {{ report_date("coalesce(viewing.recorded_at, timestamp '0001-01-02')") }}
    group by customers.feature_date, viewing.customer_id, viewing.activity_date
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
