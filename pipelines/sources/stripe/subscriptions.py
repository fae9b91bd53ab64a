"""Subscription events of Stripe's subscriptions: what changed, by webhooks, or what must have been, by snapshots.

Belongs here: transitions and prices of subscriptions. Does not belong here: payments.
"""

from __future__ import annotations

from pipelines.sources.stripe.objects import money, objects_of

# Several items of one interval are one price. Metered items have no price of their own.
_MINOR = """case
    when second_item is null then case when coalesce(usage_type, '') <> 'metered'
        then cast(cast(price_minor as DECIMAL(24,6)) * coalesce(try_cast(quantity as BIGINT), 1) as DECIMAL(18,0)) end
    else list_sum(list_transform(json_extract(items, '$[*]'), lambda item: case
        when coalesce(item ->> '$.price.recurring.interval', item ->> '$.plan.interval') = interval_text
            and coalesce(item ->> '$.price.recurring.usage_type', '') <> 'metered'
        then try_cast(coalesce(item ->> '$.price.unit_amount', item ->> '$.plan.amount') as DECIMAL(18,0))
            * coalesce(try_cast(item ->> '$.quantity' as BIGINT), 1) end))
    end"""
_PRICE = money(f"case when is_major is not null then price_minor else cast({_MINOR} as VARCHAR) end")
_HAD = "contains(previous, '\"{}\":')"
_IS_OFF = "(coalesce(lower(cancel_text) = 'true', false) or cancel_at is not null)"
_WAS_OFF = f"""coalesce(case
    when {_HAD.format("cancel_at_period_end")}
        then previous_cancel = 'true' or {_HAD.format("cancel_at")} and previous_cancel_at is not null
    when {_HAD.format("cancel_at")} then previous_cancel_at is not null
    else {_IS_OFF} end, false)"""
_PRICE_CHANGED = f"""(
    coalesce(previous_price <> price_id, false) or coalesce(previous_minor <> price_minor, false)
    or coalesce(previous_quantity <> coalesce(quantity, '1'), false)
    or {_HAD.format("discount")} or {_HAD.format("discounts")}
    or previous_items is not null and second_item is not null and previous_period_start is null)"""

# (event type, when it happened, whether): every one that holds makes an event.
_WEBHOOK = (
    (
        "trial_started",
        "coalesce(trial_start, event_at)",
        "status = 'trialing' and (created_now or previous_status = 'incomplete')",
    ),
    (
        "started",
        "case when created_now then coalesce(start, event_at) else event_at end",
        "(created_now and status in ('active', 'past_due') or previous_status = 'incomplete' and status = 'active')",
    ),
    (
        "trial_converted",
        "coalesce(case when trial_end > created then trial_end end, event_at)",
        "previous_status = 'trialing' and status = 'active'",
    ),
    (
        "renewed",
        "coalesce(period_start, event_at)",
        "updated_now and status = 'active' and coalesce(previous_status, 'active') = 'active' "
        "and period_start > previous_start and not price_changed",
    ),
    ("recovered", "event_at", "previous_status in ('past_due', 'unpaid') and status = 'active'"),
    (
        "plan_changed",
        "event_at",
        "updated_now and price_changed and status in ('trialing', 'active', 'past_due') "
        "and coalesce(previous_status, '') not in ('incomplete', 'trialing')",
    ),
    ("grace_entered", "event_at", "(updated_now and previous_status <> status or created_now) and status = 'past_due'"),
    ("hold_entered", "event_at", "previous_status <> 'unpaid' and status = 'unpaid'"),
    (
        "paused",
        "event_at",
        "event_type = 'customer.subscription.paused' or previous_status <> 'paused' and status = 'paused' "
        f"or updated_now and pause is not null and previous_pause is null and {_HAD.format('pause_collection')}",
    ),
    (
        "resumed",
        "event_at",
        "event_type = 'customer.subscription.resumed' or previous_status = 'paused' and status = 'active' "
        "or updated_now and pause is null and previous_pause is not null",
    ),
    ("cancel_scheduled", "coalesce(canceled_at, event_at)", "is_off and (created_now or updated_now and not was_off)"),
    ("cancel_reverted", "event_at", "updated_now and was_off and not is_off"),
    ("ended", "coalesce(ended_at, event_at)", "event_type = 'customer.subscription.deleted'"),
)
# A snapshot does not say since when: at the latest from the period that it shows, unless that is none.
_SEEN = "greatest(case when period_start <= period_end then period_start end, created)"
_LIVED = "status not in ('incomplete', 'incomplete_expired')"
_SNAPSHOT = (
    ("trial_started", "trial_start", f"trial_start is not null and {_LIVED}"),
    (
        "trial_converted",
        "trial_end",
        f"trial_start is not null and {_LIVED} and status <> 'trialing' and trial_end >= trial_start "
        "and coalesce(ended_at > trial_end, status not in ('canceled', 'paused'))",
    ),
    ("started", "coalesce(start, created)", f"trial_start is null and {_LIVED}"),
    ("grace_entered", _SEEN, "status = 'past_due'"),
    ("hold_entered", _SEEN, "status = 'unpaid'"),
    ("paused", _SEEN, "status = 'paused' or pause is not null and status = 'active'"),
    ("cancel_scheduled", "coalesce(canceled_at, created)", f"is_off and {_LIVED}"),
    ("ended", "ended_at", f"ended_at is not null and status = 'canceled' and {_LIVED}"),
)


