"""Cases of money that is owed, fails, comes back or is in other currencies, written from Stripe's API reference.

What each means is in the tables of docs/senders/stripe.md, which the tests read. Belongs here: payloads. Does not
belong here: expected rows.
"""

from __future__ import annotations

from typing import Any

from tests.sources.stripe.envelopes import BEFORE_BASIL, Payload, at, event
from tests.sources.stripe.money import charge, dispute, invoice, invoice_payment, payment_intent, refund
from tests.sources.stripe.payment_cases import APRIL, MARCH, charged, paid, tax

_FIRST, _SECOND = at("03-15"), at("03-20")


def _failed(of: Payload, when: int, attempt: int) -> Payload:
    open_ = {"status": "open", "amount_paid": 0, "amount_remaining": of["amount_due"], "attempt_count": attempt}
    return event("invoice.payment_failed", {**of, **open_}, when)


def _declined(name: str, when: int, **changes: Any) -> Payload:
    nothing = {"status": "failed", "paid": False, "captured": False, "amount_captured": 0}
    return charge(name, 1000, when=when, failure_code="card_declined", **nothing, **changes)


def _disputed(name: str, kind: str, when: int, status: str, amount: int = 1500, **changes: Any) -> Payload:
    return event(f"charge.dispute.{kind}", dispute(name, amount, when=_FIRST, status=status, **changes), when)


def _owed() -> dict[str, list[Payload]]:
    tried, old = "invoice-tried-thrice", "charge-failed-of-an-invoice"
    first = _declined(old, MARCH, invoice=f"in_{old}")
    waiting = {"captured": False, "amount_captured": 0, "paid": False, "status": "pending"}
    return {
        tried: [_failed(invoice(tried, 1000), when, n) for n, when in enumerate((MARCH, _FIRST, _SECOND), start=1)],
        "invoice-tried-then-paid": [
            _failed(invoice("invoice-tried-then-paid", 1000), MARCH, 1),
            event(
                "invoice.paid",
                invoice("invoice-tried-then-paid", 1000, status_transitions={"paid_at": _FIRST}, attempt_count=2),
                _FIRST,
            ),
        ],
        old: [
            event("charge.failed", first, MARCH, version=BEFORE_BASIL),
            _failed(invoice(old, 1000, charge=f"ch_{old}", payment_intent=f"pi_{old}"), MARCH + 1, 1),
        ],
        "invoice-needs-action": [
            event(
                "invoice.payment_action_required",
                invoice("invoice-needs-action", 0, total=1000, status="open"),
                MARCH,
            )
        ],
        "invoice-of-credit": [
            paid(invoice("invoice-of-credit", 0, total=1000, starting_balance=-1000, ending_balance=0, amount_due=0))
        ],
        "invoice-paid-elsewhere": [paid(invoice("invoice-paid-elsewhere", 1000, paid_out_of_band=True))],
        "invoice-by-hand": [paid(invoice("invoice-by-hand", 1000, billing_reason="manual", parent=None))],
        "invoice-of-yen": [
            paid(invoice("invoice-of-yen", 1100, currency="jpy", total_taxes=[tax(100)])),
        ],
        "invoice-before-basil": [
            paid(
                invoice(
                    "invoice-before-basil",
                    1000,
                    parent=None,
                    subscription="sub_invoice-before-basil",
                    charge="ch_invoice-before-basil",
                    payment_intent="pi_invoice-before-basil",
                    tax=None,
                    total_tax_amounts=[],
                )
            )
        ],
        "bank-debit": [
            event("charge.pending", charge("bank-debit", 1000, **waiting), MARCH),
            event("charge.succeeded", charge("bank-debit", 1000), _FIRST),
        ],
        "bank-debit-returned": [
            event("charge.pending", charge("bank-debit-returned", 1000, **waiting), MARCH),
            event("charge.failed", _declined("bank-debit-returned", MARCH), _FIRST),
        ],
        "intent-of-a-part": [
            event("payment_intent.succeeded", payment_intent("intent-of-a-part", 1000, amount_received=700), MARCH)
        ],
        "intent-failed": [
            event(
                "payment_intent.payment_failed",
                payment_intent("intent-failed", 1000, amount_received=0, status="requires_payment_method",
                               last_payment_error={"code": "card_declined", "charge": "ch_intent-failed"}),
                MARCH,
            ),
            event("charge.failed", _declined("intent-failed", MARCH), MARCH),
        ],
        "charge-of-nobody-live": [
            event("charge.succeeded", charge("charge-of-nobody-live", 1000, livemode=False), MARCH, live=False)
        ],
        **{
            f"charge-in-{code}": [charged(charge(f"charge-in-{code}", amount, currency=code))]
            for code, amount in (("krw", 9900), ("kwd", 4500), ("huf", 299000), ("ugx", 500000))
        },
        "checkout-session": [
            event("checkout.session.completed",
                  {"id": "cs_1", "object": "checkout.session", "amount_total": 1000, "amount_subtotal": 1000,
                   "created": MARCH, "currency": "usd", "customer": "cus_checkout-session", "livemode": True,
                   "mode": "payment", "payment_intent": "pi_checkout-session", "payment_status": "paid",
                   "status": "complete", "subscription": None, "invoice": None, "metadata": {}}, MARCH),
            event("payment_intent.succeeded", payment_intent("checkout-session", 1000), MARCH),
            charged(charge("checkout-session", 1000)),
        ],
    }  # fmt: skip


