-- Who pays and did not watch is nowhere in the feed: they are the rest of all who pay at the month's open.
with bands as (
    select
        '0 days' as band,
        1 as band_number,
        0 as first_days,
        0 as last_days
    union all
    select
        '1-3 days' as band,
        2 as band_number,
        1 as first_days,
        3 as last_days
    union all
    select
        '4-9 days' as band,
        3 as band_number,
        4 as first_days,
        9 as last_days
    union all
    select
        '10-19 days' as band,
        4 as band_number,
        10 as first_days,
        19 as last_days
    union all
    select
        '20-30 days' as band,
        5 as band_number,
        20 as first_days,
        30 as last_days
),

viewers as (
    select
        month,
        active_days,
        sum(paying_customers) as paying_customers,
        sum(churned_customers) as churned_customers
    from {{ ref('int_engagement_openings') }}
    group by month, active_days
),

watching as (
    select
        month,
        sum(paying_customers) as paying_customers,
        sum(churned_customers) as churned_customers
    from viewers
    group by month
),

everybody as (
    select
        month,
        active_days,
        paying_customers,
        churned_customers
    from viewers
    union all
    select
        watching.month,
        0 as active_days,
        days.paying_customers - watching.paying_customers as paying_customers,
        days.churned_customers - watching.churned_customers as churned_customers
    from watching
    inner join {{ ref('int_care_paying_days') }} as days on watching.month = days.day
),

counted as (
    select
        months.month,
        bands.band,
        bands.band_number,
        coalesce(sum(everybody.paying_customers), 0) as paying_customers,
        coalesce(sum(everybody.churned_customers), 0) as churned_customers,
        {{ date_plus('months.month', 30, 'day') }} <= {{ report_date(as_of()) }} as is_complete
    from watching as months
    cross join bands
    left join everybody
        on months.month = everybody.month
            and everybody.active_days between bands.first_days and bands.last_days
    group by months.month, bands.band, bands.band_number
)

select
    month,
    band,
    band_number,
    cast(paying_customers as bigint) as paying_customers,
    case when is_complete then cast(churned_customers as bigint) end as churned_customers,
    case when is_complete then {{ ratio('churned_customers', 'paying_customers') }} end as churn_rate,
    is_complete
from counted
