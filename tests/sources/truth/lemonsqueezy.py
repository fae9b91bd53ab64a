"""Webhooks of Lemon Squeezy as its documentation shows them, one subscription a case."""

from __future__ import annotations

from typing import Any

Payload = dict[str, Any]
AT, LATER, DUE = "2025-03-05T09:00:00.000000Z", "2025-03-20T10:00:00.000000Z", "2025-04-05T09:00:00.000000Z"


def hook(kind: str, data: Payload) -> Payload:
    """A webhook around an object."""
    return {"meta": {"event_name": kind, "webhook_id": "w", "test_mode": False, "custom_data": {}}, "data": data}


def subscription(name: str, kind: str, **fields: Any) -> Payload:
    """An event of a subscription that began on 5 March and renews a month later."""
    attributes: Payload = {
        "store_id": 1,
        "customer_id": 2,
        "order_id": 3,
        "order_item_id": 4,
        "product_id": 5,
        "variant_id": 6,
        "product_name": "Stream",
        "variant_name": "Monthly",
        "user_name": "A",
        "user_email": "a@example.com",
        "status": "active",
        "status_formatted": "Active",
        "card_brand": "visa",
        "card_last_four": "4242",
        "pause": None,
        "cancelled": False,
        "trial_ends_at": None,
        "billing_anchor": 5,
        "renews_at": DUE,
        "ends_at": None,
        "first_subscription_item": {
            "id": 1,
            "subscription_id": 1,
            "price_id": 1,
            "quantity": 1,
            "is_usage_based": False,
        },
        "urls": {"update_payment_method": "u", "customer_portal": "c"},
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
    }
    return hook(f"subscription_{kind}", {"type": "subscriptions", "id": name, "attributes": attributes | fields})


def invoice(name: str, kind: str, reason: str = "renewal", **fields: Any) -> Payload:
    """An event of an invoice of 10.00, 1.00 off and 1.90 of tax on top."""
    attributes: Payload = {
        "store_id": 1,
        "subscription_id": name,
        "customer_id": 2,
        "user_name": "A",
        "user_email": "a@example.com",
        "billing_reason": reason,
        "card_brand": "visa",
        "card_last_four": "4242",
        "currency": "EUR",
        "currency_rate": "1.1",
        "status": "paid",
        "status_formatted": "Paid",
        "refunded": False,
        "refunded_at": None,
        "subtotal": 1000,
        "discount_total": 100,
        "tax": 171,
        "tax_inclusive": False,
        "total": 1071,
        "refunded_amount": 0,
        "subtotal_usd": 1100,
        "discount_total_usd": 110,
        "tax_usd": 188,
        "total_usd": 1178,
        "urls": {"invoice_url": "i"},
        "created_at": AT,
        "updated_at": AT,
        "test_mode": False,
    }
    data = {"type": "subscription-invoices", "id": f"inv-{name}-{kind}-{reason}", "attributes": attributes | fields}
    return hook(f"subscription_payment_{kind}", data)


def _with_invoice(name: str, kind: str, **fields: Any) -> list[Payload]:
    return [subscription(name, kind, **fields), invoice(name, "success", "initial")]


_REFUND: Payload = {"refunded": True, "refunded_at": LATER, "refunded_amount": 500, "status": "partial_refund"}
_TRIAL: Payload = {"status": "on_trial", "trial_ends_at": LATER, "renews_at": LATER}
_MAY, _SECONDS = "2025-05-05T09:00:00.000000Z", "09:00:00.000000Z"


_NEXT_MARCH = "2026-03-20T10:00:00.000000Z"
_PLAIN: Payload = {"tax": 0, "discount_total": 0}


def _paid(name: str, at: str, kind: str = "success", **fields: Any) -> Payload:
    """An invoice of its own at a time."""
    told = invoice(name, kind, created_at=at, updated_at=at, **fields)
    told["data"]["id"] = f"inv-{name}-{at}"
    return told