def _steps(steps: tuple[tuple[str, str, str], ...]) -> str:
    return ", ".join(
        f"case when {condition} then {{'event_type': '{name}', 'happened_at': {moment}}} end"
        for name, moment, condition in steps
    )


def _tells_nothing(steps: tuple[tuple[str, str, str], ...]) -> str:
    return " and ".join(f"({condition}) is not true" for _, _, condition in steps)


# Each step is asked only of the rows of which no step before it held.
IS_UNMOVED = f"""((event_type is null or {_tells_nothing(_WEBHOOK)})
    and (event_type is not null or {_tells_nothing(_SNAPSHOT)}))"""
"""Whether a subscription in ``changed`` tells of no event."""


def changes_of(*kinds: str) -> str:
    """``changed``: the objects with what changed about them, which has a meaning for subscriptions only."""
    return f"""
    {objects_of(*kinds)},

    changed as (
        select *, {_IS_OFF} as is_off, {_WAS_OFF} as was_off, coalesce({_PRICE_CHANGED}, false) as price_changed,
            event_type = 'customer.subscription.created' as created_now,
            event_type = 'customer.subscription.updated' as updated_now
        from objects
    )
"""


def subscription_events(reporting_currency: str) -> str:  # noqa: ARG001 - Stripe tells the currency
    """Subscription events, one a transition; those of snapshots are named by what they say."""
    return f"""
    {changes_of("subscription")},

    stepped as (
        select *, {_PRICE} as price,
            list_filter(
                case when event_type is null then [{_steps(_SNAPSHOT)}] else [{_steps(_WEBHOOK)}] end,
                lambda step: step is not null
            ) as steps
        from changed
        where kind = 'subscription' and starts_with(role, 'subscription') and customer_id is not null
    ),

    told as (
        select *, step.event_type as told_type,
            least(step.happened_at, coalesce(event_at, step.happened_at)) as told_at
        from (select * exclude (steps), unnest(steps) as step from stepped)
    ),

    discounted as (
        select *,
            told_type in ('trial_started', 'started', 'trial_converted', 'renewed', 'plan_changed') as priced,
            case
                when discount_percent is not null
                    then cast(round(price * try_cast(discount_percent as DECIMAL(9,4)) / 100, 4) as DECIMAL(18,4))
                when discount_minor is not null then least(price, {money("discount_minor")})
            end as discount
        from told
    )

    select
        file_number, row_number,
        case when event_id is not null then 'stripe:' || event_id || ':' || told_type else concat_ws(
            ':', 'stripe', id, told_type, md5(concat_ws(
                '|', told_at, customer_id, price, currency, interval_text, interval_count, period_start, period_end,
                discount, synced
            ))
        ) end as event_id,
        told_type as event_type,
        told_at as occurred_at,
        customer_id,
        id as subscription_id,
        -- A snapshot was known no earlier than the last thing it tells of.
        coalesce(event_at, greatest(synced, told_at, created, canceled_at, ended_at)) as recorded_at,
        price_id as offer_id,
        case when priced then price end as amount,
        case when priced then discount end as discount_amount,
        case when priced and discount is not null
            then coalesce(discount_end, case when discount_duration = 'once' then period_end end) end
            as discount_ends_at,
        case when priced then currency end as currency,
        case when priced then interval_text end as billing_interval,
        case when priced then coalesce(try_cast(interval_count as BIGINT), 1) end as billing_interval_count,
        case when priced and period_start <= period_end then period_start end as period_start,
        case when told_type not in ('ended', 'paused', 'hold_entered') and period_start <= period_end then period_end
            end as period_end,
        'web' as channel,
        'stripe' as provider,
        case when priced then discount_coupon end as coupon_code,
        case when told_type = 'ended' then case cancel_reason
            when 'cancellation_requested' then 'customer_cancelled'
            when 'payment_failed' then 'payment_failed'
            when 'payment_disputed' then 'chargeback'
            when 'canceled_by_retention_policy' then 'publisher_terminated' end end as end_reason,
        concat_ws('/', status, case when told_type in ('ended', 'cancel_scheduled') then cancel_reason end,
            case when told_type in ('ended', 'cancel_scheduled') then cancel_feedback end) as provider_code
    from discounted
    """
