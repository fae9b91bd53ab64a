/*
    Which events count, and after which the subscription lapsed.

    Whether an event counts depends on lapses before it, and a lapse depends on the period end that the counting
    events stored. The knot comes undone in blocks. A block begins with an opening event that brings its own period
    end, since such an event makes everything before it irrelevant to both questions.

    Up to the first lapse in a block, only explicit ends matter. After it, the stored period end stays where it was,
    more than the lapse time before everything that follows, so an opening event reopens the subscription and it
    lapses again at once; nothing else in the block counts.
*/
with explicitly_live as (
    select
        *,
        is_opening or coalesce(
            last_value(case when is_opening then 1 when event_type = 'ended' then 0 end ignore nulls) over (
                partition by subscription_id
                order by event_number
                rows between unbounded preceding and 1 preceding
            ), 0
        ) = 1 as counts_without_lapses,
        count(case when is_opening and period_end is not null then 1 end) over (
            partition by subscription_id order by event_number rows unbounded preceding
        ) as block_number
    from {{ ref('int_subscription_events_ordered') }}
),

stored as (
    select
        *,
        last_value(case when counts_without_lapses then period_end end ignore nulls) over (
            partition by subscription_id order by event_number rows unbounded preceding
        ) as stored_period_end,
        last_value(
            case
                when not counts_without_lapses then null
                when is_opening or event_type = 'grace_entered' then 1
                when event_type in ('hold_entered', 'paused', 'ended') then 0
            end ignore nulls
        ) over (
            partition by subscription_id order by event_number rows unbounded preceding
        ) as can_lapse
    from explicitly_live
),

first_lapses as (
    select
        *,
        min(
            case
                when
                    can_lapse = 1
                    and {{ plus_days('stored_period_end', var('lapse_days')) }}
                    < coalesce(next_occurred_at, {{ as_of() }})
                    then event_number
            end
        ) over (partition by subscription_id, block_number) as first_lapse_number
    from stored
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
    is_opening,
    sets_price,
    event_number,
    case
        when event_number <= coalesce(first_lapse_number, event_number) then counts_without_lapses
        else is_opening
    end as is_counted,
    coalesce(
        event_number = first_lapse_number or (event_number > first_lapse_number and is_opening),
        false
    ) as lapses_after
from first_lapses
