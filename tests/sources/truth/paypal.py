"""PayPal's webhook events as its API reference shows them, one subscription a case."""

from __future__ import annotations

from typing import Any

Payload = dict[str, Any]
AT, DUE, LATER = "2025-03-05T10:00:00Z", "2025-04-05T10:00:00Z", "2025-03-10T10:00:00Z"
LINKS = [{"href": "https://api.paypal.com/v1/x", "rel": "self", "method": "GET", "encType": "application/json"}]


def event(name: str, kind: str, at: str, resource: Payload, resource_type: str = "subscription") -> Payload:
    """An event with its whole envelope."""
    return {
        "id": f"WH-{name}-{kind}-{at}", "event_version": "1.0", "create_time": at, "resource_type": resource_type,
        "resource_version": "2.0", "event_type": kind, "summary": kind, "resource": resource, "links": LINKS,
    }  # fmt: skip


def cycle(tenure: str, unit: str, price: str, count: int = 1, total: int = 0) -> Payload:
    """A billing cycle of a plan."""
    return {
        "tenure_type": tenure, "sequence": 1 if tenure == "TRIAL" else 2, "total_cycles": total,
        "frequency": {"interval_unit": unit, "interval_count": count},
        "pricing_scheme": {"version": 1, "fixed_price": {"value": price, "currency_code": "EUR"}, "create_time": AT},
    }  # fmt: skip


def plan(name: str, *cycles: Payload, **fields: Any) -> Payload:
    """A plan of PayPal, told before anything else."""
    resource = {
        "id": f"P-{name}", "product_id": "PROD-1", "name": name, "description": "d", "status": "ACTIVE",
        "usage_type": "LICENSED", "billing_cycles": list(cycles) or [cycle("REGULAR", "MONTH", "10.00")],
        "payment_preferences": {"auto_bill_outstanding": True, "setup_fee": {"value": "0", "currency_code": "EUR"},
                                "setup_fee_failure_action": "CONTINUE", "payment_failure_threshold": 1},
        "quantity_supported": True, "create_time": "2025-01-01T00:00:00Z", "update_time": "2025-01-01T00:00:00Z",
        "links": LINKS,
    }  # fmt: skip
    return event(name, "BILLING.PLAN.CREATED", "2025-01-01T00:00:00Z", resource | fields, "plan")


def subscription(name: str, kind: str, at: str = AT, *, due: str | None = DUE, trial: bool = False, failures: int = 0,
                 **fields: Any) -> Payload:  # fmt: skip
    """An event of a subscription of the plan of its case."""
    executions = [
        {"tenure_type": "REGULAR", "sequence": 2, "cycles_completed": 0 if trial else 1, "cycles_remaining": 0,
         "current_pricing_scheme_version": 1, "total_cycles": 0},
    ]  # fmt: skip
    if trial:
        executions.insert(0, {"tenure_type": "TRIAL", "sequence": 1, "cycles_completed": 0, "total_cycles": 1})
    billing: Payload = {
        "outstanding_balance": {"currency_code": "EUR", "value": "0.0"}, "cycle_executions": executions,
        "failed_payments_count": failures,
        "last_payment": {"amount": {"currency_code": "EUR", "value": "10.0"}, "time": at},
    }  # fmt: skip
    if due:
        billing["next_billing_time"] = due
    if failures:
        amount = {"currency_code": "EUR", "value": "10.0"}
        billing["last_failed_payment"] = {"amount": amount, "time": at, "reason_code": "PAYMENT_DENIED"}
    person = {"payer_id": "PAYER", "email_address": "a@example.com", "name": {"given_name": "A", "surname": "B"},
              "shipping_address": {"address": {"country_code": "DE", "postal_code": "1"}}}  # fmt: skip
    resource = {
        "id": f"I-{name}", "plan_id": f"P-{name}", "status": "ACTIVE", "status_update_time": at, "start_time": AT,
        "quantity": "1", "shipping_amount": {"currency_code": "EUR", "value": "0.0"}, "subscriber": person,
        "auto_renewal": True, "plan_overridden": False, "create_time": AT, "update_time": at, "custom_id": "c-1",
        "billing_info": billing, "links": LINKS,
    }  # fmt: skip
    return event(name, f"BILLING.SUBSCRIPTION.{kind}", at, resource | fields)


