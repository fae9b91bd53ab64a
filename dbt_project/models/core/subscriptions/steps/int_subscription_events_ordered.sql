{{ config(**incremental_by('subscription_id')) }}
-- The owner of a subscription is the customer of its first event; events that name another one take no part.
with known as (
    select *
    from {{ ref('stg_subscription_events') }}
    where not is_superseded and {{ is_affected('subscription_id') }}
),

-- Few subscriptions name more than one customer, and only in those has the first to be looked for.
contested as (
    select subscription_id
    from known
    group by subscription_id
    having min(customer_id) <> max(customer_id)
),

owned as (
    select
        event_id,
        customer_id,
        first_value(customer_id) over (
            partition by subscription_id
            order by occurred_at, recorded_at, event_id
            rows between unbounded preceding and unbounded following
        ) as owner_id
    from known
    where subscription_id in (select contested.subscription_id from contested)
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
    {{ is_opening_type('event_type') }} as is_opening,
    {{ sets_price_type('event_type') }} as sets_price,
    row_number() over history as event_number,
    lead(occurred_at) over history as next_occurred_at,
    {{ as_of() }} as computed_as_of
from known
where event_id not in (select owned.event_id from owned where owned.customer_id <> owned.owner_id)
window history as (partition by subscription_id order by occurred_at, recorded_at, event_id)
