"""What a subscription's state without an event says: only what changed since the last state that anybody told.

An object of the API, an item of a list and a row of a table are states at a time, and a list that is dumped every
month repeats them. So each state is laid beside what was known before it, by webhooks or earlier states, in the lake
and in the same delivery; what is told is the difference. The first state of a subscription tells its beginning.

Belongs here: states and their differences. Does not belong here: webhooks, rows of feeds (``subscriptions``).
"""

from __future__ import annotations

from pipelines.sources.sql import sets_price

_LIVED = "status not in ('incomplete', 'incomplete_expired')"
_STATE = """case
    when status = 'canceled' then 'ended'
    when status in ('incomplete', 'incomplete_expired') then null
    when status = 'trialing' then 'trial'
    when status = 'paused' or pause is not null and status in ('active', 'past_due') then 'paused'
    when status = 'active' then 'active'
    when status = 'past_due' then 'grace'
    when status = 'unpaid' then 'on_hold' end"""
_STATE_AFTER = """case told_type
    when 'trial_started' then 'trial' when 'grace_entered' then 'grace' when 'hold_entered' then 'on_hold'
    when 'paused' then 'paused' when 'ended' then 'ended'
    when 'plan_changed' then null when 'cancel_scheduled' then null when 'cancel_reverted' then null
    else 'active' end"""
_RENEWS_AFTER = """case when told_type in ('trial_started', 'started', 'cancel_reverted') then true
    when told_type = 'cancel_scheduled' then false end"""
_PRICE = """{'amount': amount, 'discount': coalesce(discount_amount, 0), 'discount_ends_at': discount_ends_at,
    'currency': currency, 'billing_interval': billing_interval, 'billing_interval_count': billing_interval_count}"""
# Ids of what a state tells begin so; what follows is the state's own, so that a repeated state tells the same again.
MARK = "stripe:seen:"
OWN_MARK = f"event_id[:{len(MARK) + 32}]"
"""What the ids of all that one state tells have in common."""
TOLD_AT = f"""case when starts_with(event_id, '{MARK}')
    then max(greatest(coalesce(recorded_at, occurred_at), coalesce(period_start, occurred_at)))
        over (partition by {OWN_MARK})
    else coalesce(recorded_at, occurred_at) end"""
"""When an accepted row was told. A first state tells what lies long before it, and the period shows how old it is."""

# Of a first state: (event type, when, whether). A state does not say since when it is so: at the latest from the
# period that it shows, unless that is none. A trial whose first invoice is unpaid was never converted.
_SEEN = "greatest(case when period_start <= period_end then period_start end, created)"
_FIRST = (
    ("trial_started", "trial_start", f"trial_start is not null and {_LIVED}"),
    (
        "trial_converted",
        "trial_end",
        f"trial_start is not null and {_LIVED} and trial_end >= trial_start and case "
        "when status in ('past_due', 'unpaid') then period_start > trial_end "
        "else status <> 'trialing' and coalesce(ended_at > trial_end, status not in ('canceled', 'paused')) end",
    ),
    ("started", "coalesce(start, created)", f"trial_start is null and {_LIVED}"),
    ("grace_entered", _SEEN, "state = 'grace'"),
    ("hold_entered", _SEEN, "state = 'on_hold'"),
    ("paused", _SEEN, "state = 'paused'"),
    ("cancel_scheduled", "coalesce(canceled_at, created)", f"is_off and {_LIVED}"),
    ("ended", "ended_at", "ended_at is not null and state = 'ended'"),
)

# Airbyte reads a list once, and events from then on: beside records of later events one without is that of a creation.
_IS_LATER = "epoch_ms(created) < 1000 * try_cast(updated_text as BIGINT)"
_IS_OF_A_CREATION = f"""extracted is not null and not {_IS_LATER} and bool_or(coalesce({_IS_LATER}, false)) over (
            partition by id, coalesce(cast(try_cast(extracted as BIGINT) // 86400 as VARCHAR), extracted[:10]))"""
_MOVED = "coalesce(period_start > before_period_end - interval 1 day or period_end > before_period_end, true)"
_SINCE = "case when period_start > before_moment and period_start <= seen_at then period_start else seen_at end"
_CONVERTED = """before_state = 'trial' and trial_end is not null and case
    when state = 'active' then true
    when state in ('grace', 'on_hold') then period_start > trial_end
    when state = 'ended' then ended_at > trial_end else false end"""
_RENEWED = f"before_state = 'active' and state = 'active' and {_MOVED}"
_PRICE_DIFFERS = f"({_PRICE.replace('amount,', 'price,', 1)} is distinct from before_price)"
_TRIAL_MOVED = "coalesce(state = 'trial' and before_state = 'trial' and trial_end <> before_period_end, false)"
_LATER = (
    ("trial_started", "seen_at", "state = 'trial' and before_state <> 'trial'"),
    ("trial_converted", f"case when trial_end <= seen_at then trial_end else {_SINCE} end", _CONVERTED),
    ("renewed", _SINCE, _RENEWED),
    ("recovered", _SINCE, "before_state in ('grace', 'on_hold') and state = 'active'"),
    ("resumed", "seen_at", "before_state = 'paused' and state in ('active', 'grace', 'on_hold')"),
    ("grace_entered", _SINCE, "state = 'grace' and before_state <> 'grace'"),
    ("hold_entered", _SINCE, "state = 'on_hold' and before_state <> 'on_hold'"),
    ("paused", _SINCE, "state = 'paused' and before_state <> 'paused'"),
    (
        "plan_changed",
        f"case when {_MOVED} then {_SINCE} else seen_at end",
        f"({_PRICE_DIFFERS} or {_TRIAL_MOVED}) and state in ('trial', 'active', 'grace', 'on_hold', 'paused') "
        f"and not coalesce({_RENEWED}, false) and not coalesce({_CONVERTED}, false) "
        "and not (state = 'trial' and before_state <> 'trial')",
    ),
    (
        "cancel_scheduled",
        "case when canceled_at > before_moment and canceled_at <= seen_at then canceled_at else seen_at end",
        "is_off and before_renews and state <> 'ended'",
    ),
    ("cancel_reverted", "seen_at", "not is_off and not before_renews and state <> 'ended'"),
    ("ended", "coalesce(ended_at, canceled_at, seen_at)", "state = 'ended' and before_state <> 'ended'"),
)


