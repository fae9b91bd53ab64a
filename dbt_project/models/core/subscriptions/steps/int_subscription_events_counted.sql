{{ config(**incremental_by('subscription_id')) }}
/*
    Which events count, and after which the subscription lapsed.

    Whether an event counts depends on lapses before it, and a lapse depends on the period end that the counting
    events stored. The knot comes undone in blocks. A block begins with an opening event that brings its own period
    end, since such an event makes everything before it irrelevant to both questions.

    Up to the first lapse in a block, only explicit ends matter. After it, the stored period end stays where it was,
    more than the lapse time before everything that follows, so an opening event reopens the subscription and it
    lapses again at once (it opens to trial or active, which wait the shorter time); nothing else in the block counts.
*/
with positions as (
    -- The questions need few columns, and sorting many takes its time.
    select
        subscription_id,
        event_number,
        event_type,
        is_opening,
        next_occurred_at,
        period_end
    from {{ ref('int_subscription_events_ordered') }}
    where {{ is_recomputed('subscription_id') }}
),

explicitly_live as (
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
    from positions
),

stored as (
    select
        *,
        last_value(case when counts_without_lapses then period_end end ignore nulls) over (
            partition by subscription_id order by event_number rows unbounded preceding
        ) as stored_period_end,
        {{ status_after(
            'status_set', 'partition by subscription_id order by event_number rows unbounded preceding'
        ) }} as status
    from (
        select
            *,
            case when counts_without_lapses then {{ status_set_by('event_type') }} end as status_set
        from explicitly_live
    ) as explicit
),

first_lapses as (
    select
        subscription_id,
        block_number,
        min(event_number) as first_lapse_number
    from stored
    where {{ lapses_at('stored_period_end', 'status') }} < coalesce(next_occurred_at, {{ as_of() }})
    group by subscription_id, block_number
),

answers as (
    select
        stored.subscription_id,
        stored.event_number,
        case
            when stored.event_number <= coalesce(first_lapses.first_lapse_number, stored.event_number)
                then stored.counts_without_lapses
            else stored.is_opening
        end as is_counted,
        coalesce(
            stored.event_number = first_lapses.first_lapse_number
            or (stored.event_number > first_lapses.first_lapse_number and stored.is_opening),
            false
        ) as lapses_after
    from stored
    left join first_lapses
        on stored.subscription_id = first_lapses.subscription_id and stored.block_number = first_lapses.block_number
)

select
    events.event_id,
    events.event_type,
    events.occurred_at,
    events.recorded_at,
    events.customer_id,
    events.subscription_id,
    events.offer_id,
    events.amount,
    events.discount_amount,
    events.discount_ends_at,
    events.currency,
    events.billing_interval,
    events.billing_interval_count,
    events.period_end,
    events.channel,
    events.provider,
    events.country,
    events.coupon_code,
    events.end_reason,
    events.is_opening,
    events.sets_price,
    events.event_number,
    answers.is_counted,
    answers.lapses_after,
    {{ as_of() }} as computed_as_of
from {{ ref('int_subscription_events_ordered') }} as events
inner join answers
    on events.subscription_id = answers.subscription_id and events.event_number = answers.event_number
where {{ is_recomputed('subscription_id', 'events') }}
