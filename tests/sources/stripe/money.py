"""Invoices, charges, refunds and the like with every field that the API sends, as stripe/openapi has them (2026-06-24).

Belongs here: builders. Does not belong here: what the objects mean.
"""

from __future__ import annotations

from typing import Any

from tests.sources.stripe.envelopes import Payload, at


def invoice(name: str, paid: int, *, total: int | None = None, when: int | None = None, **changes: Any) -> Payload:
    """A paid invoice of a subscription, as since basil: it names neither charge nor payment intent."""
    moment = at("03-05") if when is None else when
    gross = paid if total is None else total
    return {
        "id": f"in_{name}",
        "object": "invoice",
        "amount_due": gross,
        "amount_overpaid": 0,
        "amount_paid": paid,
        "amount_remaining": gross - paid,
        "amount_shipping": 0,
        "attempt_count": 1,
        "attempted": True,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None, "provider": None},
        "billing_reason": "subscription_cycle",
        "collection_method": "charge_automatically",
        "created": moment,
        "currency": "usd",
        "customer": f"cus_{name}",
        "customer_address": None,
        "customer_email": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "last_finalization_error": None,
        "livemode": True,
        "metadata": {},
        "number": f"{name}-1",
        "parent": {
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {"metadata": {}, "subscription": f"sub_{name}"},
        },
        "period_end": moment,
        "period_start": moment,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "paid",
        "status_transitions": {
            "finalized_at": moment,
            "marked_uncollectible_at": None,
            "paid_at": moment,
            "voided_at": None,
        },
        "subtotal": gross,
        "subtotal_excluding_tax": gross,
        "total": gross,
        "total_discount_amounts": [],
        "total_excluding_tax": gross,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        **changes,
    }


def charge(name: str, amount: int, *, when: int | None = None, **changes: Any) -> Payload:
    """A captured charge, as since basil: it names no invoice, and since 2022-11-15 lists no refunds."""
    return {
        "id": f"ch_{name}",
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "balance_transaction": f"txn_{name}",
        "billing_details": {"address": {"country": "US"}, "email": None, "name": None, "phone": None, "tax_id": None},
        "captured": True,
        "created": at("03-05") if when is None else when,
        "currency": "usd",
        "customer": f"cus_{name}",
        "description": None,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": True,
        "metadata": {},
        "outcome": {"network_status": "approved_by_network", "reason": None, "type": "authorized"},
        "paid": True,
        "payment_intent": f"pi_{name}",
        "payment_method": f"pm_{name}",
        "payment_method_details": {"card": {"brand": "visa", "country": "US"}, "type": "card"},
        "receipt_email": None,
        "refunded": False,
        "review": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "status": "succeeded",
        **changes,
    }


def payment_intent(name: str, amount: int, *, when: int | None = None, **changes: Any) -> Payload:
    """A payment intent that succeeded."""
    return {
        "id": f"pi_{name}",
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": amount,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "created": at("03-05") if when is None else when,
        "currency": "usd",
        "customer": f"cus_{name}",
        "description": None,
        "last_payment_error": None,
        "latest_charge": f"ch_{name}",
        "livemode": True,
        "metadata": {},
        "next_action": None,
        "payment_method": f"pm_{name}",
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "status": "succeeded",
        **changes,
    }


def invoice_payment(name: str, amount: int, **changes: Any) -> Payload:
    """What links an invoice with its payment intent since basil."""
    return {
        "id": f"inpay_{name}",
        "object": "invoice_payment",
        "amount_paid": amount,
        "amount_requested": amount,
        "created": at("03-05"),
        "currency": "usd",
        "invoice": f"in_{name}",
        "is_default": True,
        "livemode": True,
        "payment": {"payment_intent": f"pi_{name}", "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": at("03-05")},
        **changes,
    }


def refund(name: str, amount: int, *, when: int, of: str = "", **changes: Any) -> Payload:
    """A refund of a charge that succeeded."""
    return {
        "id": f"re_{name}",
        "object": "refund",
        "amount": amount,
        "balance_transaction": f"txn_re_{name}",
        "charge": f"ch_{of or name}",
        "created": when,
        "currency": "usd",
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": {},
        "payment_intent": f"pi_{of or name}",
        "reason": "requested_by_customer",
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
        **changes,
    }


def dispute(name: str, amount: int, *, when: int, status: str, **changes: Any) -> Payload:
    """A dispute of a charge."""
    return {
        "id": f"du_{name}",
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": f"ch_{name}",
        "created": when,
        "currency": "usd",
        "evidence": {},
        "is_charge_refundable": False,
        "livemode": True,
        "metadata": {},
        "payment_intent": f"pi_{name}",
        "reason": "fraudulent",
        "status": status,
        **changes,
    }
