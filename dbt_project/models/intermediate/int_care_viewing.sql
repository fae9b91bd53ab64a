/*
    Minutes watched in the newest four weeks of viewing that are over, and in the four before them.

    Whoever has no day twice is summed as the days came; of the others only the newest version of each day counts. A
    customer may watch under several identifiers, which are put together at the end.
*/
{%- set half_days = 28 %}
{%- set late_days = 7 %}

-- The dates are those of the as-of instant, so that only the newest weeks of a feed of years are read.
with versions as (
    select *
    from {{ ref('stg_engagement_versions') }}
    where
        activity_date >= {{ date_plus(report_date(as_of()), -2 * half_days - late_days, 'day') }}
        and activity_date < {{ report_date(as_of()) }}
),

bounds as (
    select
        max(activity_date) as last_date,
        {{ date_plus('max(activity_date)', -half_days, 'day') }} as middle_date,
        {{ date_plus('max(activity_date)', -2 * half_days, 'day') }} as before_date
    from versions
    having max(activity_date) >= {{ date_plus(report_date(as_of()), -late_days - 1, 'day') }}
),

recent as (
    select
        versions.*,
        bounds.last_date,
        bounds.middle_date,
        {{ days_between('bounds.before_date', 'versions.activity_date') }} as day_number
    from versions
    inner join bounds on versions.activity_date > bounds.before_date
),

counted as (
    select
        customer_id,
        last_date,
        sum(case when activity_date > middle_date then cast(minutes_watched as decimal(18, 2)) end) as minutes,
        sum(case when activity_date <= middle_date then cast(minutes_watched as decimal(18, 2)) end) as minutes_before,
        count(*) = {{ distinct_days('day_number') }} as is_settled
    from recent
    group by customer_id, last_date
),

contested as (
    select recent.*
    from recent
    inner join counted on recent.customer_id = counted.customer_id
    where not counted.is_settled
),

settled as (
    select
        newest.customer_id,
        bounds.last_date,
        sum(
            case when newest.activity_date > bounds.middle_date then cast(newest.minutes_watched as decimal(18, 2)) end
        ) as minutes,
        sum(
            case when newest.activity_date <= bounds.middle_date then cast(newest.minutes_watched as decimal(18, 2)) end
        ) as minutes_before
    from ({{ newest_viewing('contested') }}) as newest
    cross join bounds
    group by newest.customer_id, bounds.last_date
),

viewers as (
    select
        customer_id,
        last_date,
        minutes,
        minutes_before
    from counted
    where is_settled
    union all
    select
        customer_id,
        last_date,
        minutes,
        minutes_before
    from settled
)

select
    coalesce(aliases.customer_id, viewers.customer_id) as customer_id,
    viewers.last_date,
    cast(sum(viewers.minutes) as decimal(18, 2)) as minutes,
    cast(sum(viewers.minutes_before) as decimal(18, 2)) as minutes_before
from viewers
left join {{ ref('stg_customer_aliases') }} as aliases on viewers.customer_id = aliases.alias
group by coalesce(aliases.customer_id, viewers.customer_id), viewers.last_date