def sale(name: str, total: str, at: str = AT, kind: str = "COMPLETED", **fields: Any) -> Payload:
    """A sale of the subscription of its case."""
    resource = {
        "id": f"S-{name}-{at}", "billing_agreement_id": f"I-{name}", "state": "completed",
        "payment_mode": "INSTANT_TRANSFER",
        "amount": {"total": total, "currency": "EUR", "details": {"subtotal": total}}, "create_time": at,
        "protection_eligibility": "ELIGIBLE", "protection_eligibility_type": "ITEM_NOT_RECEIVED_ELIGIBLE",
        "transaction_fee": {"value": "0.59", "currency": "EUR"}, "invoice_number": "", "update_time": at,
        "links": LINKS,
    }  # fmt: skip
    return event(name, f"PAYMENT.SALE.{kind}", at, resource | fields, "sale")


def capture(name: str, value: str, at: str = AT, kind: str = "COMPLETED", **fields: Any) -> Payload:
    """A captured payment of an order, as version 2 of the payments API shows it."""
    amount = {"currency_code": "EUR", "value": value}
    resource = {
        "id": f"C-{name}", "status": kind, "amount": amount, "invoice_id": f"invoice-{name}", "custom_id": "c-1",
        "final_capture": True, "disbursement_mode": "INSTANT",
        "seller_protection": {"status": "ELIGIBLE", "dispute_categories": ["ITEM_NOT_RECEIVED"]},
        "seller_receivable_breakdown": {
            "gross_amount": amount, "paypal_fee": {"currency_code": "EUR", "value": "0.59"}, "net_amount": amount,
        },
        "supplementary_data": {"related_ids": {"order_id": f"O-{name}"}},
        "create_time": at, "update_time": at, "links": LINKS,
    }  # fmt: skip
    return event(name, f"PAYMENT.CAPTURE.{kind}", at, resource | fields, "capture")


def refund(name: str, value: str, at: str = LATER, kind: str = "CAPTURE.REFUNDED", **fields: Any) -> Payload:
    """What came back of the capture of its case, which stands in its links alone."""
    amount = {"currency_code": "EUR", "value": value}
    up = {"href": f"https://api.paypal.com/v2/payments/captures/C{name}", "rel": "up", "method": "GET"}
    resource = {
        "id": f"R{name}{value}", "status": "COMPLETED", "amount": amount, "note_to_payer": "n",
        "seller_payable_breakdown": {"gross_amount": amount, "net_amount": amount, "total_refunded_amount": amount},
        "create_time": at, "update_time": at, "links": [LINKS[0], up],
    }  # fmt: skip
    return event(f"{name}-{value}", f"PAYMENT.{kind}", at, resource | fields, "refund")


def dispute(name: str, kind: str, at: str, stage: str = "CHARGEBACK", outcome: str = "", *, value: str = "10.00",
            lost: str = "") -> Payload:  # fmt: skip
    """A dispute about the sale or capture of its case."""
    money = {"currency_code": "EUR", "value": value}
    disputed: Payload = {
        "buyer_transaction_id": f"B{name}", "seller_transaction_id": f"C{name}", "create_time": AT,
        "transaction_status": "COMPLETED", "gross_amount": money, "invoice_number": "1", "items": [],
        "buyer": {"name": "A"}, "seller": {"merchant_id": "M", "name": "S"}, "seller_protection_eligible": True,
    }  # fmt: skip
    resource: Payload = {
        "dispute_id": f"PP-D-{name}", "create_time": LATER, "update_time": at, "disputed_transactions": [disputed],
        "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED", "status": "RESOLVED" if outcome else "UNDER_REVIEW",
        "dispute_amount": money, "dispute_life_cycle_stage": stage, "dispute_channel": "INTERNAL", "messages": [],
        "extensions": {}, "links": LINKS,
    }  # fmt: skip
    if outcome:
        resource["dispute_outcome"] = {"outcome_code": outcome}
        if lost:
            resource["dispute_outcome"]["amount_refunded"] = money | {"value": lost}
    return event(name, f"CUSTOMER.DISPUTE.{kind}", at, resource, "dispute")


def listed(value: str, number: str, **fields: Any) -> Payload:
    """A payment as an invoice lists it, made by way of PayPal."""
    paid = {"type": "PAYPAL", "payment_id": number, "transaction_type": "SALE", "payment_date": "2025-03-05",
            "method": "PAYPAL", "amount": {"currency_code": "EUR", "value": value}, "note": "n",
            "transaction_status": "SUCCESS"}  # fmt: skip
    return paid | fields