def steps_told(steps: tuple[tuple[str, str, str], ...]) -> str:
    """Types of events with their moment, each under its condition, as a list of SQL."""
    return ", ".join(
        f"case when {condition} then {{'event_type': '{name}', 'happened_at': {moment}}} end"
        for name, moment, condition in steps
    )


SEEN = f"""
    with timed as (
        select * replace (case when {_IS_OF_A_CREATION} then created else seen_at end as seen_at)
        from stripe_subscriptions where event_type is null
    ),

    states as (
        select *, {_STATE} as state, '{MARK}' || md5(concat_ws('|', id, seen_at, customer_id, status, contents,
            billing_interval, period_start, period_end, is_off, pause, canceled_at, ended_at, trial_start, trial_end,
            currency)) as mark
        from timed
    ),

    told as (
        select subscription_id as id, {TOLD_AT} as moment, occurred_at as happened_at,
            event_id, event_type as told_type, amount, discount_amount, discount_ends_at, currency, billing_interval,
            billing_interval_count, period_start, period_end
        from accepted_subscription_events
        where provider = 'stripe' and subscription_id in (select id from states)
            and {OWN_MARK} not in (select mark from states)
        union all
        select id, recorded_at, told_at, canonical_id, told_type, case when is_priced then price end, discount_amount,
            discount_ends_at, currency, billing_interval, billing_interval_count, period_start, period_end
        from stripe_webhooks where id in (select id from states)
    ),

    timeline as (
        select id, moment, 0 as rank, happened_at, event_id as name, {_STATE_AFTER} as state,
            {_RENEWS_AFTER} as renews,
            case when {sets_price("told_type")} then {_PRICE} end as price,
            case when told_type not in ('ended', 'paused', 'hold_entered') then period_end end as period_end
        from told
        union all
        -- A state that was delivered twice is one.
        select id, seen_at, 1, seen_at, mark, state, not is_off, {_PRICE.replace("amount,", "price,", 1)}, period_end
        from states where state is not null
        qualify row_number() over (partition by mark order by file_number, row_number, ordinal) = 1
    ),

    known as (
        select id, name, moment, rank,
            last_value(state ignore nulls) over earlier as before_state,
            last_value(renews ignore nulls) over earlier as before_renews,
            last_value(price ignore nulls) over earlier as before_price,
            last_value(period_end ignore nulls) over earlier as before_period_end,
            last_value(moment) over earlier as before_moment
        from timeline
        window earlier as (
            partition by id order by moment, rank, happened_at, name rows between unbounded preceding and 1 preceding
        )
    ),

    compared as (
        select states.*, before_state, before_renews, before_moment, before_period_end,
            case when before_price.discount_ends_at <= states.seen_at then {{
                'amount': before_price.amount, 'discount': cast(0 as DECIMAL(18,4)),
                'discount_ends_at': cast(null as TIMESTAMP), 'currency': before_price.currency,
                'billing_interval': before_price.billing_interval,
                'billing_interval_count': before_price.billing_interval_count}} else before_price end as before_price
        from states left join known on known.name = states.mark and known.rank = 1
    ),

    stepped as (
        select *, list_filter(
            case when before_state is null then [{steps_told(_FIRST)}] else [{steps_told(_LATER)}] end,
            lambda step: step is not null
        ) as steps
        from compared
    ),

    bridged as (
        -- Who is still there was there all the time: no state says so of the periods between two dumps.
        select * replace (
            list_prepend({{'event_type': 'renewed', 'happened_at': before_period_end}}, []) as steps,
            before_price.amount as price, before_price.discount as discount_amount,
            before_price.discount_ends_at as discount_ends_at, before_price.currency as currency,
            before_price.billing_interval as billing_interval,
            before_price.billing_interval_count as billing_interval_count,
            before_period_end as period_start, period_start as period_end
        )
        from stepped
        where before_state = 'active' and state in ('active', 'grace', 'on_hold', 'paused', 'ended')
            and period_start > before_period_end + interval 1 day
    )

    select * exclude (step, before_price), step.event_type as told_type,
        case when before_state is null then step.happened_at else least(step.happened_at, seen_at) end as told_at,
        -- A first state was known no earlier than the last thing it tells of.
        case when before_state is null then greatest(synced, step.happened_at, created, canceled_at, ended_at)
            else greatest(seen_at, step.happened_at) end as recorded_at,
        mark || ':' || step.event_type || part as canonical_id,
        {sets_price("step.event_type")} as is_priced
    from (
        select *, unnest(steps) as step, '' as part from stepped
        union all
        select *, unnest(steps) as step, ':until' as part from bridged
    )
"""
"""The select of the table ``stripe_seen``: a row for each event that a state without an event tells."""
