"""Subscriptions with their prices, what webhooks say of them, and the canonical events of both.

Belongs here: prices beside subscriptions, what an update changed, rows of events. Does not belong here: how a price
comes about (``pricing``), what a state without an event says (``snapshots``).
"""

from __future__ import annotations

from pipelines.sources.sql import is_yes, sets_price
from pipelines.sources.stripe.objects import minor_money
from pipelines.sources.stripe.pricing import SIMPLE_CHANGED, SIMPLE_PRICE
from pipelines.sources.stripe.snapshots import steps_told

_IS_OFF = f"({is_yes('cancel_text')} or cancel_at is not null)"
# A null in previous_attributes is an old value; only what is not there at all stayed as it is.
_WAS_OFF = f"""({is_yes("coalesce(previous_cancel, cancel_text)")} or case
    when previous_cancel_at is not null then true
    when cancel_at is null or previous is null then false
    else not json_exists(previous, '$.cancel_at') end)"""
_WAS_PAUSED = """case
    when previous_pause is not null then true
    when pause is null then false
    else previous is null or not json_exists(previous, '$.pause_collection') end"""
_KEYS = "file_number, row_number, ordinal"
_CURRENCY = "sides.currency"
_SIMPLE_PRICE = SIMPLE_PRICE.replace("price_minor", "subscription.price_minor").replace(
    "currency in", "subscription.currency in"
)
_SIMPLE_CHANGED = SIMPLE_CHANGED.replace("price_minor", "subscription.price_minor")
SUBSCRIPTIONS = f"""
    with sides as (
        select {_KEYS}, true as is_composed, after.* exclude ({_KEYS}, side), before.price_minor as before_minor,
            before.discount_minor as before_discount_minor, before.shape_of_items as before_items,
            before.shape_of_discounts as before_discounts, before.period_start as before_start,
            before.period_end as before_end, coalesce(before.side = 'before', false) as has_before
        from (select * from stripe_composed where side = 'now') as after
        left join (select * from stripe_composed where side = 'before') as before using ({_KEYS})
    ),

    subscriptions as (
        select *, (event_type is not distinct from 'customer.subscription.created') as created_now,
            (event_type is not distinct from 'customer.subscription.updated') as updated_now
        from stripe_objects
        where kind = 'subscription' and starts_with(role, 'subscription') and customer_id is not null
    )

    select
        {_KEYS}, event_id, event_type, event_at, id, customer_id, status, previous_status,
        coalesce(sides.currency, subscription.currency) as currency, created, start,
        synced, seen_at, trial_start, trial_end, canceled_at, ended_at, pause, cancel_reason, cancel_feedback,
        created_now, updated_now, previous_trial, extracted, updated_text,
        coalesce(sides.period_start, subscription.period_start) as period_start,
        coalesce(sides.period_end, subscription.period_end) as period_end,
        coalesce(sides.before_start, subscription.previous_start) as previous_start,
        coalesce(sides.before_end, subscription.previous_end) as previous_end,
        case when event_type is null then md5(concat_ws('|', items, discounts, discount, price_id,
            subscription.price_minor, quantity)) end as contents,
        case
            when is_composed is null then {_SIMPLE_PRICE}
            when not is_unknown then {minor_money("sides.price_minor", _CURRENCY)} end as price,
        case when not is_unknown then {minor_money("sides.discount_minor", _CURRENCY)} end as discount_amount,
        case when sides.discount_minor > 0 then discount_ends_at end as discount_ends_at,
        coalesce(coupon_code, exported_coupon) as coupon_code,
        coalesce(billing_interval, interval_text) as billing_interval,
        coalesce(billing_interval_count, try_cast(interval_count as BIGINT), 1) as billing_interval_count,
        coalesce(offer_id, price_id) as offer_id,
        case
            when not updated_now then false
            when is_composed is null then {_SIMPLE_CHANGED}
            else has_before and (shape_of_items is distinct from before_items) end as items_changed,
        updated_now and coalesce(has_before, false) and (
            shape_of_discounts is distinct from before_discounts
            or sides.discount_minor is distinct from before_discount_minor
                and sides.price_minor is not distinct from before_minor) as discounts_changed,
        {_IS_OFF} as is_off,
        updated_now and {_WAS_OFF} as was_off,
        updated_now and {_WAS_PAUSED} as was_paused
    from subscriptions as subscription left join sides using ({_KEYS})
"""
"""The select of the table ``stripe_subscriptions``: subscriptions with their prices and with what changed."""