def given_back(value: str, number: str, **fields: Any) -> Payload:
    """A refund as an invoice lists it."""
    amount = {"currency_code": "EUR", "value": value}
    return {"type": "PAYPAL", "refund_id": number, "refund_date": "2025-03-10", "amount": amount,
            "method": "PAYPAL"} | fields  # fmt: skip


def invoice(name: str, kind: str, at: str, paid: list[Payload], returned: list[Payload] | None = None,
            **fields: Any) -> Payload:  # fmt: skip
    """An event of an invoice of 11.90 with 1.90 of tax, as version 2 of the invoicing API shows it."""
    money = {"currency_code": "EUR", "value": "11.90"}
    document: Payload = {
        "id": f"INV2-{name}", "status": kind, "parent_id": "INV2-0", "unilateral": False,
        "detail": {"currency_code": "EUR", "invoice_number": "1", "reference": "r", "invoice_date": "2025-03-01",
                   "note": "n", "payment_term": {"term_type": "NET_10", "due_date": "2025-03-11"},
                   "metadata": {"create_time": AT, "last_update_time": at}},
        "invoicer": {"name": {"given_name": "S"}, "email_address": "s@example.com"},
        "primary_recipients": [{"billing_info": {"name": {"given_name": "A"}, "email_address": "A@example.com"}}],
        "items": [{"id": "ITEM-1", "name": "n", "quantity": "1", "unit_amount": {"currency_code": "EUR", "value": "10"},
                   "tax": {"name": "VAT", "percent": "19"}}],
        "configuration": {"tax_calculated_after_discount": True, "tax_inclusive": False, "allow_tip": False},
        "amount": money | {"breakdown": {"item_total": {"currency_code": "EUR", "value": "10.00"},
                                         "tax_total": {"currency_code": "EUR", "value": "1.90"}}},
        "due_amount": {"currency_code": "EUR", "value": "0.00"},
        "payments": {"paid_amount": money, "transactions": paid}, "links": LINKS,
    }  # fmt: skip
    if returned:
        document["refunds"] = {"refund_amount": money, "transactions": returned}
    return event(name, f"INVOICING.INVOICE.{kind}", at, {"invoice": document | fields}, "invoices")


_CASH = {"type": "EXTERNAL", "method": "CASH"}


def _captured(name: str, *payloads: Payload) -> list[Payload]:
    """A capture of 10.00 whose id is of letters, as links have it, and what followed."""
    return [capture(name, "10.00", id=f"C{name}"), *payloads]


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
        "disputed", subscription("disputed", "ACTIVATED"), sale("disputed", "10.00", id="Cdisputed"),
        dispute("disputed", "CREATED", LATER),
    ),
    "dispute_of_nobody": [dispute("nobody", "CREATED", LATER)],
    "same_capture": [
        capture("same", "10.00", id="Csame"), refund("same", "4.00"), sale("same", "10.00", id="Csame"),
        sale("same", "-4.00", LATER, "REFUNDED", id="Rsame4.00", sale_id="Csame"),
    ],
    "same_denied": [
        capture("no", "10.00", kind="DENIED", id="Cno"), sale("no", "10.00", kind="DENIED", id="Cno", state="denied"),
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
        capture("invoiced", "11.90", id="Cinvoice"), invoice("capture", "PAID", AT, [listed("11.90", "Cinvoice")]),
    ],
    "invoice_refunded": [
        invoice("back", "PAID", AT, [listed("11.90", "P-2")]),
        invoice("back", "REFUNDED", LATER, [listed("11.90", "P-2")], [given_back("4.00", "R-2")]),
    ],
    "invoice_refund_told": [
        invoice("told", "REFUNDED", LATER, [listed("11.90", "Ctold")], [given_back("4.00", "Rtold4.00")]),
        capture("told", "11.90", id="Ctold"), refund("told", "4.00"),
    ],
    "invoice_disputed": [
        invoice("disputed", "PAID", AT, [listed("10.00", "Cclaimed")]), dispute("claimed", "CREATED", LATER),
    ],
    "invoice_pending": [
        invoice("pending", "PAID", AT, [listed("11.90", "P-3", transaction_status="PENDING")], status="PAYMENT_PENDING")
    ],
    "invoice_created": [
        invoice(name, name.upper(), AT, []) for name in ("created", "scheduled", "updated", "cancelled")
    ],
    "invoice_before": [invoice("before", "PAID", AT, [], payments=[{"type": "PAYPAL", "transaction_id": "P-4",
        "transaction_type": "SALE", "date": "2014-02-27 PST", "method": "PAYPAL", "note": "n"}])],
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
