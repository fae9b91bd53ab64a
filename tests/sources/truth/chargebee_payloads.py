"""What a payload of Chargebee looks like, with every optional field that its API reference shows.

Belongs here: subscriptions, what stands beside them, events around them. Does not belong here: cases (``chargebee``).
"""

from __future__ import annotations

from typing import Any

START, DAY = 1_741_165_200, 86_400


def item(price: str, kind: str, quantity: int, unit: int, **fields: Any) -> dict[str, Any]:
    """An item of a subscription."""
    return {
        "item_price_id": price, "item_type": kind, "quantity": quantity, "unit_price": unit, "amount": quantity * unit,
        "object": "subscription_item",
    } | fields  # fmt: skip


def subscription(name: str, **fields: Any) -> dict[str, Any]:
    """A subscription of product catalog 2.0: a plan (two at 10.00), an add-on (5.00), a charge that does not recur."""
    return {
        "id": name,
        "currency_code": "EUR",
        "customer_id": "c-1",
        "status": "active",
        "billing_period": 1,
        "billing_period_unit": "month",
        "start_date": START,
        "trial_start": None,
        "trial_end": None,
        "current_term_start": START,
        "current_term_end": START + 31 * DAY,
        "next_billing_at": START + 31 * DAY,
        "remaining_billing_cycles": None,
        "po_number": None,
        "auto_collection": "on",
        "created_at": START,
        "started_at": START,
        "activated_at": START,
        "cancelled_at": None,
        "cancel_reason": None,
        "cancel_reason_code": None,
        "cancel_schedule_created_at": None,
        "has_scheduled_changes": False,
        "has_scheduled_advance_invoices": False,
        "payment_source_id": "pm_1",
        "channel": "web",
        "resource_version": START * 1000,
        "updated_at": START,
        "deleted": False,
        "object": "subscription",
        "mrr": 2500,
        "exchange_rate": 1.0,
        "base_currency_code": "EUR",
        "due_invoices_count": 0,
        "subscription_items": [
            item("basic-EUR-Monthly", "plan", 2, 1000, free_quantity=0),
            item("sports-EUR-Monthly", "addon", 1, 500),
            item("setup-EUR", "charge", 1, 900, charge_on_event="subscription_creation", charge_once=True),
        ],
        "coupons": [],
        "meta_data": {},
    } | fields  # fmt: skip


def event(name: str, kind: str, *, source: str = "scheduled_job", invoice: Any = None, transaction: Any = None,
          **fields: Any) -> dict[str, Any]:  # fmt: skip
    """An event with the customer and whatever else stands beside the subscription."""
    content: dict[str, Any] = {
        "subscription": subscription(name, **fields),
        "customer": {"id": "c-1", "email": "A@example.com", "object": "customer", "billing_address": {"country": "DE"}},
    }
    content |= {"invoice": invoice} if invoice else {}
    content |= {"transaction": transaction} if transaction else {}
    return {
        "id": f"ev_{name}", "occurred_at": START, "source": source, "object": "event", "api_version": "v2",
        "event_type": kind, "webhook_status": "scheduled", "webhooks": [{"id": "w", "webhook_status": "scheduled"}],
        "content": content,
    }  # fmt: skip


def invoice(**fields: Any) -> dict[str, Any]:
    return {
        "id": "1", "customer_id": "c-1", "recurring": True, "status": "paid", "total": 2975, "tax": 475,
        "sub_total": 2500, "dunning_status": None, "dunning_attempts": [], "discounts": [],
        "object": "invoice", "currency_code": "EUR",
    } | fields  # fmt: skip


def transaction(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"txn_{name}", "customer_id": "c-1", "subscription_id": name, "gateway": "stripe", "type": "payment",
        "date": START, "amount": 2975, "status": "success", "currency_code": "EUR", "payment_method": "card",
        "id_at_gateway": "ch_1", "linked_invoices": [{"invoice_id": "1"}], "object": "transaction", "deleted": False,
    } | fields  # fmt: skip
