"""What is read out of Stripe's JSON, once a document, whatever it is wrapped in.

Belongs here: where a fact stands in an event, in a plain object and in an exported table.
Does not belong here: what the facts mean (``objects`` and the modules of the feeds).
"""

from __future__ import annotations

import json
import re
from typing import Any

# For each fact the paths in an object of the API (the first that leads somewhere counts), then the headers of tables.
_FACTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "object_type": (("object",), ()),
    "id": (("id",), ("id",)),
    "created_text": (("created",), ("created", "Created (UTC)", "Created date (UTC)")),
    "deleted_text": (("deleted",), ("is_deleted",)),
    "synced_text": ((), ("_fivetran_synced",)),
    "status": (("status",), ("status", "Status")),
    "currency_text": (("currency",), ("currency", "Currency")),
    "stripe_customer": (("customer.id", "customer"), ("customer_id", "Customer ID")),
    "metadata_customer": (
        (
            "metadata.customer_id",
            "subscription_details.metadata.customer_id",
            "parent.subscription_details.metadata.customer_id",
        ),
        ("customer_id (metadata)",),
    ),
    "metadata_text": ((), ("metadata",)),
    "client_reference": (("client_reference_id",), ()),
    "email": (("email", "customer_details.email"), ("email", "Email", "Customer Email")),
    "country_text": (
        ("address.country", "customer_address.country", "billing_details.address.country"),
        ("address_country", "Address Country", "Card Address Country"),
    ),
    "locale": (("preferred_locales[0]",), ()),
    # Subscriptions.
    "price_id": (("items.data[0].price.id", "items.data[0].plan.id", "plan.id"), ("plan_id", "Plan")),
    "price_minor": (
        (
            "items.data[0].price.unit_amount",
            "items.data[0].price.unit_amount_decimal",
            "items.data[0].plan.amount",
            "plan.amount",
        ),
        ("Amount",),
    ),
    "usage_type": (("items.data[0].price.recurring.usage_type", "items.data[0].plan.usage_type"), ()),
    "quantity": (("items.data[0].quantity", "quantity"), ("quantity", "Quantity")),
    "price_currency": (("items.data[0].price.currency", "items.data[0].plan.currency", "plan.currency"), ("Currency",)),
    "interval_text": (
        (
            "items.data[0].price.recurring.interval",
            "items.data[0].plan.interval",
            "plan.interval",
            "recurring.interval",
            "interval",
        ),
        ("interval", "recurring_interval", "Interval"),
    ),
    "interval_count": (
        (
            "items.data[0].price.recurring.interval_count",
            "items.data[0].plan.interval_count",
            "plan.interval_count",
            "recurring.interval_count",
            "interval_count",
        ),
        ("interval_count", "recurring_interval_count", "Interval Count"),
    ),
    "second_item": (("items.data[1].id",), ()),
    "items": (("items.data",), ()),
    "start_text": (("start_date", "start"), ("start_date", "start", "Start (UTC)", "Start Date (UTC)")),
    "period_start_text": (
        ("items.data[0].current_period_start", "current_period_start"),
        ("current_period_start", "Current Period Start (UTC)"),
    ),
    "period_end_text": (
        ("items.data[0].current_period_end", "current_period_end"),
        ("current_period_end", "Current Period End (UTC)"),
    ),
    "trial_start_text": (("trial_start",), ("trial_start", "Trial Start (UTC)")),
    "trial_end_text": (("trial_end",), ("trial_end", "Trial End (UTC)")),
    "cancel_text": (("cancel_at_period_end",), ("cancel_at_period_end", "Cancel At Period End")),
    "cancel_at_text": (("cancel_at",), ("cancel_at", "Cancel At (UTC)")),
    "canceled_text": (("canceled_at",), ("canceled_at", "Canceled At (UTC)")),
    "ended_text": (("ended_at",), ("ended_at", "Ended At (UTC)")),
    "pause": (("pause_collection.behavior",), ()),
    "cancel_reason": (("cancellation_details.reason",), ("cancellation_details_reason", "Cancellation Reason")),
    "cancel_feedback": (("cancellation_details.feedback",), ("cancellation_details_feedback",)),
    "discount_coupon": (
        (
            "discount.coupon.id",
            "discounts[0].coupon.id",
            "discounts[0].source.coupon.id",
            "discount.source.coupon.id",
            "discount.source.coupon",
            "discounts[0].source.coupon",
        ),
        ("Coupon",),
    ),
    "discount_percent": (
        ("discount.coupon.percent_off", "discounts[0].coupon.percent_off", "discounts[0].source.coupon.percent_off"),
        (),
    ),
    "discount_minor": (
        ("discount.coupon.amount_off", "discounts[0].coupon.amount_off", "discounts[0].source.coupon.amount_off"),
        (),
    ),
    "discount_duration": (
        ("discount.coupon.duration", "discounts[0].coupon.duration", "discounts[0].source.coupon.duration"),
        (),
    ),
    "discount_end_text": (("discount.end", "discounts[0].end"), ()),
    # Invoices, charges, refunds, disputes, payouts.
    "amount_text": (("amount",), ("amount", "Amount")),
    "amount_captured": (("amount_captured",), ("amount_captured",)),
    "amount_paid": (("amount_paid",), ("amount_paid", "Amount Paid")),
    "amount_due": (("amount_due",), ("amount_due", "Amount Due")),
    "tax_text": (("tax", "total_taxes[0].amount"), ("tax", "Tax")),
    "paid_at_text": (("status_transitions.paid_at",), ("status_transitions_paid_at", "Paid At (UTC)")),
    "invoice_subscription": (
        (
            "subscription.id",
            "subscription",
            "parent.subscription_details.subscription.id",
            "parent.subscription_details.subscription",
        ),
        ("subscription_id", "Subscription", "Subscription ID"),
    ),
    "invoice_period_start": (("lines.data[0].period.start",), ("period_start",)),
    "billing_reason": (("billing_reason",), ("billing_reason",)),
    "attempt": (("attempt_count",), ("attempt_count",)),
    "charge": (("charge.id", "charge"), ("charge_id", "Charge ID")),
    "payment_intent": (
        ("payment_intent.id", "payment_intent", "payments.data[0].payment.payment_intent"),
        ("payment_intent_id", "PaymentIntent ID"),
    ),
    "invoice": (("invoice.id", "invoice"), ("invoice_id", "Invoice ID")),
    "description": (("description",), ("description", "Description")),
    "captured_text": (("captured",), ("captured", "Captured")),
    "failure_code": (
        ("failure_code", "payment_intent.last_payment_error.code", "last_finalization_error.code"),
        ("failure_code", "Decline Reason"),
    ),
    "fee_text": (("balance_transaction.fee",), ("Fee",)),
    "payment_method": (("payment_method_details.type",), ("Payment Source Type",)),
    "product_kind": (("metadata.product_kind",), ()),
    "metadata_offer": (("metadata.offer_id",), ()),
    "access_start_text": (("metadata.access_start",), ()),
    "access_end_text": (("metadata.access_end",), ()),
    "refund_id": (("refunds.data[0].id",), ()),
    "refund_minor": (("refunds.data[0].amount",), ()),
    "refund_status": (("refunds.data[0].status",), ()),
    "refund_created": (("refunds.data[0].created",), ()),
    "arrival_text": (("arrival_date",), ("arrival_date", "Arrival Date (UTC)")),
    # Prices, plans, coupons.
    "active_text": (("active",), ("active",)),
    "unit_text": (("unit_amount", "unit_amount_decimal", "amount"), ("unit_amount", "unit_amount_decimal", "amount")),
    "title": (("nickname", "product.name", "name"), ("nickname", "name", "Name")),
    "product": (("product.id", "product"), ("product_id",)),
    "trial_days": (("recurring.trial_period_days", "trial_period_days"), ("trial_period_days",)),
    "percent_off": (("percent_off", "coupon.percent_off"), ("percent_off", "Percent Off")),
    "amount_off": (("amount_off", "coupon.amount_off"), ("amount_off", "Amount Off")),
    "duration": (("duration", "coupon.duration"), ("duration", "Duration")),
    "redeem_by_text": (("redeem_by", "expires_at"), ("redeem_by", "Redeem By (UTC)")),
    "max_redemptions": (("max_redemptions",), ("max_redemptions", "Max Redemptions")),
    "promotion_code": (("code",), ()),
    "coupon_currency": (("coupon.currency",), ()),
    "coupon_name": (("coupon.name",), ()),
    # Headers that tell which table a row is of.
    "delinquent": ((), ("delinquent", "Delinquent")),
    "refundable": ((), ("is_charge_refundable",)),
    "net": ((), ("net", "Net")),
    "capture_method": ((), ("capture_method",)),
    "payout": ((), ("payout_id",)),
    "balance_transaction": ((), ("balance_transaction_id", "balance_transaction")),
    "anchor": ((), ("billing_cycle_anchor",)),
    "proration": ((), ("proration",)),
    "coupon_id": ((), ("coupon_id",)),
    "is_major": ((), ("Created (UTC)", "Created date (UTC)")),
}
# In an event beside its object; null in anything else.
_EVENT_FACTS: dict[str, tuple[str, ...]] = {
    "event_id": ("$.id",),
    "event_type": ("$.type",),
    "event_created": ("$.created",),
    "previous": ("$.data.previous_attributes",),
    "previous_status": ("$.data.previous_attributes.status",),
    "previous_cancel": ("$.data.previous_attributes.cancel_at_period_end",),
    "previous_cancel_at": ("$.data.previous_attributes.cancel_at",),
    "previous_pause": ("$.data.previous_attributes.pause_collection.behavior",),
    "previous_period_start": (
        "$.data.previous_attributes.items.data[0].current_period_start",
        "$.data.previous_attributes.current_period_start",
    ),
    "previous_price": (
        "$.data.previous_attributes.items.data[0].price.id",
        "$.data.previous_attributes.items.data[0].plan.id",
        "$.data.previous_attributes.plan.id",
    ),
    "previous_minor": (
        "$.data.previous_attributes.items.data[0].price.unit_amount",
        "$.data.previous_attributes.items.data[0].plan.amount",
        "$.data.previous_attributes.plan.amount",
    ),
    "previous_quantity": (
        "$.data.previous_attributes.items.data[0].quantity",
        "$.data.previous_attributes.quantity",
    ),
    "previous_items": ("$.data.previous_attributes.items.data",),
}

