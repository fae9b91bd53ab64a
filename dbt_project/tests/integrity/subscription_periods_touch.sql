-- Prevents an instant with no state or two: the periods of a subscription begin when it starts, each ends where the
-- next begins, only the last is open, and that one is the state the subscription is in now.
{{ config(meta={'dagster': {'ref': {'name': 'fct_subscription_periods'}}}) }}
with periods as (
    select
        *,
        lag(valid_to) over history as previous_valid_to,
        row_number() over history as period_number,
        lead(valid_from) over history as next_valid_from
    from {{ ref('fct_subscription_periods') }}
    where {{ is_affected('subscription_id') }}
    window history as (partition by subscription_id order by valid_from)
),

subscriptions as (
    select *
    from {{ ref('fct_subscriptions') }}
    where {{ is_affected('subscription_id') }}
)

select
    subscriptions.subscription_id,
    periods.valid_from,
    periods.valid_to
from subscriptions
left join periods on subscriptions.subscription_id = periods.subscription_id
where
    periods.subscription_id is null
    or periods.customer_id <> subscriptions.customer_id
    or periods.valid_from <> case
        when periods.period_number = 1 then subscriptions.started_at else periods.previous_valid_to
    end
    or periods.valid_to <= periods.valid_from
    or (periods.valid_to is null) <> (periods.next_valid_from is null)
    or (
        periods.valid_to is null
        and (
            periods.status <> subscriptions.status
            or periods.auto_renew <> subscriptions.auto_renew
            or periods.mrr <> subscriptions.mrr
        )
    )
