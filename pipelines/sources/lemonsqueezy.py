"""Lemon Squeezy: webhooks of subscriptions and of their invoices.

Read: Lemon Squeezy's own client (lemonsqueezy.js of November 2024): the objects of subscriptions and of their invoices
with all their fields and their descriptions, and its list of events, which lacks four that are from knowledge
(``subscription_plan_changed``, ``customer_updated``, ``affiliate_activated`` and the field ``meta``). Its page
"Signing Requests", too. Not available: the prose on each event. Choices that the format forces:

- A subscription has no price and an invoice no interval: the two complete each other. An event that needs a price has
  that of the last invoice up to two days after it, else of the next one, and waits for it; a trial does not wait. A
  change of plan whose price no invoice tells yet keeps the price that it had, for the interval that it had. The
  interval is that from the subscription's creation to its renewal, where this is a whole one, or from a change on the
  day on which it is billed (``billing_anchor``), where this is a whole number of months: a change seven days before a
  renewal is no week.
- The price is the invoice's subtotal, less the tax where that is within it; its discount counts until the renewal. An
  invoice of an update is for the rest of a period: money, no price.
- ``refunded_amount`` is all that was given back so far: a refund is what is new of it.
- A renewal is told by its paid invoice. One that failed is grace; ``payment_recovered`` recovers. ``unpaid``, which
  comes when all retries failed, is a hold.
- An update of a trial tells its end, which may be another one now; it goes on, so it is not cancelled.
- CANCELLED is the wish to cancel, RESUMED takes it back, EXPIRED ends without a reason.
- What is made in test mode is no revenue (``sandbox_environment``).

Belongs here: what the fields mean. Does not belong here: the way from facts to feeds (``billing``).
"""

from __future__ import annotations

from pipelines.sources.base import IdentifierPlace
from pipelines.sources.billing import billing_source, chosen, one_event
from pipelines.sources.sql import instant, json_fields, major_units
from pipelines.sources.store_intervals import is_whole_period, period_interval

EVENTS = {
    "subscription_created": "started",
    "subscription_plan_changed": "plan_changed",
    "subscription_cancelled": "cancel_scheduled",
    "subscription_resumed": "cancel_reverted",
    "subscription_expired": "ended",
    "subscription_paused": "paused",
    "subscription_unpaused": "resumed",
    "subscription_payment_success": "renewed",
    "subscription_payment_failed": "grace_entered",
    "subscription_payment_recovered": "recovered",
}
"""What an event does to its subscription; a first invoice is the payment of the start."""
PAYMENTS = {
    "subscription_payment_success": "succeeded",
    "subscription_payment_failed": "failed",
    "subscription_payment_refunded": "refunded",
}
OTHER = ("subscription_updated", "subscription_payment_refunded", "order_created", "order_refunded",
         "license_key_created", "license_key_updated", "affiliate_activated", "customer_updated")  # fmt: skip
_A = "$.data.attributes"
_FIELDS = {
    "kind": "$.meta.event_name",
    "own_customer": "$.meta.custom_data.customer_id",
    "hook_test": "$.meta.test_mode",
    "type": "$.data.type",
    "id": "$.data.id",
    "test": f"{_A}.test_mode",
    "customer": f"{_A}.customer_id",
    "status": f"{_A}.status",
    "variant": f"{_A}.variant_id",
    "email": f"{_A}.user_email",
    "of_subscription": f"{_A}.subscription_id",
    "created": f"{_A}.created_at",
    "updated": f"{_A}.updated_at",
    "renews": f"{_A}.renews_at",
    "ends": f"{_A}.ends_at",
    "trial_ends": f"{_A}.trial_ends_at",
    "anchor": f"{_A}.billing_anchor",
    "billed_for": f"{_A}.billing_reason",
    "money": f"{_A}.currency",
    "subtotal": f"{_A}.subtotal",
    "discount": f"{_A}.discount_total",
    "tax": f"{_A}.tax",
    "inclusive": f"{_A}.tax_inclusive",
    "total": f"{_A}.total",
    "refunded": f"{_A}.refunded_amount",
    "refunded_on": f"{_A}.refunded_at",
}
_FROM = """case when status = 'on_trial' then null when kind = 'subscription_created' then created_at
    when day(updated_at) = least(try_cast(anchor as INTEGER), day(last_day(updated_at))) then updated_at end"""