CASES: dict[str, list[Payload]] = {
    "created": _with_invoice("created", "created"),
    "created_year": _with_invoice("created_year", "created", renews_at="2026-03-05T09:00:00.000000Z"),
    "created_unpriced": [subscription("created_unpriced", "created")],
    "trial": [
        subscription("trial", "created", status="on_trial", trial_ends_at=LATER, renews_at=LATER),
        subscription(
            "trial", "updated", updated_at=LATER, billing_anchor=20, trial_ends_at=None,
            renews_at="2025-04-20T10:00:00.000000Z"
        ),
        invoice("trial", "success", created_at=LATER, updated_at=LATER),
    ],
    "renewed": [subscription("renewed", "updated"), invoice("renewed", "success")],
    "renewed_inclusive": [
        subscription("renewed_inclusive", "updated"),
        invoice("renewed_inclusive", "success", tax_inclusive=True),
    ],
    "first_payment": [invoice("first_payment", "success", "initial")],
    "plan_changed": [
        *_with_invoice("plan_changed", "created"),
        subscription("plan_changed", "plan_changed", variant_id=9, updated_at=LATER),
    ],
    "updated": [subscription("updated", "updated")],
    "cancelled": [subscription("cancelled", "cancelled", status="cancelled", cancelled=True, ends_at=DUE)],
    "resumed": [subscription("resumed", "resumed")],
    "expired": [subscription("expired", "expired", status="expired", ends_at=AT)],
    "paused": [subscription("paused", "paused", status="paused", pause={"mode": "void", "resumes_at": DUE})],
    "unpaused": [subscription("unpaused", "unpaused")],
    "failed": [invoice("failed", "failed", status="pending")],
    "recovered": [invoice("recovered", "recovered")],
    "refunded": [invoice("refunded", "refunded", **_REFUND)],
    "refunded_twice": [
        invoice("refunded_twice", "refunded", **_REFUND),
        invoice("refunded_twice", "refunded", **_REFUND | {"refunded_amount": 800, "updated_at": DUE}),
    ],
    "refunded_whole": [
        invoice("refunded_whole", "refunded", **_REFUND),
        invoice("refunded_whole", "refunded",
                **_REFUND | {"refunded_amount": 1071, "status": "refunded", "refunded_at": DUE}),
    ],
    "near_renewal": [
        *_with_invoice("near_renewal", "created", renews_at="2026-03-05T09:00:00.000000Z"),
        subscription("near_renewal", "updated", updated_at="2026-02-26T09:00:00.000000Z",
                     renews_at="2026-03-05T09:00:00.000000Z"),
        invoice("near_renewal", "success", created_at="2026-03-05T09:00:00.000000Z"),
    ],
    "prorated": [
        *_with_invoice("prorated", "created"),
        invoice("prorated", "success", "updated", subtotal=350, discount_total=0, tax=0, total=350,
                created_at=LATER, updated_at=LATER),
        invoice("prorated", "success", created_at=DUE, updated_at=DUE),
    ],
    "unpaid": [
        *_with_invoice("unpaid", "created"), subscription("unpaid", "updated", status="unpaid", updated_at=LATER),
    ],
    "past_due": [
        *_with_invoice("past_due", "created"),
        subscription("past_due", "updated", status="past_due", updated_at=LATER, renews_at="2025-03-25T09:00:00Z"),
    ],
    "created_week": _with_invoice("created_week", "created", renews_at="2025-03-12T09:00:00.000000Z"),
    "created_quarter": _with_invoice("created_quarter", "created", renews_at="2025-06-05T09:00:00.000000Z"),
    "yen": [subscription("yen", "updated"), invoice(
        "yen", "success", currency="JPY", subtotal=1000, discount_total=0, tax=100, total=1100)],
    "custom_customer": [
        hook("subscription_created", subscription("custom_customer", "created")["data"])
        | {"meta": {"event_name": "subscription_created", "custom_data": {"customer_id": "own-7"}}},
        invoice("custom_customer", "success", "initial"),
    ],
    "paused_free": [subscription("paused_free", "paused", status="paused", pause={"mode": "free", "resumes_at": None})],
    "end_of_month": [
        subscription("end_of_month", "updated", billing_anchor=31, updated_at="2025-02-28T09:00:00.000000Z",
                     renews_at="2025-03-31T09:00:00.000000Z"),
        invoice("end_of_month", "success", created_at="2025-02-28T09:00:00.000000Z"),
    ],
    "order_refunded": [hook("order_refunded", {"type": "orders", "id": "2", "attributes": {
        "created_at": AT, "updated_at": AT, "customer_id": 2, "refunded": True, "refunded_at": AT, "total": 1071}})],
    "license": [hook("license_key_created", {"type": "license-keys", "id": "3", "attributes": {
        "created_at": AT, "updated_at": AT, "customer_id": 2, "status": "inactive"}})],
    "order": [hook("order_created", {"type": "orders", "id": "1", "attributes": {"created_at": AT, "updated_at": AT}})],
    "test": [subscription("test", "created", test_mode=True)],
    "unknown": [subscription("unknown", "turned_purple")],
    "created_half": _with_invoice("created_half", "created", renews_at=f"2025-09-05T{_SECONDS}"),
    "created_two": _with_invoice("created_two", "created", renews_at=_MAY),
    "told_twice": _with_invoice("told_twice", "created") * 2,
    "told_late": [_paid("told_late", DUE), *_with_invoice("told_late", "created")],
    "renewed_twice": [*_with_invoice("renewed_twice", "created"), _paid("renewed_twice", DUE),
                      _paid("renewed_twice", _MAY)],
    "price_risen": [
        *_with_invoice("price_risen", "created"), _paid("price_risen", DUE, subtotal=1200, discount_total=0, tax=0,
                                                       total=1200),
    ],
    "whole_discount": [
        *_with_invoice("whole_discount", "created"), _paid("whole_discount", DUE, discount_total=1000, tax=0, total=0),
    ],
    "yearly_from_now": [
        *_with_invoice("yearly_from_now", "created"),
        subscription("yearly_from_now", "plan_changed", variant_id=9, billing_anchor=20, renews_at=_NEXT_MARCH,
                     updated_at=LATER),
        _paid("yearly_from_now", LATER, reason="updated", **_PLAIN | {"subtotal": 9000, "total": 9000}),
        _paid("yearly_from_now", _NEXT_MARCH, **_PLAIN | {"subtotal": 10000, "total": 10000}),
    ],
    "trial_extended": [
        subscription("trial_extended", "created", **_TRIAL),
        subscription("trial_extended", "updated", **_TRIAL | {"trial_ends_at": _MAY, "renews_at": _MAY,
                                                              "updated_at": "2025-03-12T10:00:00.000000Z"}),
    ],
    "trial_left": [
        subscription("trial_left", "created", **_TRIAL), invoice("trial_left", "success", "initial", subtotal=1000),
        subscription("trial_left", "cancelled", status="cancelled", cancelled=True, ends_at=LATER,
                     updated_at=f"2025-03-07T{_SECONDS}"),
        subscription("trial_left", "expired", status="expired", ends_at=LATER, updated_at=LATER),
    ],
    "trial_not_paid": [
        subscription("trial_not_paid", "created", **_TRIAL), _paid("trial_not_paid", LATER, "failed", status="pending"),
        subscription("trial_not_paid", "expired", status="expired", ends_at=DUE, updated_at=DUE),
    ],
    "failed_twice": [
        *_with_invoice("failed_twice", "created"), _paid("failed_twice", DUE, "failed", status="pending"),
        hook("subscription_payment_failed", _paid("failed_twice", DUE, "failed", status="pending")["data"] | {
            "attributes": invoice("failed_twice", "failed", status="pending", created_at=DUE,
                                  updated_at=f"2025-04-08T{_SECONDS}")["data"]["attributes"]}),
        subscription("failed_twice", "expired", status="expired", ends_at=_MAY, updated_at=_MAY),
    ],
    "failed_then_paid": [
        *_with_invoice("failed_then_paid", "created"), _paid("failed_then_paid", DUE, "failed", status="pending"),
        _paid("failed_then_paid", DUE, "recovered"), _paid("failed_then_paid", DUE),
    ],
    "left": [
        *_with_invoice("left", "created"),
        subscription("left", "cancelled", status="cancelled", cancelled=True, ends_at=DUE, updated_at=LATER),
        subscription("left", "expired", status="expired", ends_at=DUE, updated_at=DUE),
    ],
    "stays": [
        *_with_invoice("stays", "created"),
        subscription("stays", "cancelled", status="cancelled", cancelled=True, ends_at=DUE, updated_at=LATER),
        subscription("stays", "resumed", updated_at=f"2025-03-22T{_SECONDS}"), _paid("stays", DUE),
    ],
    "paused_and_back": [
        *_with_invoice("paused_and_back", "created"),
        subscription("paused_and_back", "paused", status="paused", pause={"mode": "void", "resumes_at": _MAY},
                     updated_at=LATER),
        subscription("paused_and_back", "unpaused", updated_at=_MAY, renews_at=f"2025-06-05T{_SECONDS}"),
    ],
    "back_later": [
        subscription("back_later", "expired", status="expired", ends_at=DUE, updated_at=DUE),
        subscription("back_later-2", "created", created_at=_MAY, updated_at=_MAY, renews_at=f"2025-06-05T{_SECONDS}"),
        _paid("back_later-2", _MAY, reason="initial"),
    ],
    "won": [subscription("won", "updated"), invoice(
        "won", "success", currency="KRW", subtotal=9900, discount_total=0, tax=0, total=9900)],
    "refund_of_yen": [invoice("refund_of_yen", "refunded", **_REFUND | {"currency": "JPY", "total": 1100})],
    "refund_told_twice": [invoice("refund_told_twice", "refunded", **_REFUND)] * 2,
    "affiliate": [hook("affiliate_activated", {"type": "affiliates", "id": "9", "attributes": {
        "created_at": AT, "updated_at": AT, "user_id": 2, "status": "active"}})],
    "nothing_told": [
        subscription("nothing_told", "created", card_brand=None, card_last_four=None, urls=None, user_name=None,
                     first_subscription_item=None),
        invoice("nothing_told", "success", "initial", card_brand=None, card_last_four=None, urls=None),
    ],
}  # fmt: skip
