"""Cases of money, written from Stripe's API reference: payloads by name of the case.

What each means is in the tables of docs/senders/stripe.md, which the tests read. Belongs here: payloads. Does not
belong here: expected rows.
"""

from __future__ import annotations

from typing import Any

from tests.sources.stripe.envelopes import BASIL, BEFORE_BASIL, Payload, at, event, listed
from tests.sources.stripe.money import charge, dispute, invoice, invoice_payment, payment_intent, refund

MARCH, APRIL = at("03-05"), at("04-05")


def paid(of: Payload, type_: str = "invoice.paid") -> Payload:
    return event(type_, of, MARCH + 5)


def charged(of: Payload, *, version: str = BASIL) -> Payload:
    return event("charge.succeeded", of, MARCH, version=version)


def tax(amount: int, behavior: str = "exclusive") -> Payload:
    return {
        "amount": amount,
        "tax_behavior": behavior,
        "tax_rate_details": {"tax_rate": f"txr_{amount}"},
        "taxability_reason": "standard_rated",
        "taxable_amount": 10000,
        "type": "tax_rate_details",
    }


def _refunds(*refunds: Payload) -> Payload:
    return {"object": "list", "data": list(refunds), "has_more": False, "total_count": len(refunds), "url": "/v1"}


def _part(name: str, number: int, amount: int, day: str) -> Payload:
    """One of several payments of an invoice."""
    return invoice_payment(
        name,
        amount,
        id=f"inpay_{name}_{number}",
        is_default=number == 1,
        payment={"payment_intent": f"pi_{name}_{number}", "type": "payment_intent"},
        status_transitions={"canceled_at": None, "paid_at": at(day)},
    )


def _paid_in_parts() -> dict[str, list[Payload]]:
    def parts(name: str) -> list[Payload]:
        return [_part(name, 1, 4840, "03-05"), _part(name, 2, 7260, "03-10")]

    def told(name: str) -> list[Payload]:
        """Charge, payment intent and invoice payment of each part."""
        found = []
        for number, (part, day) in enumerate(zip(parts(name), ("03-05", "03-10"), strict=True), start=1):
            intent, amount = f"pi_{name}_{number}", part["amount_paid"]
            of = charge(name, amount, when=at(day), id=f"ch_{name}_{number}", payment_intent=intent)
            found += [
                event("charge.succeeded", of, at(day)),
                event("payment_intent.succeeded", payment_intent(name, amount, when=at(day), id=intent), at(day)),
                event("invoice_payment.paid", part, at(day)),
            ]
        return found

    def whole(name: str, **changes: Any) -> Payload:
        return event("invoice.paid", invoice(name, 12100, total_taxes=[tax(2100)], **changes), at("03-10"))

    return {
        "paid-in-parts": [
            *told("paid-in-parts"),
            whole("paid-in-parts"),
            event(
                "refund.created",
                refund("paid-in-parts", 7260, when=at("03-15"), charge="ch_paid-in-parts_2",
                       payment_intent="pi_paid-in-parts_2"),
                at("03-15"),
            ),
        ],
        "paid-in-parts-listed": [whole("paid-in-parts-listed", payments=listed(*parts("paid-in-parts-listed")))],
        "paid-in-parts-of-which-one-is-told": [
            event("invoice_payment.paid", parts("paid-in-parts-of-which-one-is-told")[0], MARCH),
            whole("paid-in-parts-of-which-one-is-told"),
        ],
        "paid-in-part-so-far": told("paid-in-part-so-far")[:3],
    }  # fmt: skip


