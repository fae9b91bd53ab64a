-- Prevents a count of scheduled cancellations that drifts: every day opens with the close before, none is left out,
-- and the last close is what fct_subscriptions says now, in subscriptions and to the cent.
{{ config(meta={'dagster': {'ref': {'name': 'fct_set_to_cancel_daily'}}}) }}
with days as (
    select
        *,
        lag(close_date) over (order by close_date) as previous_date,
        lag(closing_subscriptions) over (order by close_date) as previous_subscriptions,
        lag(closing_mrr) over (order by close_date) as previous_mrr,
        lead(close_date) over (order by close_date) is null as is_last
    from {{ ref('fct_set_to_cancel_daily') }}
),

now as (
    select
        count(*) as subscriptions,
        coalesce(sum(mrr), 0) as mrr
    from {{ ref('fct_subscriptions') }}
    where status <> 'ended' and not auto_renew
)

select days.close_date
from days
cross join now
where
    days.opening_subscriptions <> coalesce(days.previous_subscriptions, 0)
    or days.opening_mrr <> coalesce(days.previous_mrr, 0)
    or {{ days_between('days.previous_date', 'days.close_date') }} <> 1
    or (
        days.is_last
        and (
            days.close_date <> {{ report_date(as_of()) }}
            or days.closing_subscriptions <> now.subscriptions
            or days.closing_mrr <> now.mrr
        )
    )
