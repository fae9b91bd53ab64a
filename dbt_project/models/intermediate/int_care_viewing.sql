{%- set half_days = 28 %}
{%- set late_days = 7 %}

-- The dates are those of the as-of instant, so that only the newest weeks of a feed of years are read.
with recent as (
    select
        coalesce(aliases.customer_id, days.customer_id) as customer_id,
        days.activity_date,
        cast(days.minutes_watched as decimal(18, 2)) as minutes
    from {{ ref('stg_engagement_daily') }} as days
    left join {{ ref('stg_customer_aliases') }} as aliases on days.customer_id = aliases.alias
    where
        days.activity_date >= {{ date_plus(report_date(as_of()), -2 * half_days - late_days, 'day') }}
        and days.activity_date < {{ report_date(as_of()) }}
),

newest as (
    select max(activity_date) as last_date
    from recent
),

bounds as (
    select
        last_date,
        {{ date_plus('last_date', -half_days, 'day') }} as middle_date,
        {{ date_plus('last_date', -2 * half_days, 'day') }} as before_date
    from newest
    where last_date >= {{ date_plus(report_date(as_of()), -late_days - 1, 'day') }}
)

select
    recent.customer_id,
    bounds.last_date,
    cast(
        sum(case when recent.activity_date > bounds.middle_date then recent.minutes end) as decimal(18, 2)
    ) as minutes,
    cast(
        sum(case when recent.activity_date <= bounds.middle_date then recent.minutes end) as decimal(18, 2)
    ) as minutes_before
from recent
inner join bounds on recent.activity_date > bounds.before_date
group by recent.customer_id, bounds.last_date
