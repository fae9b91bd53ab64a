/*
    Minutes watched in the newest four weeks of viewing that are over, and in the four before them.

    Whoever has no day twice is summed as the days came; of the others only the newest version of each day counts. A
    customer may watch under several identifiers, which are put together at the end.
*/
{%- set half_days = 28 %}
{%- set late_days = 7 %}

{%- set first_date = date_plus(report_date(as_of()), -2 * half_days - late_days, 'day') %}

-- The dates are those of the as-of instant, so that only the newest weeks of a feed of years are read.
with bounds as (
    select
        max(activity_date) as last_date,
        {{ date_plus('max(activity_date)', -half_days, 'day') }} as middle_date,
        {{ date_plus('max(activity_date)', -2 * half_days, 'day') }} as before_date
    from {{ ref('stg_engagement_versions') }}
    where activity_date >= {{ first_date }} and activity_date < {{ report_date(as_of()) }}
    having max(activity_date) >= {{ date_plus(report_date(as_of()), -late_days - 1, 'day') }}
),

recent as (
    select
        versions.customer_id,
        versions.activity_date > bounds.middle_date as is_later_half,
        cast(versions.minutes_watched as decimal(18, 2)) as minutes,
        {{ days_between('bounds.before_date', 'versions.activity_date') }} as day_number
    from {{ ref('stg_engagement_versions') }} as versions
    inner join bounds on versions.activity_date > bounds.before_date
    where versions.activity_date >= {{ first_date }} and versions.activity_date < {{ report_date(as_of()) }}
),

counted as (
    select
        customer_id,
        sum(case when is_later_half then minutes end) as minutes,
        sum(case when not is_later_half then minutes end) as minutes_before,
        count(*) = {{ distinct_days('day_number') }} as is_settled
    from recent
    group by customer_id
),

-- Read again with all that ranks the versions, since few have any.
contested as (
    select versions.*
    from {{ ref('stg_engagement_versions') }} as versions
    inner join bounds on versions.activity_date > bounds.before_date
    where
        versions.activity_date >= {{ first_date }}
        and versions.activity_date < {{ report_date(as_of()) }}
        and versions.customer_id in (select counted.customer_id from counted where not counted.is_settled)
),

settled as (
    select
        newest.customer_id,
        sum(
            case when newest.activity_date > bounds.middle_date then cast(newest.minutes_watched as decimal(18, 2)) end
        ) as minutes,
        sum(
            case when newest.activity_date <= bounds.middle_date then cast(newest.minutes_watched as decimal(18, 2)) end
        ) as minutes_before
    from ({{ newest_viewing('contested') }}) as newest
    cross join bounds
    group by newest.customer_id
),

viewers as (
    select
        customer_id,
        minutes,
        minutes_before
    from counted
    where is_settled
    union all
    select
        customer_id,
        minutes,
        minutes_before
    from settled
)

select
    coalesce(aliases.customer_id, viewers.customer_id) as customer_id,
    bounds.last_date,
    cast(sum(viewers.minutes) as decimal(18, 2)) as minutes,
    cast(sum(viewers.minutes_before) as decimal(18, 2)) as minutes_before
from viewers
cross join bounds
left join {{ ref('stg_customer_aliases') }} as aliases on viewers.customer_id = aliases.alias
group by coalesce(aliases.customer_id, viewers.customer_id), bounds.last_date