FACTS = ", ".join(f'"{name}"' for name in (*_FACTS, *_EVENT_FACTS))
"""The names of the columns that ``facts_of`` makes."""


def _paths(name: str) -> list[str]:
    return [f"$.data.object.{path}" for path in _FACTS[name][0]] if name in _FACTS else list(_EVENT_FACTS[name])


_HEADERS = sorted({header for _, headers in _FACTS.values() for header in headers})
_PATHS = [path for name in (*_FACTS, *_EVENT_FACTS) for path in _paths(name)]
# What may be a text or an object (a customer is named or expanded) is read on its own, the rest in one go.
_LOOSE = [path for path in _PATHS if any(other.startswith((f"{path}.", f"{path}[")) for other in _PATHS)]


def _structure() -> str:
    """The structure of an event, as ``json_transform`` takes it: it goes through a document once for all paths."""
    root: dict[str, Any] = {}
    for path in _PATHS:
        if path not in _LOOSE:
            *parents, last = path.removeprefix("$.").split(".")
            place = root
            for name, is_list in ((parent.split("[")[0], "[" in parent) for parent in parents):
                place = place.setdefault(name, [{}])[0] if is_list else place.setdefault(name, {})
            name, _, index = last.partition("[")
            place[name] = ["VARCHAR"] if index else "VARCHAR"
    return json.dumps(root)


