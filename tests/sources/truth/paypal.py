"""PayPal's truth table: one subscription a case, and the payloads that it is told by.

Belongs here: cases. Does not belong here: what a payload looks like (``tests.sources.truth.paypal_payloads``).
"""

from __future__ import annotations

from typing import Any

from tests.sources.truth.paypal_payloads import (
    AT,
    DUE,
    LATER,
    Payload,
    capture,
    cycle,
    dispute,
    event,
    given_back,
    in_sandbox,
    invoice,
    invoice_1,
    listed,
    paid_1,
    plan,
    refund,
    sale,
    subscription,
)

_CASH = {"type": "EXTERNAL", "method": "CASH"}


def _captured(name: str, *payloads: Payload) -> list[Payload]:
    """A capture of 10.00 whose id is of letters, as links have it, and what followed."""
    return [capture(name, "10.00", id=f"C0{name}"), *payloads]


_CLOSED, _MEANWHILE = "2025-04-01T10:00:00Z", "2025-03-20T10:00:00Z"


def _with_plan(name: str, *payloads: Payload) -> list[Payload]:
    return [plan(name), *payloads]


_TAXED = {"taxes": {"percentage": "19.0", "inclusive": True}}
_FREE = cycle("TRIAL", "DAY", "0", 14, 1)
_CHEAP = cycle("TRIAL", "MONTH", "1.00", 1, 1)
_SALE_TAX = {"amount": {"total": "11.90", "currency": "EUR", "details": {"subtotal": "10.00", "tax": "1.90"}}}
_MAY, _JUNE = "2025-05-05T10:00:00Z", "2025-06-05T10:00:00Z"
_POSTAGE = {"amount": {"total": "12.00", "currency": "EUR", "details": {"subtotal": "10.00", "shipping": "2.00"}}}


def _tiers(model: str) -> Payload:
    """A cycle of 5.00 each for five, 3.00 for more."""

    def tier(start: str, end: str | None, value: str) -> Payload:
        money = {"currency_code": "EUR", "value": value}
        return {"starting_quantity": start, "amount": money} | ({"ending_quantity": end} if end else {})

    scheme = {"version": 1, "pricing_model": model, "create_time": AT,
              "tiers": [tier("1", "5", "5.00"), tier("6", None, "3.00")]}  # fmt: skip
    return cycle("REGULAR", "MONTH", "0") | {"pricing_scheme": scheme}


def _of(name: str, *cycles: Payload, **fields: Any) -> list[Payload]:
    """A plan of these cycles, and a subscription of it."""
    return [plan(name, *cycles), subscription(name, "ACTIVATED", **fields)]