_RENEWED = """updated_now and status = 'active' and coalesce(previous_status, 'active') = 'active' and pause is null
    and period_start > previous_start and (not items_changed or coalesce(period_start >= previous_end, true))"""
_CONVERTED = "previous_status = 'trialing' and status = 'active' and pause is null"
# What an end of a trial is moved to holds from then on: the price is told again, with the new end.
_TRIAL_MOVED = """coalesce(status = 'trialing' and previous_status is null and trial_end <> previous_trial, false)"""
# Stripe tells a trial that it pauses by an update and by an event of its own; both are one.
_TOLD_TWICE = "('paused', 'resumed')"
# (event type, when it happened, whether): every one that holds makes an event.
_WEBHOOK = (
    (
        "trial_started",
        "case when created_now then coalesce(trial_start, event_at) else event_at end",
        "status = 'trialing' and (created_now or previous_status <> 'trialing')",
    ),
    (
        "started",
        "case when created_now then coalesce(start, event_at) else event_at end",
        "(created_now and status in ('active', 'past_due') or previous_status = 'incomplete' and status = 'active')",
    ),
    (
        "trial_converted",
        "coalesce(case when trial_end > created then trial_end end, event_at)",
        _CONVERTED,
    ),
    ("renewed", "coalesce(period_start, event_at)", _RENEWED),
    ("recovered", "event_at", "previous_status in ('past_due', 'unpaid') and status = 'active' and pause is null"),
    (
        "plan_changed",
        f"case when {_RENEWED} then period_start else event_at end",
        f"updated_now and (items_changed or discounts_changed and not ({_RENEWED}) or {_TRIAL_MOVED}) "
        "and status in ('trialing', 'active', 'past_due', 'unpaid', 'paused') "
        f"and coalesce(previous_status, '') <> 'incomplete' and not coalesce({_CONVERTED}, false)",
    ),
    (
        "grace_entered",
        "event_at",
        "(updated_now and (previous_status <> status or was_paused) or created_now) "
        "and status = 'past_due' and pause is null",
    ),
    ("hold_entered", "event_at", "previous_status <> 'unpaid' and status = 'unpaid'"),
    (
        "paused",
        "event_at",
        "event_type = 'customer.subscription.paused' or previous_status <> 'paused' and status = 'paused' "
        "or pause is not null and (updated_now and status in ('active', 'past_due') "
        "and (not was_paused or previous_status = 'trialing') or created_now and status = 'active')",
    ),
    (
        "resumed",
        "event_at",
        "event_type = 'customer.subscription.resumed' and status = 'active' "
        "or previous_status = 'paused' and status = 'active' "
        "or updated_now and pause is null and was_paused and status = 'active' "
        "and coalesce(previous_status, '') not in ('trialing', 'past_due', 'unpaid')",
    ),
    ("cancel_scheduled", "coalesce(canceled_at, event_at)", "is_off and (created_now or updated_now and not was_off)"),
    ("cancel_reverted", "event_at", "updated_now and was_off and not is_off"),
    ("ended", "coalesce(ended_at, event_at)", "event_type = 'customer.subscription.deleted'"),
)


_TOLD = f"""{_KEYS}, id, customer_id, status, price, discount_amount, discount_ends_at, coupon_code, currency,
    billing_interval, billing_interval_count, offer_id, period_start, period_end, trial_end, cancel_reason,
    cancel_feedback"""
