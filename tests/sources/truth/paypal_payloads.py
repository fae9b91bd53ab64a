"""PayPal's webhook events as its API reference shows them, with every field that it may send.

Belongs here: payloads. Does not belong here: cases (``tests.sources.truth.paypal``).
"""

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
    up = {"href": f"https://api.paypal.com/v2/payments/captures/C0{name}", "rel": "up", "method": "GET"}
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
        "buyer_transaction_id": f"B{name}", "seller_transaction_id": f"C0{name}", "create_time": AT,
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


def paid_1(number: str | None, amount: str | None = None, *, date: str = "2025-03-05 02:00:00 PST",
           **fields: Any) -> Payload:  # fmt: skip
    """A payment or refund of an invoice, as version 1 of the invoicing API lists it."""
    entry: Payload = {"type": "PAYPAL", "transaction_type": "SALE", "date": date, "method": "PAYPAL", "note": "n"}
    entry |= {"transaction_id": number} if number else {}
    return entry | ({"amount": {"currency": "EUR", "value": amount}} if amount else {}) | fields


def invoice_1(name: str, kind: str, paid: list[Payload], **fields: Any) -> Payload:
    """An event of an invoice of 11.90, as version 1 of the invoicing API shows it."""
    total = {"currency": "EUR", "value": "11.90"}
    document: Payload = {
        "id": f"INV2-1-{name}", "number": "2498", "template_id": "TEMP-1", "status": kind,
        "merchant_info": {"email": "s@example.com", "business_name": "S"},
        "billing_info": [{"email": "A@example.com", "first_name": "A", "last_name": "B", "additional_info": "C"}],
        "items": [{"name": "n", "quantity": 1, "unit_price": {"currency": "EUR", "value": "11.90"}}],
        "invoice_date": "2025-03-05 PST", "payment_term": {"term_type": "NET_15", "due_date": "2025-03-20 PDT"},
        "tax_calculated_after_discount": False, "tax_inclusive": True, "note": "n", "total_amount": total,
        "payments": paid, "metadata": {"created_date": "2025-03-05 01:00:00 PST"}, "paid_amount": {"paypal": total},
        "links": LINKS,
    }  # fmt: skip
    event_kind = "REFUNDED" if kind == "REFUNDED" else "PAID"
    return event(name, f"INVOICING.INVOICE.{event_kind}", AT, {"invoice": document | fields}, "invoices")


def in_sandbox(payload: Payload) -> Payload:
    """The same event as the sandbox sends it."""
    link = LINKS[0] | {"href": "https://api.sandbox.paypal.com/v1/notifications/webhooks-events/WH-1"}
    return payload | {"links": [link]}
