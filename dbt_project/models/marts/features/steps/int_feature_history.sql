{{ config(**incremental_by('subscription_id')) }}
/*
    What a subscription's events so far say, after each of them that counts, by the day on which it is the last one.

    A rise is a higher amount for the same offer, currency and interval than the priced event before; a move to a lower
    monthly price is a downgrade. Differences below a twentieth of a per cent are rounding. What a sender tells again
    changes nothing: a cancellation turns the renewal off, to take it back turns it on, and grace is entered once.
*/
{%- set so_far = "(partition by subscription_id order by event_number rows unbounded preceding)" %}

with events as (
    select
        states.subscription_id,
        states.customer_id,
        states.event_number,
        states.event_type,
        states.occurred_at,
        {{ report_date('states.occurred_at') }} as occurred_date,
        states.status,
        states.auto_renew,
        states.period_end,
        states.offer_id,
        states.channel,
        states.provider,
        cast(states.amount as double) as amount,
        cast(states.discount_amount as double) as discount_amount,
        states.amount > coalesce(states.discount_amount, 0) as has_discounted_price,
        states.amount > 0 as has_price,
        case
            when states.discount_ends_at < timestamp '9999-12-31' then {{ report_date('states.discount_ends_at') }}
        end as discount_end_date,
        states.currency,
        {{ billing_months('states.billing_interval', 'states.billing_interval_count') }} as billing_months,
        counted.sets_price,
        counted.coupon_code is not null and states.event_number = 1 as starts_with_coupon
    from {{ ref('int_subscription_states') }} as states
    inner join {{ ref('int_subscription_events_counted') }} as counted
        on states.subscription_id = counted.subscription_id and states.event_number = counted.event_number
    where {{ is_affected('subscription_id', 'states.subscription_id') }}
),

prices as (
    select
        subscription_id,
        event_number,
        case
            when
                lag(currency) over history = currency
                and lag(billing_months) over history = billing_months
                and coalesce(lag(offer_id) over history, '') = coalesce(offer_id, '')
                and amount > lag(amount) over history * 1.0005
                and lag(amount) over history > 0
                then amount / lag(amount) over history - 1
        end as rise_share,
        event_type = 'plan_changed'
        and amount / billing_months * 1.0005
        < lag(amount) over history / lag(billing_months) over history as is_downgrade
    from events
    where sets_price
    window history as (partition by subscription_id order by event_number)
),

marked as (
    select
        events.*,
        prices.rise_share,
        coalesce(prices.is_downgrade, false) as is_downgrade,
        events.event_type = 'cancel_scheduled' and coalesce(lag(events.auto_renew) over history, true) as is_cancelled,
        events.event_type = 'cancel_reverted'
        and not coalesce(lag(events.auto_renew) over history, true) as is_reverted,
        events.status = 'grace' and coalesce(lag(events.status) over history, '') <> 'grace' as enters_grace
    from events
    left join prices
        on events.subscription_id = prices.subscription_id and events.event_number = prices.event_number
    window history as (partition by events.subscription_id order by events.event_number)
)

select
    subscription_id,
    customer_id,
    occurred_at,
    occurred_date,
    lead(occurred_date) over (partition by subscription_id order by event_number) as next_date,
    status,
    auto_renew,
    period_end,
    offer_id,
    channel,
    provider,
    amount,
    discount_amount,
    has_price,
    has_discounted_price,
    discount_end_date,
    currency,
    billing_months,
    last_value(case when enters_grace then occurred_date end ignore nulls) over {{ so_far }} as grace_date,
    last_value(case when is_cancelled then occurred_date end ignore nulls) over {{ so_far }} as cancel_date,
    last_value(case when is_reverted then occurred_date end ignore nulls) over {{ so_far }} as cancel_reverted_date,
    last_value(case when rise_share is not null then occurred_date end ignore nulls) over {{ so_far }} as rise_date,
    last_value(rise_share ignore nulls) over {{ so_far }} as rise_share,
    last_value(case when is_downgrade then occurred_date end ignore nulls) over {{ so_far }} as downgrade_date,
    count(rise_share) over {{ so_far }} as price_rises,
    sum(case when is_reverted then 1 else 0 end) over {{ so_far }} as cancel_reverts,
    sum(case when is_cancelled then 1 else 0 end) over {{ so_far }} as cancellations,
    sum(case when enters_grace then 1 else 0 end) over {{ so_far }} as grace_spells,
    max(case when event_type = 'trial_started' then 1 else 0 end) over {{ so_far }} = 1 as began_with_trial,
    max(case when starts_with_coupon then 1 else 0 end) over {{ so_far }} = 1 as began_with_coupon
from marked
