{{ config(
    materialized='incremental',
    pre_hook="{{ delete_affected_rows('subscription_id', affected='int_affected_dunning') }}",
) }}
/*
    What happens in a case of dunning, in order: payments and moments of a subscription on one line of time.

    A case opens with a failed payment of a subscription that has not ended, with grace or hold, or with an end or lapse
    out of grace or hold, while none is open. It closes with a succeeded payment, an opening event, an end or a lapse.
    So a sign is in a case if a sign that can open one came after the last one that closes.

    At one instant failures come before successes, and both before what the subscription became. A lapse counts when it
    shows, a lapse time after the period end, since attempts go on until then. A success within half a day after an
    event that closed a case belongs to it: senders report the two in either order.
*/
{%- set history = "partition by subscription_id order by placed_at, place, moment_number, event_id rows" %}
{%- set before = "(" ~ history ~ " between unbounded preceding and 1 preceding)" %}

with payments as (
    select *
    from {{ ref('fct_transactions') }}
    where
        event_type in ('failed', 'succeeded') and subscription_id is not null
        and {{ is_affected('subscription_id', affected='int_affected_dunning') }}
),

moments as (
    select
        *,
        {{ is_opening_type('event_type') }} as is_opening
    from {{ ref('int_subscription_moments') }}
    where {{ is_affected('subscription_id', affected='int_affected_dunning') }}
),

-- Most subscriptions never have a failure, and need not be put in order.
candidates as (
    select subscription_id from payments where event_type = 'failed'
    union
    select subscription_id from moments where event_type in ('grace_entered', 'hold_entered')
),

line as (
    select
        subscription_id,
        event_id,
        event_type as sign,
        occurred_at,
        occurred_at as placed_at,
        case event_type when 'failed' then 0 else 1 end as place,
        cast(null as bigint) as moment_number,
        cast(null as {{ dbt.type_string() }}) as status,
        event_type = 'succeeded' as closes,
        false as can_open,
        event_type = 'failed' as is_failure
    from payments
    where subscription_id in (select candidates.subscription_id from candidates)
    union all
    select
        subscription_id,
        event_id,
        event_type as sign,
        occurred_at,
        case
            when is_lapse = 1 then greatest(occurred_at, {{ lapses_at('period_end', 'previous_status') }})
            else occurred_at
        end as placed_at,
        2 as place,
        moment_number,
        status,
        is_opening or status = 'ended' as closes,
        event_type in ('grace_entered', 'hold_entered')
        or (status = 'ended' and previous_status in ('grace', 'on_hold')) as can_open,
        false as is_failure
    from moments
    where subscription_id in (select candidates.subscription_id from candidates)
),

known as (
    select
        *,
        row_number() over ({{ history }} unbounded preceding) as line_number,
        max(moment_number) over {{ before }} as moment_before,
        can_open or (
            is_failure and coalesce(last_value(status ignore nulls) over {{ before }} <> 'ended', true)
        ) as opens
    from line
),

between_closes as (
    select
        *,
        max(case when opens then line_number end) over (
            partition by subscription_id order by line_number rows unbounded preceding
        ) as last_opens,
        coalesce(
            max(case when closes then line_number end) over (
                partition by subscription_id order by line_number rows between unbounded preceding and 1 preceding
            ), 0
        ) as last_close
    from known
),

in_cases as (
    select
        *,
        coalesce(last_opens > last_close, false) as is_in_case,
        coalesce(opens, false) and coalesce(
            lag(last_opens) over (partition by subscription_id order by line_number) <= last_close, true
        ) as is_first
    from between_closes
),

-- What is in a case, and successes, one of which may come just after an event that closed it.
near as (
    select
        *,
        lag(case when is_in_case and closes and status <> 'ended' then placed_at end) over (
            partition by subscription_id order by line_number
        ) as just_closed_at
    from in_cases
    where is_in_case or sign = 'succeeded'
),

signs as (
    select
        *,
        sum(case when is_first then 1 else 0 end) over (
            partition by subscription_id order by line_number rows unbounded preceding
        ) as case_number
    from near
    where is_in_case or placed_at <= just_closed_at + interval '12' hour
)

select
    subscription_id,
    cast(case_number as integer) as case_number,
    line_number,
    sign,
    event_id,
    occurred_at,
    sign in ('failed', 'succeeded') as is_payment,
    is_first,
    is_in_case and closes as is_closing,
    moment_number,
    case when is_first then moment_before end as moment_before
from signs
