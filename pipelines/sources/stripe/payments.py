"""Payment events and payouts: one money movement is told by many of Stripe's events, and is booked by one of them.

Belongs here: invoices, charges, refunds, disputes, payouts. Does not belong here: prices and periods.
"""

from __future__ import annotations

from pipelines.sources.stripe.objects import money, objects_of

# Refunds and disputes do not name the customer, but the charge, which a link leads on from.
_BY_CHARGE = """coalesce(house_customer, 'stripe_charge:' || charge, 'stripe_payment_intent:' || payment_intent)"""

# role: (part of the event id, event type, when, customer, transaction, what it reverses, minor units)
_BOOKED = {
    "invoice paid": (
        "id || ':paid'",
        "succeeded",
        "coalesce(paid_at, known_at)",
        "customer_id",
        "coalesce(charge, payment_intent, id)",
        "null",
        "amount_paid",
    ),
    "invoice failed": (
        "coalesce(event_id, id) || ':failed'",
        "failed",
        "known_at",
        "customer_id",
        "coalesce(charge, payment_intent, id)",
        "null",
        "amount_due",
    ),
    "charge paid": (
        "id || ':succeeded'",
        "succeeded",
        "coalesce(created, known_at)",
        "customer_id",
        "id",
        "null",
        "coalesce(amount_captured, amount_text)",
    ),
    "charge failed": (
        "id || ':failed'",
        "failed",
        "coalesce(created, known_at)",
        "customer_id",
        "id",
        "null",
        "amount_text",
    ),
    "charge refunded": (
        "refund_id || ':refunded'",
        "refunded",
        "coalesce(refund_at, known_at)",
        "coalesce(house_customer, 'stripe_charge:' || id)",
        "refund_id",
        "id",
        "refund_minor",
    ),
    "refund": (
        "id || ':refunded'",
        "refunded",
        "coalesce(created, known_at)",
        _BY_CHARGE,
        "id",
        "coalesce(charge, payment_intent)",
        "amount_text",
    ),
    "dispute": (
        "id || ':chargeback'",
        "chargeback",
        "coalesce(created, known_at)",
        _BY_CHARGE,
        "id",
        "coalesce(charge, payment_intent)",
        "amount_text",
    ),
    "dispute won": (
        "id || ':chargeback_reversed'",
        "chargeback_reversed",
        "coalesce(event_at, synced, created)",
        _BY_CHARGE,
        "id",
        "coalesce(charge, payment_intent)",
        "amount_text",
    ),
}


def _of_role(position: int) -> str:
    return " ".join(f"when '{role}' then {parts[position]}" for role, parts in _BOOKED.items())


def payment_events(reporting_currency: str) -> str:  # noqa: ARG001 - Stripe tells the currency
    """Payment events; the same movement has the same id and content from whichever object or event tells it."""
    types = " ".join(f"when '{role}' then '{parts[1]}'" for role, parts in _BOOKED.items())
    roles = ", ".join(f"'{role}'" for role in _BOOKED)
    return f"""
    {objects_of("invoice", "charge", "refund", "dispute")},

    -- A dispute that was won is a chargeback, too, which no earlier payload may have told.
    booked as (
        select * from objects where role in ({roles})
        union all by name
        select * replace ('dispute' as role) from objects where role = 'dispute won'
    )

    select
        file_number, row_number,
        'stripe:' || case role {_of_role(0)} end as event_id,
        case role {types} end as event_type,
        case role {_of_role(2)} end as occurred_at,
        case role {_of_role(3)} end as customer_id,
        case role {_of_role(4)} end as transaction_id,
        case when starts_with(role, 'invoice') then invoice_subscription end as subscription_id,
        case when starts_with(role, 'charge') then metadata_offer end as offer_id,
        {money(f"case role {_of_role(6)} end")} as amount,
        currency,
        case
            when starts_with(role, 'invoice') and invoice_subscription is not null then 'subscription'
            when role in ('charge paid', 'charge failed')
                and product_kind in ('subscription', 'pass', 'ppv', 'rental', 'other') then product_kind
            when role in ('charge paid', 'charge failed') then 'other'
            when starts_with(role, 'invoice') then 'other'
        end as product_kind,
        case when role = 'invoice paid' then {money("tax_text")} end as tax_amount,
        case when role = 'charge paid' then {money("fee_text")} end as fee_amount,
        'stripe' as provider,
        case when role in ('charge paid', 'charge failed') then payment_method end as payment_method,
        case when role in ('charge failed', 'invoice failed') then failure_code end as failure_code,
        case when starts_with(role, 'invoice') then try_cast(attempt as BIGINT) end as attempt,
        case role {_of_role(5)} end as original_transaction_id,
        case when role = 'charge paid' then {_access("access_start_text")} end as access_start,
        case when role = 'charge paid' then {_access("access_end_text")} end as access_end,
        case when starts_with(role, 'invoice') or role in ('charge paid', 'charge failed')
            then nullif(upper(country_text), '') end as country,
        'web' as channel
    from booked
    """


def _access(text: str) -> str:
    return f"try_cast({text} as TIMESTAMPTZ) at time zone 'UTC'"


def payouts(reporting_currency: str) -> str:  # noqa: ARG001 - Stripe tells the currency
    """Payouts that were paid, on the day on which they arrive."""
    return f"""
    {objects_of("payout")}

    select
        file_number, row_number, id as payout_id, 'stripe' as provider, arrival as paid_at, currency,
        {money("amount_text")} as amount, coalesce(event_at, synced) as recorded_at
    from objects where role = 'payout'
    """