FIRST_CHARGE = "interval 3 days"
"""How long after a trial its first invoice may be charged: Stripe finalises it after an hour, after 72 at most."""
WEBHOOKS = f"""
    with told as (
        select {_TOLD}, step.event_type as told_type, least(step.happened_at, event_at) as told_at,
            event_at as recorded_at,
            'stripe:' || case when step.event_type in {_TOLD_TWICE} then concat_ws(':', id, epoch_ms(event_at))
                else event_id end || ':' || step.event_type as canonical_id,
            {sets_price("step.event_type")} as is_priced
        from (
            select {_TOLD}, event_id, event_at,
                unnest(list_filter([{steps_told(_WEBHOOK)}], lambda step: step is not null)) as step
            from stripe_subscriptions where event_type is not null
        )
    ),

    conversions as (select * from told where told_type = 'trial_converted'),

    failures as (
        select id, told_at from told where told_type in ('grace_entered', 'hold_entered')
        union all
        select subscription_id, occurred_at from accepted_subscription_events
        where provider = 'stripe' and event_type in ('grace_entered', 'hold_entered')
            and subscription_id in (select id from conversions)
    ),

    payments as (
        select subscription_id as id, recorded_at from known_sender_objects
        where provider = 'stripe' and object_kind = 'invoice paid'
            and subscription_id in (select id from conversions)
    ),

    -- A trial is active from its end on, before its first invoice is charged: where that fails, it never converted.
    declined as (
        select distinct conversions.canonical_id
        from conversions
        join failures
            on failures.id = conversions.id
            and failures.told_at between conversions.told_at and conversions.told_at + {FIRST_CHARGE}
        left join payments
            on payments.id = conversions.id
            and payments.recorded_at between conversions.told_at and failures.told_at
        where payments.id is null
    )

    select * from told where canonical_id not in (select canonical_id from declined)
"""
"""The select of the table ``stripe_webhooks``: a row for each event that a webhook of a subscription tells."""

_ROWS = """
    select
        file_number, row_number,
        canonical_id as event_id,
        told_type as event_type,
        told_at as occurred_at,
        customer_id,
        id as subscription_id,
        recorded_at,
        offer_id,
        case when is_priced then price end as amount,
        case when is_priced then discount_amount end as discount_amount,
        case when is_priced then discount_ends_at end as discount_ends_at,
        case when is_priced then currency end as currency,
        case when is_priced then billing_interval end as billing_interval,
        case when is_priced then billing_interval_count end as billing_interval_count,
        case when is_priced and period_start <= period_end
            and not coalesce(told_type = 'trial_started' and period_start >= trial_end, false) then period_start
            end as period_start,
        case
            when (told_type = 'trial_started' or status = 'trialing' and told_type = 'plan_changed')
                and trial_end is not null then trial_end
            when told_type in ('ended', 'paused', 'hold_entered') then null
            -- A first period that is not paid moves no end of a trial.
            when status in ('past_due', 'unpaid') and period_start <= trial_end then null
            when period_start <= period_end then period_end end as period_end,
        'web' as channel,
        'stripe' as provider,
        case when is_priced then coupon_code end as coupon_code,
        case when told_type = 'ended' then case cancel_reason
            when 'cancellation_requested' then 'customer_cancelled'
            when 'payment_failed' then 'payment_failed'
            when 'payment_disputed' then 'chargeback'
            when 'canceled_by_retention_policy' then 'publisher_terminated' end end as end_reason,
        concat_ws('/', status, case when told_type in ('ended', 'cancel_scheduled') then cancel_reason end,
            case when told_type in ('ended', 'cancel_scheduled') then cancel_feedback end,
            case when is_priced and price is null then 'price unknown' end) as provider_code,
        case when is_priced and (price is null or currency is null or billing_interval is null) then true end
            as price_unknown
    from {relation}
"""


def subscription_events(reporting_currency: str) -> str:  # noqa: ARG001 - Stripe tells the currency
    """Subscription events, one a transition; those of snapshots are named by what they say."""
    return f"{_ROWS.format(relation='stripe_webhooks')} union all {_ROWS.format(relation='stripe_seen')}"