CASES: dict[str, list[Payload]] = {
    "start": _with_plan("start", subscription("start", "ACTIVATED"), sale("start", "10.00")),
    "told_twice": _with_plan(
        "told_twice", subscription("told_twice", "ACTIVATED"), sale("told_twice", "10.00"),
        sale("told_twice", "10.00") | {"id": "WH-of-another-webhook"},
    ),
    "quantity": _with_plan("quantity", subscription("quantity", "ACTIVATED", quantity="3")),
    "yearly": [plan("yearly", cycle("REGULAR", "YEAR", "100.00")), subscription("yearly", "ACTIVATED")],
    "tax_within": [
        plan("tax_within", cycle("REGULAR", "MONTH", "11.90"), **_TAXED), subscription("tax_within", "ACTIVATED"),
    ],
    "renewal": _with_plan("renewal", subscription("renewal", "ACTIVATED"), sale("renewal", "11.90", DUE, **_SALE_TAX)),
    "price_risen": _with_plan(
        "price_risen", subscription("price_risen", "ACTIVATED"), sale("price_risen", "12.00", DUE)
    ),
    "set_up": _with_plan("set_up", subscription("set_up", "ACTIVATED"), sale("set_up", "15.00")),
    "trial": [
        plan("trial", _FREE, cycle("REGULAR", "MONTH", "10.00")),
        subscription("trial", "ACTIVATED", due=AT, trial=True), sale("trial", "10.00", "2025-03-19T10:00:00Z"),
    ],
    "trial_cheap": [
        plan("trial_cheap", _CHEAP, cycle("REGULAR", "MONTH", "10.00")),
        subscription("trial_cheap", "ACTIVATED", trial=True), sale("trial_cheap", "1.00"),
    ],
    "created": _with_plan("created", subscription("created", "CREATED", status="APPROVAL_PENDING")),
    "plan_change": [
        plan("plan_change"), plan("plus", cycle("REGULAR", "MONTH", "20.00")), subscription("plan_change", "ACTIVATED"),
        subscription("plan_change", "UPDATED", LATER, plan_id="P-plus"),
    ],
    "updated": _with_plan("updated", subscription("updated", "ACTIVATED"), subscription("updated", "UPDATED", LATER)),
    "failed": _with_plan(
        "failed", subscription("failed", "ACTIVATED"), subscription("failed", "PAYMENT.FAILED", DUE, failures=1)
    ),
    "late": _with_plan(
        "late", subscription("late", "ACTIVATED"), subscription("late", "PAYMENT.FAILED", DUE, failures=1),
        sale("late", "20.00", "2025-05-05T10:00:00Z"), sale("late", "10.00", "2025-06-05T10:00:00Z"),
    ),
    "suspended_unpaid": _with_plan(
        "suspended_unpaid", subscription("suspended_unpaid", "ACTIVATED"),
        subscription("suspended_unpaid", "SUSPENDED", LATER, failures=2, due=None),
    ),
    "suspended": _with_plan(
        "suspended", subscription("suspended", "ACTIVATED"), subscription("suspended", "SUSPENDED", LATER, due=None)
    ),
    "resumed": _with_plan(
        "resumed", subscription("resumed", "ACTIVATED"), subscription("resumed", "SUSPENDED", LATER, due=None),
        subscription("resumed", "ACTIVATED", "2025-03-20T10:00:00Z"),
    ),
    "cancelled": _with_plan(
        "cancelled", subscription("cancelled", "ACTIVATED"), subscription("cancelled", "CANCELLED", LATER)
    ),
    "cancelled_unpaid": _with_plan(
        "cancelled_unpaid", subscription("cancelled_unpaid", "ACTIVATED"),
        subscription("cancelled_unpaid", "PAYMENT.FAILED", DUE, failures=1),
        subscription("cancelled_unpaid", "CANCELLED", "2025-04-09T10:00:00Z", failures=2),
    ),
    "expired": _with_plan(
        "expired", subscription("expired", "ACTIVATED"), subscription("expired", "EXPIRED", DUE, due=None)
    ),
    "refund": [
        sale("refund", "10.00"), sale("refund", "-4.00", LATER, "REFUNDED", sale_id=f"S-refund-{AT}",
                                      billing_agreement_id=None),
    ],
    "refund_unnamed": [sale("refund_unnamed", "-4.00", LATER, "REFUNDED", billing_agreement_id=None)],
    "reversed": [sale("reversed", "10.00"), sale("reversed", "10.00", LATER, "REVERSED", sale_id=f"S-reversed-{AT}")],
    "denied": [sale("denied", "10.00", kind="DENIED", state="denied")],
    "sale_pending": [sale("sale_pending", "10.00", kind="PENDING", state="pending")],
    "no_plan": [
        subscription("no_plan", "ACTIVATED"), sale("no_plan", "10.00"), sale("no_plan", "10.00", DUE),
    ],
    "no_price": [subscription("no_price", "ACTIVATED")],
    "capture": [capture("capture", "10.00")],
    "capture_unnamed": [capture("capture_unnamed", "10.00", custom_id=None)],
    "capture_pending": [capture("capture_pending", "10.00", kind="PENDING", status_details={"reason": "ECHECK"})],
    "capture_denied": [capture("capture_denied", "10.00", kind="DENIED")],
    "capture_declined": [capture("capture_declined", "10.00", kind="DECLINED")],
    "capture_refunded": _captured("refunded", refund("refunded", "4.00"), refund("refunded", "6.00")),
    "capture_reversed": _captured("reversed", refund("reversed", "10.00", kind="CAPTURE.REVERSED")),
    "refund_pending": _captured("pending", refund("pending", "4.00", kind="REFUND.PENDING", status="PENDING")),
    "refund_failed": _captured(
        "failed", refund("failed", "4.00"), refund("failed", "4.00", DUE, kind="REFUND.FAILED", status="FAILED")
    ),
    "refund_never_made": _captured("never", refund("never", "4.00", kind="REFUND.FAILED", status="FAILED")),
    "dispute_lost": _captured(
        "lost", dispute("lost", "CREATED", LATER), dispute("lost", "UPDATED", _MEANWHILE),
        dispute("lost", "RESOLVED", _CLOSED, outcome="RESOLVED_BUYER_FAVOUR", lost="10.00"),
    ),
    "dispute_won": _captured(
        "won", dispute("won", "CREATED", LATER), dispute("won", "RESOLVED", _CLOSED, outcome="RESOLVED_SELLER_FAVOUR")
    ),
    "dispute_given_up": _captured(
        "given", dispute("given", "CREATED", LATER), dispute("given", "RESOLVED", _CLOSED, outcome="CANCELED_BY_BUYER")
    ),
    "dispute_paid_by_paypal": _captured(
        "paid", dispute("paid", "CREATED", LATER),
        dispute("paid", "RESOLVED", _CLOSED, outcome="RESOLVED_WITH_PAYOUT", lost="10.00"),
    ),
    "dispute_of_a_part": _captured(
        "part", dispute("part", "CREATED", LATER, value="6.00"),
        dispute("part", "RESOLVED", _CLOSED, outcome="RESOLVED_BUYER_FAVOUR", value="6.00", lost="2.00"),
    ),
    "dispute_inquiry": _captured(
        "inquiry", dispute("inquiry", "CREATED", LATER, "INQUIRY"),
        dispute("inquiry", "RESOLVED", _CLOSED, "INQUIRY", "CANCELED_BY_BUYER"),
    ),
    "dispute_escalated": _captured(
        "escalated", dispute("escalated", "CREATED", LATER, "INQUIRY"), dispute("escalated", "UPDATED", _MEANWHILE),
        dispute("escalated", "RESOLVED", _CLOSED, outcome="RESOLVED_BUYER_FAVOUR"),
    ),
    "dispute_lost_in_the_inquiry": _captured(
        "settled", dispute("settled", "CREATED", LATER, "INQUIRY"),
        dispute("settled", "RESOLVED", _CLOSED, "INQUIRY", "RESOLVED_BUYER_FAVOUR", lost="10.00"),
    ),
    "dispute_met_in_the_inquiry": _captured(
        "agreed", dispute("agreed", "CREATED", LATER, "INQUIRY"), refund("agreed", "10.00", _MEANWHILE),
        dispute("agreed", "RESOLVED", _CLOSED, "INQUIRY", "RESOLVED_BUYER_FAVOUR", lost="10.00"),
    ),
    "dispute_reversed": _captured(
        "twice", dispute("twice", "CREATED", LATER), refund("twice", "10.00", _CLOSED, kind="CAPTURE.REVERSED"),
        dispute("twice", "RESOLVED", _CLOSED, outcome="RESOLVED_BUYER_FAVOUR"),
    ),
    "dispute_met": _captured(
        "met", dispute("met", "CREATED", LATER), refund("met", "10.00", _MEANWHILE),
        dispute("met", "RESOLVED", _CLOSED, outcome="CANCELED_BY_BUYER"),
    ),
    "dispute_of_a_sale": _with_plan(
        "disputed", subscription("disputed", "ACTIVATED"), sale("disputed", "10.00", id="C0disputed"),
        dispute("disputed", "CREATED", LATER),
    ),
    "dispute_of_nobody": [dispute("nobody", "CREATED", LATER)],
    "same_capture": [
        capture("same", "10.00", id="C0same"), refund("same", "4.00"), sale("same", "10.00", id="C0same"),
        sale("same", "-4.00", LATER, "REFUNDED", id="Rsame4.00", sale_id="C0same"),
    ],
    "same_denied": [
        capture("no", "10.00", kind="DENIED", id="C0no"), sale("no", "10.00", kind="DENIED", id="C0no", state="denied"),
    ],
    "invoice_paid": [invoice("paid", "PAID", AT, [listed("11.90", "P-1")])],
    "invoice_cash": [
        invoice("cash", "PAID", AT, [listed("5.00", "EXTR-1", **_CASH)]),
        invoice("cash", "PAID", LATER, [listed("5.00", "EXTR-1", **_CASH), listed("6.90", "EXTR-2", **_CASH)]),
    ],
    "invoice_and_sale": [
        invoice("sale", "PAID", AT, [listed("11.90", "Sinvoice")]), sale("invoiced", "11.90", id="Sinvoice"),
    ],
    "invoice_and_capture": [
        capture("invoiced", "11.90", id="C0invoice"), invoice("capture", "PAID", AT, [listed("11.90", "C0invoice")]),
    ],
    "invoice_refunded": [
        invoice("back", "PAID", AT, [listed("11.90", "P-2")]),
        invoice("back", "REFUNDED", LATER, [listed("11.90", "P-2")], [given_back("4.00", "R-2")]),
    ],
    "invoice_refund_told": [
        invoice("told", "REFUNDED", LATER, [listed("11.90", "C0told")], [given_back("4.00", "Rtold4.00")]),
        capture("told", "11.90", id="C0told"), refund("told", "4.00"),
    ],
    "invoice_disputed": [
        invoice("disputed", "PAID", AT, [listed("10.00", "C0claimed")]), dispute("claimed", "CREATED", LATER),
    ],
    "invoice_pending": [
        invoice("pending", "PAID", AT, [listed("11.90", "P-3", transaction_status="PENDING")], status="PAYMENT_PENDING")
    ],
    "invoice_created": [
        invoice(name, name.upper(), AT, []) for name in ("created", "scheduled", "updated", "cancelled")
    ],
    "invoice_before": [invoice_1("before", "PARTIALLY_PAID", [paid_1("P-4"), paid_1("P-5")])],
    "invoice_before_whole": [invoice_1("whole", "PAID", [paid_1("P-6")])],
    "invoice_before_parts": [
        invoice_1("parts", "PAID", [paid_1("P-7", "5.00"), paid_1(None, "6.90", type="EXTERNAL", method="CASH")])],
    "invoice_before_and_sale": [
        invoice_1("and_sale", "PAID", [paid_1(f"S-invoice-1-{AT}", "11.90")]),
        sale("invoice-1", "11.90")],
    "invoice_before_refunded": [
        invoice_1("returned", "PAID", [paid_1("P-8", "11.90")]),
        invoice_1("returned", "REFUNDED", [paid_1("P-8", "11.90")],
                  refunds=[paid_1("R-8", "4.00", date="2025-03-20 09:00:00 PDT")])],
    "sandbox": [
        in_sandbox(payload) for payload in _with_plan("sandbox", subscription("sandbox", "ACTIVATED"),
                                                      sale("sandbox", "10.00"))],
    "invoice_unread": [event("unread", "INVOICING.INVOICE.PAID", AT, {"invoice": None}, "invoices")],
    "authorised": [event("authorised", "PAYMENT.AUTHORIZATION.CREATED", AT, {"id": "A-1", "status": "CREATED"}, "x")],
    "product": [event("product", "CATALOG.PRODUCT.CREATED", AT, {"id": "PROD-1", "name": "n"}, "product")],
    "unknown": [subscription("unknown", "PURPLE")],
    "quarterly": _of("quarterly", cycle("REGULAR", "MONTH", "30.00", 3)),
    "weekly": _of("weekly", cycle("REGULAR", "WEEK", "3.00"), due="2025-03-12T10:00:00Z"),
    "every_30_days": _of("every_30_days", cycle("REGULAR", "DAY", "10.00", 30), due="2025-04-04T10:00:00Z"),
    "free": _of("free", cycle("REGULAR", "MONTH", "0")),
    "volume": [*_of("volume", _tiers("VOLUME"), quantity="8"), sale("volume", "24.00")],
    "tiered": _of("tiered", _tiers("TIERED"), quantity="8"),
    "tiered_within": [
        plan("tiered_within", _tiers("TIERED"), **_TAXED), subscription("tiered_within", "ACTIVATED", quantity="8"),
    ],
    "volume_grows": [
        *_of("volume_grows", _tiers("VOLUME"), quantity="4"), sale("volume_grows", "20.00"),
        subscription("volume_grows", "UPDATED", LATER, quantity="8"), sale("volume_grows", "24.00", DUE),
    ],
    "untold_plan_grows": [
        subscription("untold_plan_grows", "ACTIVATED"), sale("untold_plan_grows", "10.00"),
        subscription("untold_plan_grows", "UPDATED", LATER, quantity="2"), sale("untold_plan_grows", "20.00", DUE),
        sale("untold_plan_grows", "20.00", _MAY),
    ],
    "trials_of_two_prices": [
        plan("trials_of_two_prices", _FREE, cycle("TRIAL", "MONTH", "5.00", 1, 2) | {"sequence": 2},
             cycle("REGULAR", "MONTH", "10.00")),
        subscription("trials_of_two_prices", "ACTIVATED", due="2025-03-19T10:00:00Z", trial=True),
        sale("trials_of_two_prices", "5.00", "2025-03-19T10:00:00Z"),
        sale("trials_of_two_prices", "5.00", "2025-04-19T10:00:00Z"),
        sale("trials_of_two_prices", "10.00", "2025-05-19T10:00:00Z"),
    ],
    "overridden": [plan("overridden"), subscription("overridden", "ACTIVATED", plan_overridden=True, plan={
        "billing_cycles": [cycle("REGULAR", "MONTH", "8.00")], "name": "overridden"})],
    "nobody_told": _with_plan("nobody_told", subscription("nobody_told", "ACTIVATED", subscriber=None, quantity=None,
                              custom_id=None, shipping_amount=None)),
    "activated_twice": _with_plan(
        "activated_twice", subscription("activated_twice", "ACTIVATED"),
        subscription("activated_twice", "ACTIVATED") | {"id": "WH-of-another-webhook-2"},
    ),
    "told_late": [
        sale("told_late", "10.00", DUE), sale("told_late", "10.00"), subscription("told_late", "ACTIVATED"),
        plan("told_late"),
    ],
    "renewed_twice": _with_plan(
        "renewed_twice", subscription("renewed_twice", "ACTIVATED"), sale("renewed_twice", "10.00"),
        sale("renewed_twice", "10.00", DUE), sale("renewed_twice", "10.00", _MAY),
    ),
    "postage": _with_plan(
        "postage", subscription("postage", "ACTIVATED", shipping_amount={"currency_code": "EUR", "value": "2.00"}),
        sale("postage", "12.00", DUE, **_POSTAGE),
    ),
    "trial_cheap_over": [
        plan("trial_cheap_over", _CHEAP, cycle("REGULAR", "MONTH", "10.00")),
        subscription("trial_cheap_over", "ACTIVATED", trial=True), sale("trial_cheap_over", "1.00"),
        sale("trial_cheap_over", "10.00", DUE),
    ],
    "trial_left": [
        plan("trial_left", _FREE, cycle("REGULAR", "MONTH", "10.00")),
        subscription("trial_left", "ACTIVATED", due="2025-03-19T10:00:00Z", trial=True),
        subscription("trial_left", "CANCELLED", LATER, due="2025-03-19T10:00:00Z", trial=True),
    ],
    "trial_not_paid": [
        plan("trial_not_paid", _FREE, cycle("REGULAR", "MONTH", "10.00")),
        subscription("trial_not_paid", "ACTIVATED", due="2025-03-19T10:00:00Z", trial=True),
        subscription("trial_not_paid", "PAYMENT.FAILED", "2025-03-19T10:00:00Z", failures=1, trial=True),
        subscription("trial_not_paid", "SUSPENDED", "2025-03-29T10:00:00Z", failures=2, due=None, trial=True),
    ],
    "yearly_from_now": [
        plan("yearly_from_now"), plan("a-year", cycle("REGULAR", "YEAR", "100.00")),
        subscription("yearly_from_now", "ACTIVATED"),
        subscription("yearly_from_now", "UPDATED", LATER, plan_id="P-a-year", due="2026-03-10T10:00:00Z"),
    ],
    "quantity_risen": _with_plan(
        "quantity_risen", subscription("quantity_risen", "ACTIVATED"),
        subscription("quantity_risen", "UPDATED", LATER, quantity="3"),
    ),
    "plan_dearer": _with_plan(
        "plan_dearer", subscription("plan_dearer", "ACTIVATED"),
        event("plan_dearer", "BILLING.PLAN.PRICING-CHANGE.ACTIVATED", LATER,
              plan("plan_dearer", cycle("REGULAR", "MONTH", "12.00"))["resource"], "plan"),
        sale("plan_dearer", "12.00", DUE),
    ),
    "failed_thrice": _with_plan(
        "failed_thrice", subscription("failed_thrice", "ACTIVATED"),
        *(subscription("failed_thrice", "PAYMENT.FAILED", f"2025-04-{day:02}T10:00:00Z", failures=number)
          for number, day in enumerate((5, 10, 15), start=1)),
    ),
    "failed_told_twice": _with_plan(
        "failed_told_twice", subscription("failed_told_twice", "ACTIVATED"),
        subscription("failed_told_twice", "PAYMENT.FAILED", DUE, failures=1),
        subscription("failed_told_twice", "PAYMENT.FAILED", DUE, failures=1) | {"id": "WH-of-another-webhook-4"},
    ),
    "held_then_paid": _with_plan(
        "held_then_paid", subscription("held_then_paid", "ACTIVATED"),
        subscription("held_then_paid", "PAYMENT.FAILED", DUE, failures=1),
        subscription("held_then_paid", "SUSPENDED", "2025-04-10T10:00:00Z", failures=2, due=None),
        subscription("held_then_paid", "ACTIVATED", "2025-04-20T10:00:00Z", due="2025-05-20T10:00:00Z"),
        sale("held_then_paid", "10.00", "2025-04-20T10:00:00Z"),
    ),
    "held_then_cancelled": _with_plan(
        "held_then_cancelled", subscription("held_then_cancelled", "ACTIVATED"),
        subscription("held_then_cancelled", "PAYMENT.FAILED", DUE, failures=1),
        subscription("held_then_cancelled", "SUSPENDED", "2025-04-10T10:00:00Z", failures=2, due=None),
        subscription("held_then_cancelled", "CANCELLED", "2025-04-20T10:00:00Z", failures=2, due=None),
    ),
    "cancelled_at_once": _with_plan(
        "cancelled_at_once", subscription("cancelled_at_once", "ACTIVATED"),
        subscription("cancelled_at_once", "CANCELLED", LATER, due=None),
    ),
    "cancelled_and_back": _with_plan(
        "cancelled_and_back", subscription("cancelled_and_back", "ACTIVATED"),
        subscription("cancelled_and_back", "CANCELLED", LATER, due=None),
        subscription("cancelled_and_back", "ACTIVATED", DUE, id="I-cancelled_and_back-2", due=_MAY, start_time=DUE,
                     create_time=DUE),
    ),
    "paused_then_cancelled": _with_plan(
        "paused_then_cancelled", subscription("paused_then_cancelled", "ACTIVATED"),
        subscription("paused_then_cancelled", "SUSPENDED", LATER, due=None),
        subscription("paused_then_cancelled", "CANCELLED", "2025-03-20T10:00:00Z", due=None),
    ),
    "refund_in_parts": [
        sale("refund_in_parts", "10.00"),
        sale("refund_in_parts", "-4.00", LATER, "REFUNDED", sale_id=f"S-refund_in_parts-{AT}",
             billing_agreement_id=None),
        sale("refund_in_parts", "-6.00", DUE, "REFUNDED", sale_id=f"S-refund_in_parts-{AT}",
             billing_agreement_id=None),
    ],
    "refund_told_late": [
        sale("refund_told_late", "-10.00", LATER, "REFUNDED", sale_id=f"S-refund_told_late-{AT}",
             billing_agreement_id=None),
        sale("refund_told_late", "10.00"),
    ],
    "yen": [
        plan("yen", cycle("REGULAR", "MONTH", "1200") | {"pricing_scheme": {"version": 1, "create_time": AT,
             "fixed_price": {"value": "1200", "currency_code": "JPY"}}}),
        subscription("yen", "ACTIVATED"),
        sale("yen", "1200", amount={"total": "1200", "currency": "JPY", "details": {"subtotal": "1200"}}),
    ],
    "order_completed": [
        capture("order_completed", "10.00"),
        event("order_completed", "CHECKOUT.ORDER.COMPLETED", AT, {"id": "O-order_completed", "status": "COMPLETED"},
              "checkout-order"),
    ],
    "capture_told_twice": [
        capture("capture_told_twice", "10.00"),
        capture("capture_told_twice", "10.00") | {"id": "WH-of-another-webhook-3"},
    ],
    "capture_pending_then_paid": [
        capture("capture_pending_then_paid", "10.00", kind="PENDING", status_details={"reason": "ECHECK"}),
        capture("capture_pending_then_paid", "10.00", LATER),
    ],
}  # fmt: skip
