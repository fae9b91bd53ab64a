"""Notifications of Paddle Billing as its documentation shows them, one subscription a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Payload = dict[str, Any]
AT, LATER = "2025-03-05T09:00:02.123456Z", "2025-03-20T10:00:00.5Z"


def notification(name: str, kind: str, data: Payload, at: str = AT) -> list[Payload]:
    """A notification, alone in its case."""
    head = {"event_id": f"evt_{name}", "notification_id": f"ntf_{name}", "event_type": kind, "occurred_at": at}
    return [head | {"data": data}]


def item(
    price: str, amount: str, quantity: int = 1, *, currency: str = "USD",
    overrides: Sequence[tuple[str, str, list[str]]] = (), **fields: Any,
) -> Payload:  # fmt: skip
    """An item with the whole price in it; overrides are a currency, an amount and countries."""
    other = [{"country_codes": where, "unit_price": {"amount": much, "currency_code": code}}
             for code, much, where in overrides]  # fmt: skip
    return {
        "status": "active", "quantity": quantity, "recurring": True, "created_at": AT, "updated_at": AT,
        "previously_billed_at": AT, "next_billed_at": "2025-04-05T09:00:00Z", "trial_dates": None,
        "price": {
            "id": price, "product_id": "pro_1", "description": "Monthly", "type": "standard", "name": "Monthly",
            "tax_mode": "account_setting", "billing_cycle": {"interval": "month", "frequency": 1}, "trial_period": None,
            "unit_price": {"amount": amount, "currency_code": currency}, "unit_price_overrides": other,
            "status": "active", "quantity": {"minimum": 1, "maximum": 10}, "custom_data": None, "import_meta": None,
        },
        "product": {"id": "pro_1", "name": "Stream", "tax_category": "standard", "status": "active"},
    } | fields  # fmt: skip


def subscription(name: str, **fields: Any) -> Payload:
    """A subscription of two at 10.00 with an add-on of 5.00, an item that is not active, and a fee paid once."""
    return {
        "id": name, "status": "active", "customer_id": "ctm_1", "address_id": "add_1", "business_id": None,
        "currency_code": "USD", "created_at": AT, "updated_at": AT, "started_at": AT, "first_billed_at": AT,
        "next_billed_at": "2025-04-05T09:00:00Z", "paused_at": None, "canceled_at": None, "discount": None,
        "collection_mode": "automatic", "billing_details": None, "scheduled_change": None, "custom_data": None,
        "current_billing_period": {"starts_at": "2025-03-05T09:00:00Z", "ends_at": "2025-04-05T09:00:00Z"},
        "billing_cycle": {"interval": "month", "frequency": 1}, "import_meta": None,
        "management_urls": {"update_payment_method": "https://example.com", "cancel": "https://example.com"},
        "items": [
            item("pri_1", "1000", 2), item("pri_2", "500"), item("pri_3", "7000", status="inactive"),
            item("pri_4", "9900", recurring=False),
        ],
    } | fields  # fmt: skip


def transaction(name: str, totals: Payload | None = None, **fields: Any) -> Payload:
    """A transaction of 25.00 and 5.00 of tax."""
    whole = {
        "subtotal": "2500", "discount": "0", "tax": "500", "total": "3000", "credit": "0", "balance": "0", "fee": "200",
        "grand_total": "3000", "earnings": "2300", "currency_code": "USD", "credit_to_balance": "0",
        "grand_total_tax": "500",
    }  # fmt: skip
    payment = {
        "payment_attempt_id": "a", "amount": "3000", "status": "captured", "error_code": None, "captured_at": AT,
        "method_details": {"type": "card", "card": {"type": "visa", "last4": "4242"}}, "created_at": AT,
    }  # fmt: skip
    return {
        "id": f"txn_{name}", "status": "completed", "customer_id": "ctm_1", "address_id": "add_1", "origin": "web",
        "currency_code": "USD", "subscription_id": name, "invoice_id": "inv_1", "invoice_number": "1",
        "billing_details": None, "billing_period": None, "created_at": AT, "updated_at": AT, "billed_at": AT,
        "items": [], "discount_id": None,
        "details": {"totals": whole | (totals or {}), "line_items": [], "tax_rates_used": [], "payout_totals": None},
        "payments": [payment], "checkout": {"url": None},
    } | fields  # fmt: skip


def adjustment(name: str, **fields: Any) -> Payload:
    """An adjustment of 12.00 with 2.00 of tax in it."""
    totals = {"subtotal": "1000", "tax": "200", "total": "1200", "fee": "0", "earnings": "1000", "currency_code": "USD"}
    return {
        "id": f"adj_{name}", "action": "refund", "type": "partial", "status": "approved", "transaction_id": "txn_1",
        "subscription_id": name, "customer_id": "ctm_1", "reason": "asked", "credit_applied_to_balance": None,
        "currency_code": "USD", "items": [], "totals": totals, "payout_totals": None, "created_at": AT,
        "updated_at": AT,
    } | fields  # fmt: skip


def _one(name: str, kind: str, at: str = AT, **fields: Any) -> list[Payload]:
    return notification(name, f"subscription.{kind}", subscription(name, **fields), at)


_CANCEL = {"action": "cancel", "effective_at": "2025-04-05T09:00:00Z", "resume_at": None}
_PAUSE = {"action": "pause", "effective_at": "2025-04-05T09:00:00Z", "resume_at": "2025-05-05T09:00:00Z"}
_TRIED = [item("pri_1", "1000", trial_dates={"starts_at": AT, "ends_at": LATER})]
_YEAR = {"billing_cycle": {"interval": "year", "frequency": 1}}
_FAILED = [{"status": "error", "error_code": "declined", "method_details": {"type": "card"}, "amount": "3000"}]
_MAY = "2025-05-05T09:00:00Z"


def _then(name: str, *steps: tuple[str, str, Payload]) -> list[Payload]:
    """Notifications of one subscription, each with its time."""
    found = [_one(name, kind, at, **fields)[0] for kind, at, fields in steps]
    return [each | {"event_id": f"evt_{name}_{number}"} for number, each in enumerate(found)]


def _paid(name: str, kind: str = "completed", totals: Payload | None = None, **fields: Any) -> list[Payload]:
    return notification(name, f"transaction.{kind}", transaction(name, totals, **fields))


def _adjusted(name: str, kind: str = "created", **fields: Any) -> list[Payload]:
    return notification(name, f"adjustment.{kind}", adjustment(name, **fields))


_DUE, _TOTALS = "2025-04-05T09:00:00.5Z", {"subtotal": "1000", "tax": "0", "fee": "0", "earnings": "1000"}
_YEN = {"grand_total": "1200", "total": "1200", "subtotal": "1091", "tax": "109", "grand_total_tax": "109",
        "currency_code": "JPY"}  # fmt: skip


def _discount(identifier: str, kind: str, amount: str, **fields: Any) -> Payload:
    """A notification of a discount."""
    told = {
        "id": identifier, "status": "active", "description": "Spring", "enabled_for_checkout": True, "code": "SPRING",
        "type": kind, "mode": "standard", "amount": amount, "currency_code": None if kind == "percentage" else "USD",
        "recur": True, "maximum_recurring_intervals": None, "usage_limit": None, "restrict_to": None,
        "expires_at": None, "times_used": 1, "discount_group_id": None, "custom_data": None, "import_meta": None,
        "created_at": AT, "updated_at": AT,
    }  # fmt: skip
    return notification(identifier, "discount.created", told | fields)[0]


def _named(name: str, kind: str = "created", at: str = AT, *, ends: str | None = None, **fields: Any) -> Payload:
    """A subscription that names the discount of its case."""
    named = {"id": f"dsc_{name}", "starts_at": AT, "ends_at": ends, "type": "percentage"}
    return _one(name, kind, at, discount=named, **fields)[0]


CASES: dict[str, list[Payload]] = {
    "created": _one("created", "created"),
    "created_trial": _one("created_trial", "created", status="trialing", items=_TRIED),
    "created_year": _one("created_year", "created", **_YEAR),
    "created_yen": _one("created_yen", "created", currency_code="JPY", items=[item("pri_1", "2500", currency="JPY")]),
    "override": _one("override", "created", currency_code="EUR", items=[
        item("pri_1", "1000", 2, overrides=[("EUR", "900", ["DE", "FR"]), ("GBP", "800", ["GB"])])]),
    "price_converted": _one("price_converted", "created", currency_code="EUR", items=[
        item("pri_1", "1000", 2, overrides=[("GBP", "800", ["GB"])])]),
    "override_same": _one("override_same", "created", currency_code="EUR", items=[
        item("pri_1", "1000", overrides=[("EUR", "900", ["DE"]), ("EUR", "900", ["FR"])])]),
    "override_unclear": _one("override_unclear", "created", currency_code="EUR", items=[
        item("pri_1", "1000", overrides=[("EUR", "900", ["DE"]), ("EUR", "700", ["PT"])])]),
    "override_dollars": _one("override_dollars", "created", items=[
        item("pri_1", "1000", overrides=[("USD", "1500", ["US"])])]),
    "two_currencies": _one("two_currencies", "created", currency_code="EUR", items=[
        item("pri_1", "1000", overrides=[("EUR", "900", ["DE"])]), item("pri_2", "500")]),
    "recovered": [
        *notification("recovered", "subscription.past_due", subscription("recovered", status="past_due"), LATER),
        *notification("recovered2", "subscription.updated", subscription("recovered"), "2025-03-22T10:00:00Z"),
    ],
    "created_paused": _one("created_paused", "created", status="paused"),
    "trial_cancelled": _one("trial_cancelled", "canceled", LATER, status="canceled", items=_TRIED),
    "seats": _one("seats", "updated", LATER, items=[item("pri_1", "1000", 7)]),
    "every_two_weeks": _one("every_two_weeks", "created", billing_cycle={"interval": "week", "frequency": 2}),
    "payment_credited": notification("payment_credited", "transaction.completed", transaction(
        "payment_credited", totals={"credit": "600", "grand_total": "2400", "grand_total_tax": "400", "balance": "0"})),
    "card_changed": notification("card_changed", "transaction.completed", transaction(
        "card_changed", origin="subscription_payment_method_change",
        totals={"subtotal": "0", "tax": "0", "total": "0", "grand_total": "0", "grand_total_tax": "0", "fee": None})),
    "payment_retried": [
        *notification("payment_retried", "transaction.payment_failed", transaction(
            "payment_retried", status="past_due", payments=_FAILED)),
        *notification("payment_retried2", "transaction.payment_failed", transaction(
            "payment_retried", status="past_due", payments=_FAILED), LATER),
        *notification("payment_retried3", "transaction.completed", transaction("payment_retried"), LATER),
    ],
    "refund_told_twice": [
        *notification("refund_told_twice", "adjustment.created", adjustment("refund_told_twice")),
        *notification("refund_told_twice2", "adjustment.updated", adjustment("refund_told_twice"), LATER),
    ],
    "chargeback_reversed": notification(
        "chargeback_reversed", "adjustment.updated",
        adjustment("chargeback_reversed", action="chargeback", status="reversed")),
    "chargeback_warning": notification(
        "chargeback_warning", "adjustment.created", adjustment("chargeback_warning", action="chargeback_warning")),
    "invoice": notification("invoice", "invoice.paid", {"id": "inv_1", "status": "paid", "customer_id": "ctm_1"}),
    "imported": _one("imported", "imported"),
    "activated": _one("activated", "activated"),
    "converted": _one("converted", "activated", items=_TRIED),
    "trialing": _one("trialing", "trialing", status="trialing"),
    "renewed": _one("renewed", "updated"),
    "changed": _one("changed", "updated", LATER, items=[item("pri_9", "4000")]),
    "cancel_scheduled": _one("cancel_scheduled", "updated", LATER, scheduled_change=_CANCEL),
    "pause_scheduled": _one("pause_scheduled", "updated", LATER, scheduled_change=_PAUSE),
    "updated_trial": _one("updated_trial", "updated", LATER, status="trialing"),
    "updated_past_due": _one("updated_past_due", "updated", LATER, status="past_due"),
    "past_due": _one("past_due", "past_due", LATER, status="past_due"),
    "paused": _one("paused", "paused", LATER, status="paused", current_billing_period=None, next_billed_at=None),
    "resumed": _one("resumed", "resumed", LATER),
    "canceled": _one("canceled", "canceled", LATER, status="canceled", current_billing_period=None),
    "payment": notification("payment", "transaction.completed", transaction("payment")),
    "payment_paid": notification("payment_paid", "transaction.paid", transaction("payment_paid", status="paid")),
    "payment_failed": notification(
        "payment_failed",
        "transaction.payment_failed",
        transaction("payment_failed", status="past_due", payments=_FAILED),
    ),
    "single": notification("single", "transaction.completed", transaction("single", subscription_id=None)),
    "refund_asked": notification(
        "refund_asked", "adjustment.created", adjustment("refund_asked", status="pending_approval")
    ),
    "refund": notification("refund", "adjustment.updated", adjustment("refund")),
    "refund_rejected": notification(
        "refund_rejected", "adjustment.updated", adjustment("refund_rejected", status="rejected")
    ),
    "chargeback": notification("chargeback", "adjustment.created", adjustment("chargeback", action="chargeback")),
    "chargeback_undone": notification(
        "chargeback_undone", "adjustment.created", adjustment("chargeback_undone", action="chargeback_reverse")
    ),
    "credit": notification("credit", "adjustment.created", adjustment("credit", action="credit")),
    "customer": notification("customer", "customer.updated", {"id": "ctm_1", "email": "a@example.com"}),
    "classic": [{"alert_name": "subscription_created", "alert_id": "1", "event_time": "2025-03-05 09:00:00"}],
    "unknown": _one("unknown", "turned_purple"),
    "weekly": _one("weekly", "created", billing_cycle={"interval": "week", "frequency": 1}),
    "every_30_days": _one("every_30_days", "created", billing_cycle={"interval": "day", "frequency": 30}),
    "quarterly": _one("quarterly", "created", billing_cycle={"interval": "month", "frequency": 3}),
    "won": _one("won", "created", currency_code="KRW", items=[item("pri_1", "9900", 2, currency="KRW")]),
    "forint": _one("forint", "created", currency_code="HUF", items=[item("pri_1", "299000", currency="HUF")]),
    "free": _one("free", "created", items=[item("pri_1", "0")]),
    "nothing_told": _one("nothing_told", "created", address_id=None, management_urls=None, current_billing_period=None,
                         next_billed_at=None, first_billed_at=None),
    "created_twice": _one("created_twice", "created") * 2,
    "told_late": _then("told_late", ("updated", _DUE, {}), ("created", AT, {})),
    "yearly_from_now": _then(
        "yearly_from_now", ("created", AT, {}), ("updated", LATER, _YEAR | {"items": [item("pri_9", "20000")]})
    ),
    "add_on_leaves": _then(
        "add_on_leaves", ("created", AT, {}), ("updated", LATER, {"items": [item("pri_1", "1000", 2)]})
    ),
    "trial_paid": _then(
        "trial_paid", ("created", AT, {"status": "trialing", "items": _TRIED}),
        ("trialing", AT, {"status": "trialing", "items": _TRIED}), ("activated", LATER, {"items": _TRIED}),
        ("updated", LATER, {"items": _TRIED}),
    ),
    "trial_not_paid": _then(
        "trial_not_paid", ("created", AT, {"status": "trialing", "items": _TRIED}),
        ("past_due", LATER, {"status": "past_due", "items": _TRIED}),
        ("canceled", _DUE, {"status": "canceled", "items": _TRIED}),
    ),
    "leaves_as_asked": _then(
        "leaves_as_asked", ("created", AT, {}), ("updated", LATER, {"scheduled_change": _CANCEL}),
        ("canceled", _DUE, {"status": "canceled", "canceled_at": _DUE}),
    ),
    "not_paid": _then(
        "not_paid", ("created", AT, {}), ("past_due", _DUE, {"status": "past_due"}),
        ("canceled", _MAY, {"status": "canceled", "canceled_at": _MAY}),
    ),
    "not_paid_paused": _then(
        "not_paid_paused", ("created", AT, {}), ("past_due", _DUE, {"status": "past_due"}),
        ("paused", _MAY, {"status": "paused", "paused_at": _MAY}),
    ),
    "pause_over": _then(
        "pause_over", ("created", AT, {}), ("paused", _DUE, {"status": "paused", "paused_at": _DUE}),
        ("updated", _DUE, {"status": "paused", "scheduled_change": _PAUSE | {"action": "resume"}}),
        ("resumed", _MAY, {}),
    ),
    "paused_then_canceled": _then(
        "paused_then_canceled", ("created", AT, {}), ("paused", _DUE, {"status": "paused"}),
        ("canceled", _MAY, {"status": "canceled"}),
    ),
    "canceled_told_as_updated": _then(
        "canceled_told_as_updated", ("created", AT, {}), ("canceled", _DUE, {"status": "canceled"}),
        ("updated", _DUE, {"status": "canceled"}),
    ),
    "one_more_in_trial": _one("one_more_in_trial", "created", items=[
        item("pri_1", "1000"),
        item("pri_2", "500", status="trialing", trial_dates={"starts_at": AT, "ends_at": LATER})]),
    "paid_of_yen": _paid("paid_of_yen", totals=_YEN, currency_code="JPY"),
    "paid_less_discount": _paid("paid_less_discount", totals={
        "subtotal": "2500", "discount": "500", "tax": "400", "total": "2400", "grand_total": "2400"},
        discount_id="dsc_1"),
    "paid_once_more": _paid("paid_once_more", origin="subscription_charge"),
    "paid_twice_told": [
        _paid("paid_twice_told", "paid")[0] | {"event_id": "evt_paid_first"}, *_paid("paid_twice_told"),
        _paid("paid_twice_told")[0] | {"notification_id": "ntf_again"},
    ],
    "billed": _paid("billed", "billed", collection_mode="manual"),
    "owed": _paid("owed", "past_due", status="past_due"),
    "called_off": _paid("called_off", "canceled", status="canceled"),
    "refund_whole": _adjusted("refund_whole", type="full", totals=_TOTALS | {"total": "3000", "currency_code": "USD"}),
    "refund_of_yen": _adjusted("refund_of_yen", currency_code="JPY", totals=_TOTALS | {
        "total": "500", "currency_code": "JPY"}),
    "refund_and_more": [
        *_adjusted("refund_and_more"),
        _adjusted("refund_and_more", id="adj_refund_and_more_2")[0] | {"event_id": "evt_refund_and_more_2"},
    ],
    "warning_undone": _adjusted("warning_undone", action="chargeback_warning_reverse"),
    "credit_undone": _adjusted("credit_undone", action="credit_reverse"),

    "discount": [_discount("dsc_discount", "percentage", "10"), _named("discount")],
    "discount_flat": [_discount("dsc_discount_flat", "flat", "500"), _named("discount_flat")],
    "discount_seats": [_discount("dsc_discount_seats", "flat_per_seat", "100"), _named("discount_seats")],
    "discount_of_an_item": [
        _discount("dsc_discount_of_an_item", "percentage", "50", restrict_to=["pri_1"]), _named("discount_of_an_item"),
    ],
    "discount_above": [_discount("dsc_discount_above", "flat", "9900"), _named("discount_above")],
    "discount_told_late": [_named("discount_told_late"), _discount("dsc_discount_told_late", "percentage", "10")],
    "discount_untold": [_named("discount_untold")],
    "discount_abroad": [
        _discount("dsc_discount_abroad", "flat", "500", currency_code="EUR"), _named("discount_abroad"),
    ],
    "discount_raised": [
        _discount("dsc_discount_raised", "percentage", "10"), _named("discount_raised"),
        _discount("dsc_discount_raised", "percentage", "20")
        | {"event_type": "discount.updated", "event_id": "evt_raised", "occurred_at": "2025-03-25T09:00:00Z"},
        _named("discount_raised", "updated", "2025-04-05T09:00:00Z") | {"event_id": "evt_discount_raised_2"},
    ],
    "discount_over": [
        _discount("dsc_discount_over", "percentage", "10"), _named("discount_over", ends=LATER),
        _named("discount_over", "updated", "2025-04-05T09:00:00Z", ends=LATER) | {"event_id": "evt_discount_over_2"},
    ],
}  # fmt: skip
