"""The subscriber's story as Stripe's webhooks tell it.

Stripe tells every step. The hold is the status ``unpaid``, to which failed payments lead when they are set up to; the
payment after it moves the period's anchor. ``previous_attributes`` hold the old values, as Stripe sends them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_SUBSCRIPTION = "sub_story7"


def payloads() -> list[dict[str, Any]]:
    """The webhook events, in the order in which Stripe sends them."""
    trial, first = _seconds("2025-01-01T10:00:00Z"), _seconds("2025-01-08T10:00:00Z")
    second, third = _seconds("2025-02-08T10:00:00Z"), _seconds("2025-03-08T10:00:00Z")
    recovered, last = _seconds("2025-03-18T10:00:00Z"), _seconds("2025-04-18T10:00:00Z")
    end = _seconds("2025-05-18T10:00:00Z")
    unpaid_until = _seconds("2025-04-08T10:00:00Z")
    off = {"cancel_at_period_end": True}
    return [
        _event(1, trial, "created", _subscription("trialing", trial, first)),
        _event(2, first, "updated", _subscription("active", first, second), {"status": "trialing", **_items(trial)}),
        _invoice(3, first, "invoice.paid", 999, paid=999),
        _event(4, second, "updated", _subscription("active", second, third), _items(first)),
        _invoice(5, second, "invoice.paid", 999, paid=999),
        _event(
            6,
            _seconds("2025-03-01T12:00:00Z"),
            "updated",
            _subscription("active", second, third, **off, canceled_at=_seconds("2025-03-01T12:00:00Z")),
            {"cancel_at_period_end": False, "canceled_at": None},
        ),
        _event(
            7,
            _seconds("2025-03-02T12:00:00Z"),
            "updated",
            _subscription("active", second, third),
            {**off, "canceled_at": _seconds("2025-03-01T12:00:00Z")},
        ),
        _invoice(8, third, "invoice.payment_failed", 999, paid=0),
        _event(
            9, third, "updated", _subscription("past_due", third, unpaid_until), {"status": "active", **_items(second)}
        ),
        _event(
            10,
            _seconds("2025-03-15T10:00:00Z"),
            "updated",
            _subscription("unpaid", third, unpaid_until),
            {"status": "past_due"},
        ),
        _invoice(11, recovered, "invoice.paid", 999, paid=999),
        _event(
            12, recovered, "updated", _subscription("active", recovered, last), {"status": "unpaid", **_items(third)}
        ),
        _event(13, last, "updated", _subscription("active", last, end), _items(recovered)),
        _invoice(14, last, "invoice.paid", 999, paid=999),
        _event(
            15,
            _seconds("2025-05-01T12:00:00Z"),
            "updated",
            _subscription("active", last, end, **off, canceled_at=_seconds("2025-05-01T12:00:00Z")),
            {"cancel_at_period_end": False, "canceled_at": None},
        ),
        _event(
            16,
            end,
            "deleted",
            _subscription(
                "canceled",
                last,
                end,
                **off,
                canceled_at=_seconds("2025-05-01T12:00:00Z"),
                ended_at=end,
                cancellation_details={"comment": None, "feedback": "unused", "reason": "cancellation_requested"},
            ),
        ),
    ]


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp())


def _items(period_start: int) -> dict[str, Any]:
    return {"items": {"data": [_item(period_start, 0)]}}


def _item(period_start: int, period_end: int) -> dict[str, Any]:
    recurring = {"interval": "month", "interval_count": 1, "usage_type": "licensed"}
    price = {"id": "price_monthly", "object": "price", "currency": "eur", "unit_amount": 999, "recurring": recurring}
    return {
        "id": "si_story7",
        "object": "subscription_item",
        "quantity": 1,
        "price": price,
        "current_period_start": period_start,
        "current_period_end": period_end,
    }


def _subscription(status: str, period_start: int, period_end: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": _SUBSCRIPTION,
        "object": "subscription",
        "customer": "cus_story7",
        "metadata": {"customer_id": "customer-7"},
        "status": status,
        "created": _seconds("2025-01-01T10:00:00Z"),
        "start_date": _seconds("2025-01-01T10:00:00Z"),
        "trial_start": _seconds("2025-01-01T10:00:00Z"),
        "trial_end": _seconds("2025-01-08T10:00:00Z"),
        "cancel_at_period_end": False,
        "cancel_at": None,
        "canceled_at": None,
        "ended_at": None,
        "pause_collection": None,
        "discounts": [],
        "items": {"object": "list", "data": [_item(period_start, period_end)]},
        **changes,
    }


def _event(
    number: int, created: int, change: str, thing: dict[str, Any], previous: dict[str, Any] | None = None
) -> dict[str, Any]:
    data = {"object": thing} if previous is None else {"object": thing, "previous_attributes": previous}
    return _envelope(number, created, f"customer.subscription.{change}", data)


def _invoice(number: int, created: int, event_type: str, due: int, *, paid: int) -> dict[str, Any]:
    invoice = {
        "id": f"in_story{number}",
        "object": "invoice",
        "customer": "cus_story7",
        "currency": "eur",
        "amount_due": due,
        "amount_paid": paid,
        "billing_reason": "subscription_cycle",
        "attempt_count": 1,
        "created": created,
        "status": "paid" if paid else "open",
        "status_transitions": {"paid_at": created if paid else None},
        "parent": {
            "type": "subscription_details",
            "subscription_details": {"subscription": _SUBSCRIPTION, "metadata": {"customer_id": "customer-7"}},
        },
    }
    return _envelope(number, created, event_type, {"object": invoice})


def _envelope(number: int, created: int, event_type: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"evt_story{number}", "object": "event", "type": event_type, "created": created, "data": data}