def _payments() -> dict[str, list[Payload]]:
    expanded = "paid-told-by-expanded-objects"
    intent = payment_intent(expanded, 1000)
    return {
        "paid-told-by-all": [
            charged(charge("paid-told-by-all", 1000, description="Subscription creation")),
            paid(invoice("paid-told-by-all", 1000)),
            paid(invoice("paid-told-by-all", 1000), "invoice.payment_succeeded"),
            event("invoice_payment.paid", invoice_payment("paid-told-by-all", 1000), MARCH + 5),
            event("payment_intent.succeeded", payment_intent("paid-told-by-all", 1000), MARCH + 5),
        ],
        "paid-named-by-the-charge": [
            charged(
                charge("paid-named-by-the-charge", 1000, invoice="in_paid-named-by-the-charge"), version=BEFORE_BASIL
            ),
            paid(invoice("paid-named-by-the-charge", 1000, charge="ch_paid-named-by-the-charge")),
        ],
        "paid-told-by-payment-succeeded": [
            paid(invoice("paid-told-by-payment-succeeded", 1000), "invoice.payment_succeeded")
        ],
        "paid-told-by-the-charge": [
            charged(charge("paid-told-by-the-charge", 1000, description="Subscription update")),
            event("payment_intent.succeeded", payment_intent("paid-told-by-the-charge", 1000), MARCH + 5),
        ],
        "paid-told-by-the-charge-of-an-invoice": [
            charged(charge("paid-told-by-the-charge-of-an-invoice", 1000, invoice="in_unseen"), version=BEFORE_BASIL)
        ],
        "paid-told-by-the-intent": [
            event("payment_intent.succeeded", payment_intent("paid-told-by-the-intent", 1000), MARCH)
        ],
        "paid-told-by-the-invoice-payment": [
            event("invoice_payment.paid", invoice_payment("paid-told-by-the-invoice-payment", 1000), MARCH)
        ],
        expanded: [
            listed(charge(expanded, 1000, payment_intent=intent)),
            listed({**intent, "latest_charge": charge(expanded, 1000)}),
            listed(invoice_payment(expanded, 1000, payment={"payment_intent": intent, "type": "payment_intent"})),
        ],
        **_paid_in_parts(),
        "paid-by-a-guest": [charged(charge("paid-by-a-guest", 1500, customer=None))],
        "paid-as-a-rental": [
            charged(charge("paid-as-a-rental", 399, metadata={"product_kind": "rental", "offer_id": "film"}))
        ],
        "authorised-only": [
            charged(charge("authorised-only", 1000, captured=False, amount_captured=0, paid=True, status="succeeded"))
        ],
        "captured-in-part": [
            charged(charge("captured-in-part", 1000, captured=False, amount_captured=0)),
            event("charge.captured", charge("captured-in-part", 1000, amount_captured=600), at("03-06")),
        ],
        "invoice-of-nothing": [paid(invoice("invoice-of-nothing", 0))],
        "invoice-failed": [
            event(
                "invoice.payment_failed",
                invoice(
                    "invoice-failed",
                    0,
                    total=1000,
                    status="open",
                    status_transitions={"finalized_at": MARCH, "paid_at": None},
                ),
                MARCH,
            )
        ],
        "invoice-voided": [
            event("invoice.payment_failed", invoice("invoice-voided", 0, total=1000, status="open"), MARCH),
            event("invoice.voided", invoice("invoice-voided", 0, total=1000, status="void"), at("03-10")),
        ],
        "invoice-uncollectible": [
            event(
                "invoice.marked_uncollectible",
                invoice("invoice-uncollectible", 0, total=1000, status="uncollectible"),
                MARCH,
            ),
            paid(invoice("invoice-uncollectible", 1000)),
        ],
        "invoice-of-a-proration": [
            paid(invoice("invoice-of-a-proration", 500, billing_reason="subscription_update", total=500))
        ],
        "currency-of-iceland": [charged(charge("currency-of-iceland", 150000, currency="isk"))],
    }


def _taxes() -> dict[str, list[Payload]]:
    return {
        "tax-of-two-rates": [paid(invoice("tax-of-two-rates", 11498, total_taxes=[tax(500), tax(998)]))],
        "tax-inclusive": [paid(invoice("tax-inclusive", 12100, total_taxes=[tax(2100, "inclusive")]))],
        "tax-before-basil": [
            paid(invoice("tax-before-basil", 12100, tax=2100, total_tax_amounts=[{"amount": 2100, "inclusive": False}]))
        ],
        "tax-amounts-only": [
            paid(
                invoice(
                    "tax-amounts-only",
                    11500,
                    tax=None,
                    total_taxes=None,
                    total_tax_amounts=[{"amount": 1000, "inclusive": False}, {"amount": 500, "inclusive": True}],
                )
            )
        ],
        "tax-by-difference": [
            paid(
                invoice(
                    "tax-by-difference",
                    12100,
                    total_taxes=None,
                    total_excluding_tax=10000,
                    automatic_tax={"enabled": True, "status": "complete"},
                )
            )
        ],
        "tax-none": [paid(invoice("tax-none", 10000))],
        "tax-of-a-part": [
            paid(invoice("tax-of-a-part", 6050, total=12100, total_taxes=[tax(2100)], starting_balance=-6050))
        ],
    }


def _credit_note(name: str, *, refund: str | None) -> Payload:
    """A credit note of 4.00, to the customer's balance unless it has a refund."""
    return {
        "id": f"cn_{name}", "object": "credit_note", "amount": 400, "amount_shipping": 0, "created": at("03-10"),
        "currency": "usd", "customer": f"cus_{name}", "customer_balance_transaction": None if refund else "cbtxn_1",
        "discount_amount": 0, "discount_amounts": [], "effective_at": at("03-10"), "invoice": f"in_{name}",
        "lines": {"object": "list", "data": [], "has_more": False, "url": "/v1"}, "livemode": True, "memo": None,
        "metadata": {}, "number": "1", "out_of_band_amount": None, "pdf": "https://example.com", "post_payment_amount":
        400, "pre_payment_amount": 0, "pretax_credit_amounts": [], "reason": "duplicate", "refund": refund,
        "refunds": [{"amount_refunded": 400, "refund": refund}] if refund else [], "shipping_cost": None,
        "status": "issued", "subtotal": 400, "subtotal_excluding_tax": 400, "total": 400, "total_excluding_tax": 400,
        "total_taxes": [], "type": "post_payment", "voided_at": None,
    }  # fmt: skip


