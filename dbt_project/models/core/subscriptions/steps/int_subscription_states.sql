{{ config(**incremental_by('subscription_id')) }}
/*
    The state after every counting event, by the table of subscription states.

    A price is amount, discount, currency and interval together, so that it is carried forward whole; the far future
    stands for a discount without an end, and -1 for an amount that a sender cannot tell: from such an event on the
    price is not known.
*/
{%- set history = "partition by subscription_id order by event_number rows" %}
{%- set before = "(" ~ history ~ " between unbounded preceding and 1 preceding)" %}
{%- set up_to = "(" ~ history ~ " unbounded preceding)" %}

with counted as (
    select
        *,
        {{ status_set_by('event_type') }} as status_set,
        coalesce(
            lag(case when event_type = 'ended' or lapses_after then 1 else 0 end) over (
                partition by subscription_id order by event_number
            ), 1
        ) = 1 as is_reopening
    from {{ ref('int_subscription_events_counted') }}
    where is_counted and {{ is_recomputed('subscription_id') }}
),

carried as (
    select
        *,
        {{ status_after('status_set', history ~ ' unbounded preceding') }} as status,
        last_value(
            case
                when event_type in ('trial_started', 'started', 'trial_converted') then 1
                when is_opening and is_reopening then 1
                when event_type = 'cancel_reverted' then 1
                when event_type = 'cancel_scheduled' then 0
            end ignore nulls
        ) over {{ up_to }} = 1 as auto_renew,
        nullif(
            last_value(case when sets_price then coalesce(amount, -1) end ignore nulls) over {{ up_to }}, -1
        ) as price_amount,
        last_value(case when sets_price then discount_amount end ignore nulls) over {{ up_to }} as price_discount,
        last_value(
            case when sets_price then coalesce(discount_ends_at, timestamp '9999-12-31 00:00:00') end ignore nulls
        ) over {{ up_to }} as price_discount_ends_at,
        last_value(case when sets_price then currency end ignore nulls) over {{ up_to }} as price_currency,
        last_value(case when sets_price then billing_interval end ignore nulls) over {{ up_to }} as price_interval,
        last_value(
            case when sets_price then billing_interval_count end ignore nulls
        ) over {{ up_to }} as price_interval_count,
        last_value(case when sets_price then coalesce(amount, -1) end ignore nulls) over {{ before }} as earlier_amount,
        last_value(case when sets_price then currency end ignore nulls) over {{ before }} as earlier_currency,
        last_value(case when sets_price then billing_interval end ignore nulls) over {{ before }} as earlier_interval,
        last_value(
            case when sets_price then billing_interval_count end ignore nulls
        ) over {{ before }} as earlier_interval_count,
        last_value(period_end ignore nulls) over {{ up_to }} as stored_period_end,
        last_value(offer_id ignore nulls) over {{ up_to }} as stored_offer_id,
        last_value(channel ignore nulls) over {{ up_to }} as stored_channel,
        last_value(provider ignore nulls) over {{ up_to }} as stored_provider
    from counted
),

-- Only a renewal of a live subscription at the same amount, currency and interval keeps the exchange rate it had.
rated as (
    select
        *,
        case
            when not sets_price or amount is null then null
            when
                event_type = 'renewed'
                and not is_reopening
                and amount = earlier_amount
                and currency = earlier_currency
                and billing_interval = earlier_interval
                and billing_interval_count = earlier_interval_count
                then null
            else {{ report_date('occurred_at') }}
        end as rate_date_set
    from carried
)

select
    event_id,
    event_type,
    event_number,
    occurred_at,
    recorded_at,
    customer_id,
    subscription_id,
    status,
    auto_renew,
    stored_period_end as period_end,
    stored_offer_id as offer_id,
    stored_channel as channel,
    stored_provider as provider,
    price_amount as amount,
    price_discount as discount_amount,
    price_discount_ends_at as discount_ends_at,
    price_currency as currency,
    price_interval as billing_interval,
    price_interval_count as billing_interval_count,
    last_value(rate_date_set ignore nulls) over {{ up_to }} as rate_date,
    end_reason,
    is_reopening,
    lapses_after,
    {{ as_of() }} as computed_as_of
from rated
