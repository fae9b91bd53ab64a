-- The owner of a subscription is the customer of its first event; events that name another one take no part.
with owned as (
    select
        *,
        first_value(customer_id) over (
            partition by subscription_id
            order by occurred_at, recorded_at, event_id
            rows between unbounded preceding and unbounded following
        ) as owner_id
    from {{ ref('stg_subscription_events') }}
)

select
    event_id,
    event_type,
    occurred_at,
    recorded_at,
    customer_id,
    subscription_id,
    offer_id,
    amount,
    discount_amount,
    discount_ends_at,
    currency,
    billing_interval,
    billing_interval_count,
    period_end,
    channel,
    provider,
    country,
    coupon_code,
    end_reason,
    event_type in ('trial_started', 'started', 'trial_converted', 'renewed', 'recovered', 'resumed') as is_opening,
    event_type in ('trial_started', 'started', 'trial_converted', 'renewed', 'plan_changed') as sets_price,
    row_number() over (
        partition by subscription_id order by occurred_at, recorded_at, event_id
    ) as event_number,
    lead(occurred_at) over (
        partition by subscription_id order by occurred_at, recorded_at, event_id
    ) as next_occurred_at
from owned
where customer_id = owner_id