def _reversals() -> dict[str, list[Payload]]:
    def refunded(name: str, total: int, when: int, before: int, **changes: Any) -> Payload:
        of = charge(name, 1500, amount_refunded=total, refunded=total == 1500, **changes)
        return event("charge.refunded", of, when, {"amount_refunded": before, "receipt_url": "x"})

    first, second = at("03-15"), APRIL
    failed = refund("refund-failed", 1500, when=first)
    pending = refund("refund-pending", 1500, when=first, status="pending")
    never = refund("refund-never-made", 1500, when=first, status="failed", failure_reason="declined")
    return {
        "refund-by-totals": [
            charged(charge("refund-by-totals", 1500)),
            refunded("refund-by-totals", 500, first, 0),
            refunded("refund-by-totals", 1500, second, 500),
        ],
        "refund-listed": [
            charged(charge("refund-listed", 1500)),
            refunded(
                "refund-listed",
                1500,
                second,
                500,
                refunds=_refunds(
                    refund("refund-listed-2", 1000, when=second, of="refund-listed"),
                    refund("refund-listed-1", 500, when=first, of="refund-listed"),
                ),
            ),
        ],
        "refund-told-by-both": [
            charged(charge("refund-told-by-both", 1500)),
            refunded("refund-told-by-both", 500, first, 0),
            event("refund.created", refund("refund-told-by-both", 500, when=first), first),
        ],
        "refund-told-by-one-of-two": [
            charged(charge("refund-told-by-one-of-two", 1500)),
            event("refund.created", refund("refund-told-by-one-of-two", 500, when=first), first),
            refunded("refund-told-by-one-of-two", 1500, second, 500),
        ],
        "refund-failed": [
            charged(charge("refund-failed", 1500)),
            event("refund.created", failed, first),
            event(
                "refund.failed", {**failed, "status": "failed", "failure_reason": "lost_or_stolen_card"}, at("03-20")
            ),
        ],
        "refund-pending": [
            charged(charge("refund-pending", 1500)),
            event("refund.created", pending, first),
            event("refund.updated", {**pending, "status": "succeeded"}, at("03-17"), {"status": "pending"}),
        ],
        "refund-never-made": [charged(charge("refund-never-made", 1500)), event("refund.failed", never, first)],
        "refund-of-an-invoice": [
            paid(invoice("refund-of-an-invoice", 1210, total_taxes=[tax(210)])),
            event("invoice_payment.paid", invoice_payment("refund-of-an-invoice", 1210), MARCH + 5),
            event("refund.created", refund("refund-of-an-invoice", 1210, when=first), first),
        ],
        "dispute-lost": [
            charged(charge("dispute-lost", 1500)),
            event("charge.dispute.created", dispute("dispute-lost", 1500, when=first, status="needs_response"), first),
            event("charge.dispute.closed", dispute("dispute-lost", 1500, when=first, status="lost"), second),
        ],
        "dispute-by-its-money": [
            charged(charge("dispute-by-its-money", 1500)),
            *(
                event(f"charge.dispute.{kind}", dispute("dispute-by-its-money", 1500, when=first, status=status), when)
                for kind, status, when in (
                    ("created", "needs_response", first),
                    ("funds_withdrawn", "needs_response", first),
                    ("updated", "under_review", at("03-20")),
                    ("closed", "won", second),
                    ("funds_reinstated", "won", second),
                )
            ),
        ],
        "credit-note": [
            paid(invoice("credit-note", 1000)),
            event("credit_note.created", _credit_note("credit-note", refund=None), at("03-10")),
        ],
        "credit-note-with-refund": [
            charged(charge("credit-note-with-refund", 1000)),
            event("credit_note.created", _credit_note("credit-note-with-refund", refund="re_1"), first),
            event("refund.created", refund("credit-note-with-refund", 400, when=first), first),
        ],
        "dispute-won": [
            charged(charge("dispute-won", 1500)),
            event("charge.dispute.closed", dispute("dispute-won", 1500, when=first, status="won"), second),
        ],
        "dispute-inquiry": [
            event(
                "charge.dispute.created",
                dispute("dispute-inquiry", 1500, when=first, status="warning_needs_response"),
                first,
            )
        ],
    }


CASES: dict[str, list[Payload]] = {**_payments(), **_taxes(), **_reversals()}