def _returned() -> dict[str, list[Payload]]:
    part = "dispute-of-a-part"
    legacy = "refund-failed-before"
    bounced = refund(legacy, 1500, when=_FIRST, status="failed", failure_reason="lost_or_stolen_card")
    many = "refunds-of-three-parts"
    again = "refund-failed-then-another"
    lost = refund(again, 500, when=_FIRST)
    return {
        again: [
            charged(charge(again, 1500)),
            event("refund.created", lost, _FIRST),
            event("charge.refunded", charge(again, 1500, amount_refunded=500), _FIRST, {"amount_refunded": 0}),
            event("refund.failed", {**lost, "status": "failed"}, _SECOND, {"status": "succeeded"}),
            event("charge.refunded", charge(again, 1500, amount_refunded=700), APRIL, {"amount_refunded": 0}),
        ],
        "refund-in-yen": [
            charged(charge("refund-in-yen", 1200, currency="jpy")),
            event("refund.created", refund("refund-in-yen", 500, when=_FIRST, currency="jpy"), _FIRST),
        ],
        "refund-by-its-intent": [
            event("payment_intent.succeeded", payment_intent("refund-by-its-intent", 1500), MARCH),
            event("refund.created", refund("refund-by-its-intent", 1500, when=_FIRST, charge=None), _FIRST),
        ],
        legacy: [
            charged(charge(legacy, 1500)),
            event("charge.refunded", charge(legacy, 1500, amount_refunded=1500, refunded=True), _FIRST),
            event("charge.refund.updated", bounced, _SECOND, {"status": "succeeded"}),
        ],
        many: [
            charged(charge(many, 1500)),
            *(
                event("charge.refunded", charge(many, 1500, amount_refunded=total, refunded=total == 1500), when,
                      {"amount_refunded": before})
                for before, total, when in ((0, 100, _FIRST), (100, 600, _SECOND), (600, 1500, APRIL))
            ),
        ],
        "refund-told-late": [
            event("refund.created", refund("refund-told-late", 1500, when=_FIRST), _FIRST),
            charged(charge("refund-told-late", 1500)),
        ],
        "refund-of-two-taxes": [
            paid(invoice("refund-of-two-taxes", 11500, total_taxes=[tax(1000), tax(500)])),
            event("invoice_payment.paid", invoice_payment("refund-of-two-taxes", 11500), MARCH + 5),
            event("refund.created", refund("refund-of-two-taxes", 2300, when=_FIRST), _FIRST),
        ],
        part: [
            charged(charge(part, 1500)),
            _disputed(part, "created", _FIRST, "needs_response", 600),
            _disputed(part, "closed", _SECOND, "lost", 600),
        ],
        "dispute-closed-alone": [
            charged(charge("dispute-closed-alone", 1500)),
            _disputed("dispute-closed-alone", "closed", _SECOND, "lost"),
        ],
        "dispute-by-withdrawal-alone": [
            charged(charge("dispute-by-withdrawal-alone", 1500)),
            _disputed("dispute-by-withdrawal-alone", "funds_withdrawn", _FIRST, "needs_response"),
        ],
        "dispute-inquiry-closed": [
            charged(charge("dispute-inquiry-closed", 1500)),
            _disputed("dispute-inquiry-closed", "created", _FIRST, "warning_needs_response"),
            _disputed("dispute-inquiry-closed", "closed", _SECOND, "warning_closed"),
        ],
        "dispute-of-an-inquiry": [
            charged(charge("dispute-of-an-inquiry", 1500)),
            _disputed("dispute-of-an-inquiry", "created", _FIRST, "warning_needs_response"),
            _disputed("dispute-of-an-inquiry", "updated", _SECOND, "needs_response"),
            _disputed("dispute-of-an-inquiry", "closed", APRIL, "lost"),
        ],
        "dispute-prevented": [
            charged(charge("dispute-prevented", 1500)),
            _disputed("dispute-prevented", "created", _FIRST, "prevented"),
        ],
        "dispute-of-yen": [
            charged(charge("dispute-of-yen", 1200, currency="jpy")),
            _disputed("dispute-of-yen", "created", _FIRST, "needs_response", 1200, currency="jpy"),
        ],
        "fraud-warning": [
            charged(charge("fraud-warning", 1500)),
            event("radar.early_fraud_warning.created",
                  {"id": "issfr_1", "object": "radar.early_fraud_warning", "actionable": True, "charge":
                   "ch_fraud-warning", "created": _FIRST, "fraud_type": "misc", "livemode": True}, _FIRST),
        ],
    }  # fmt: skip


CASES: dict[str, list[Payload]] = {**_owed(), **_returned()}