def _place(path: str) -> str:
    """Where the text at a path is found."""
    if path in _LOOSE:
        return f"loose[{_LOOSE.index(path) + 1}]"
    steps = (re.fullmatch(r"(\w+)(?:\[(\d)])?", step) for step in path.removeprefix("$.").split("."))
    return "found" + "".join(f'."{step[1]}"' + (f"[{int(step[2]) + 1}]" if step[2] else "") for step in steps if step)


def _column(name: str) -> str:
    headers = _FACTS[name][1] if name in _FACTS else ()
    places = [*map(_place, _paths(name)), *(f"headed[{_HEADERS.index(header) + 1}]" for header in headers)]
    return f"""coalesce({", ".join(f"nullif({place}, '')" for place in places)}) as "{name}\""""


def facts_of(relation: str) -> str:
    """A select of a relation's columns and of the facts in its ``document`` (an event) or its ``exported`` row."""
    headers = ", ".join(f"'$.\"{header}\"'" for header in _HEADERS)
    loose = ", ".join(f"'{path}'" for path in _LOOSE)
    columns = ",\n        ".join(_column(name) for name in (*_FACTS, *_EVENT_FACTS))
    return f"""
    select * exclude (document, exported, found, loose, headed),
        {columns}
    from (
        select *, json_transform(document, '{_structure()}') as found,
            json_extract_string(document, [{loose}]) as loose,
            case when exported is not null then json_extract_string(exported, [{headers}]) end as headed
        from {relation}
    )
"""


def _event(thing: str) -> str:
    """The event that an object of the API would be told by, as far as its paths go."""
    return f"""('{{"data":{{"object":' || {thing} || '}}}}')"""


_EITHER = f"""case json_extract_string(item, '$.object') when 'event' then cast(item as VARCHAR)
    else {_event("item")} end"""


PARSED = facts_of(f"""(
    select
        file_number, row_number, shape,
        case shape when 'event' then payload when 'object' then {_event("payload")} end as document,
        case when shape = 'table' then payload end as exported,
        case shape
            when 'list' then list_transform(json_extract(payload, '$.data[*]'), lambda item: {_EITHER})
            when 'resources' then list_transform(json_extract(payload, '$.resources.*'), lambda item: {_EITHER})
        end as bundled
    from (
        select *, case
            when marks[1] = 'event' then 'event'
            when marks[1] = 'list' then 'list'
            when marks[1] is not null then 'object'
            when starts_with(marks[2], '{{') then 'resources'
            else 'table' end as shape
        from (select *, json_extract_string(payload, ['$.object', '$.resources']) as marks from payloads)
    )
)""")
"""The select of one row a payload, with the facts in it, or with the events of a bundle in ``bundled``."""
