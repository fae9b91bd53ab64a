/*
    The customers who pay at a month's open and watched before it, counted by month, days with viewing and title; of the
    months that are there already and whose 30 days the feed covers, by the first and the last day that it has.
*/
{%- set window = 30 %}

with covered as (
    select
        min(first_date) as first_date,
        max(last_date) as last_date
    from {{ ref('int_engagement_months') }}
)

select
    viewers.month,
    viewers.active_days,
    coalesce(viewers.last_title_id, '(none)') as last_title_id,
    max(viewers.last_seen_date) as last_seen_date,
    cast(count(*) as bigint) as paying_customers,
    cast(sum(case when viewers.has_churned then 1 else 0 end) as bigint) as churned_customers
from {{ ref('int_engagement_viewers') }} as viewers
cross join covered
where
    viewers.month <= {{ report_date(as_of()) }}
    and covered.first_date <= {{ date_plus('viewers.month', -window, 'day') }}
    and covered.last_date >= {{ date_plus('viewers.month', -1, 'day') }}
group by viewers.month, viewers.active_days, viewers.last_title_id
