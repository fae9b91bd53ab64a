-- Prevents a daily series that drifts: its last day is what the subscriptions are at the as-of instant.
{{ config(meta={'dagster': {'ref': {'name': 'fct_mrr_daily'}}}) }}
with subscriptions as (
    select
        sum(mrr) as mrr,
        sum(case when status = 'trial' then 1 else 0 end) as trial,
        sum(case when status = 'active' then 1 else 0 end) as active,
        sum(case when status = 'grace' then 1 else 0 end) as grace,
        sum(case when status = 'on_hold' then 1 else 0 end) as on_hold,
        sum(case when status = 'paused' then 1 else 0 end) as paused,
        sum(case when status <> 'ended' and not auto_renew then 1 else 0 end) as set_to_cancel
    from {{ ref('fct_subscriptions') }}
),

last_day as (
    select
        *,
        row_number() over (order by close_date desc) as rank_from_close
    from {{ ref('fct_mrr_daily') }}
)

select last_day.close_date
from last_day
cross join subscriptions
where
    last_day.rank_from_close = 1
    and (
        last_day.closing_mrr <> subscriptions.mrr
        or last_day.trial_subscriptions <> subscriptions.trial
        or last_day.active_subscriptions <> subscriptions.active
        or last_day.grace_subscriptions <> subscriptions.grace
        or last_day.on_hold_subscriptions <> subscriptions.on_hold
        or last_day.paused_subscriptions <> subscriptions.paused
        or last_day.set_to_cancel_subscriptions <> subscriptions.set_to_cancel
    )