_NET = (
    "try_cast(subtotal as BIGINT) - case when inclusive = 'true' then coalesce(try_cast(tax as BIGINT), 0) else 0 end"
)
_UNIT, _COUNT = period_interval("since", "renews_at")
_IS_WHOLE = f"""({is_whole_period("since", "renews_at", _UNIT, _COUNT)}
    and (kind = 'subscription_created' or {_UNIT} <> 'week'))"""
_KNOWN = ", ".join(f"'{name}'" for name in (*EVENTS, *OTHER))
_IS_INVOICE = "type = 'subscription-invoices'"
_FACTS = f"""
    select
        file_number, row_number,
        case when kind is null then 'missing:meta.event_name' when kind not in ({_KNOWN}) then 'unknown_type'
            when coalesce(test, hook_test) = 'true' then 'sandbox_environment' end as flaw,
        concat_ws(':', kind, id, case when not {_IS_INVOICE} or kind = 'subscription_payment_failed' then updated end,
            case when kind = 'subscription_payment_refunded' then refunded end) as notice,
        kind as word,
        case when kind = 'subscription_created' then created_at
            when kind = 'subscription_payment_refunded' then coalesce({instant("refunded_on")}, updated_at)
            when kind = 'subscription_payment_success' then created_at else updated_at end as occurred_at,
        coalesce(own_customer, 'lemonsqueezy_customer:' || customer) as customer_id,
        case when {_IS_INVOICE} then of_subscription when type = 'subscriptions' then id end as subscription_id,
        case when kind = 'subscription_created' and status = 'on_trial' then ['trial_started']
            when kind = 'subscription_payment_success' and (billed_for is distinct from 'renewal') then []
            when kind = 'subscription_updated' and status = 'unpaid' then ['hold_entered']
            when kind = 'subscription_updated' and status = 'on_trial' then ['cancel_reverted']
            else {one_event("kind", EVENTS)} end as events,
        variant as offer_id,
        case when {_IS_INVOICE} and kind <> 'subscription_payment_refunded' and billed_for <> 'updated' then {
    major_units(_NET, "upper(money)")
} end as amount,
        case when {_IS_INVOICE} then {major_units("discount", "upper(money)")} end as discount_amount,
        upper(money) as currency,
        case when {_IS_WHOLE} then {_UNIT} end as billing_interval,
        case when {_IS_WHOLE} then {_COUNT} end as billing_interval_count,
        case when status = 'on_trial' then trial_ends_at else coalesce({instant("ends")}, renews_at) end as period_end,
        'web' as channel,
        case when try_cast(total as BIGINT) > 0 then {
    chosen("kind", {word: f"'{event}'" for word, event in PAYMENTS.items()})
} end as payment,
        id as transaction_id,
        case when kind = 'subscription_payment_refunded' then id end as original_transaction_id,
        {major_units("total", "upper(money)")} as paid,
        case when kind = 'subscription_payment_refunded'
            then {major_units("coalesce(refunded, total)", "upper(money)")} end as refunded_total,
        case when kind <> 'subscription_payment_refunded' then {major_units("tax", "upper(money)")} end as tax_amount,
        email,
        case when own_customer is not null then 'lemonsqueezy_customer' end as alias_kind, customer as alias_value,
        own_customer as alias_of
    from (
        select *, {_FROM} as since
        from (
            select *, {instant("created")} as created_at, {instant("updated")} as updated_at,
                {instant("renews")} as renews_at, {instant("trial_ends")} as trial_ends_at
            from ({json_fields(_FIELDS)})
        )
    )
"""

_IDENTIFIERS = (
    IdentifierPlace("data.id", "subscription", where=("type", "subscriptions")),
    IdentifierPlace("data.id", "transaction", where=("type", "subscription-invoices")),
    IdentifierPlace("data.id", "customer", where=("type", "customers")),
    IdentifierPlace("data.attributes.order_id", "other"),
)
SOURCE = billing_source(
    "lemonsqueezy",
    "Lemon Squeezy webhooks",
    facts=_FACTS,
    cannot_know="why a subscription ended, countries, fees, how long a discount lasts, single orders (an order does "
    "not say whether it began a subscription), intervals where no whole period is told",
    flaws=("missing:meta.event_name", "sandbox_environment"),
    is_priced_apart=True,
    identifiers=_IDENTIFIERS,
)
