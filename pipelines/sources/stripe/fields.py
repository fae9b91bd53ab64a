"""What is read out of Stripe's JSON, once a document, whatever it is wrapped in.

Belongs here: where a fact stands in an event, in a plain object and in an exported table.
Does not belong here: what the facts mean (``objects`` and the modules of the feeds).
"""

from __future__ import annotations

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
_NOWHERE = '$."no such field"'


FACTS = ", ".join(f'"{name}"' for name in (*_FACTS, *_EVENT_FACTS))
"""The names of the columns that are made of what is found."""


def _columns() -> tuple[list[str], list[str], list[str], str]:
    """The paths in an event, an object and a table, position by position, and the columns made of what they find."""
    event: list[str] = []
    plain: list[str] = []
    table: list[str] = []
    columns: list[str] = []

    def add(name: str, events: list[str], objects: list[str], tables: list[str]) -> None:
        width = max(len(events), len(objects), len(tables))
        for paths, found in ((event, events), (plain, objects), (table, tables)):
            paths.extend([*found, *[_NOWHERE] * (width - len(found))])
        places = ", ".join(f"nullif(found[{place}], '')" for place in range(len(event) - width + 1, len(event) + 1))
        columns.append(f'coalesce({places}) as "{name}"')

    for name, (paths, headers) in _FACTS.items():
        add(
            name,
            [f"$.data.object.{path}" for path in paths],
            [f"$.{path}" for path in paths],
            [f'$."{header}"' for header in headers],
        )
    for name, event_paths in _EVENT_FACTS.items():
        add(name, list(event_paths), [], [])
    return event, plain, table, ",\n    ".join(columns)


def _extracted(document: str, paths: list[str]) -> str:
    return f"json_extract_string({document}, [{', '.join(chr(39) + path + chr(39) for path in paths)}])"


_EVENT_PATHS, _OBJECT_PATHS, _TABLE_PATHS, COLUMNS = _columns()
_EITHER = f"""case json_extract_string(item, '$.object') when 'event' then {_extracted("item", _EVENT_PATHS)}
    else {_extracted("item", _OBJECT_PATHS)} end"""

PARSED = f"""
    select
        file_number, row_number, shape,
        case shape
            when 'event' then {_extracted("payload", _EVENT_PATHS)}
            when 'object' then {_extracted("payload", _OBJECT_PATHS)}
            when 'table' then {_extracted("payload", _TABLE_PATHS)}
        end as found,
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
"""
"""The select of one row a payload: ``found`` has the texts found in it, ``bundled`` those of each object in a bundle."""
