"""PayPal: what its payloads become, and what must not change it."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.sources.delivering import FIXTURES, Inbox
from tests.sources.replaying import require_all_accounted, require_the_same_rows
from tests.sources.stories import paypal as story

LIFECYCLE = [json.loads(line) for line in (FIXTURES / "paypal" / "lifecycle.jsonl").read_text().splitlines()]


def events(inbox: Inbox) -> list[str]:
    """Subscription, type, time, reason and price of the accepted events, in a line each, in their order."""
    names = ("subscription_id", "event_type", "occurred_at", "end_reason", "amount", "billing_interval")
    rows = inbox.rows("subscription_events", *names, order_by="1, 3, event_id")
    return [
        " ".join(f"{value:%Y-%m-%d}" if isinstance(value, datetime) else str(value) for value in row.values())
        for row in rows
    ]


def payments(inbox: Inbox) -> list[str]:
    """Payment, type, customer and money of the accepted payments, in a line each."""
    names = ("transaction_id", "event_type", "customer_id", "amount", "product_kind")
    return [" ".join(str(value) for value in row.values()) for row in inbox.rows("payment_events", *names)]


def test_every_event_of_a_lifecycle(inbox: Inbox) -> None:
    """A first payment counted as a renewal, a pause as a hold, a cancelled debt as the subscriber's wish."""
    inbox.deliver("paypal", LIFECYCLE)
    assert inbox.rejections() == []
    assert events(inbox) == [
        "I-A started 2025-01-01 19.9800 month",
        "I-A renewed 2025-02-01 19.9800 month",
        "I-A plan_changed 2025-02-10 90.0000 year",
        "I-A paused 2025-03-01",
        "I-A resumed 2025-04-01",
        "I-A ended 2026-02-10",
        "I-B started 2025-01-01 9.9900 month",
        "I-B grace_entered 2025-02-01",
        "I-B ended 2025-02-05 payment_failed",
    ]
    assert payments(inbox) == [
        "R1 refunded paypal_subscription:I-A 23.7800 subscription",
        "S1 succeeded paypal_subscription:I-A 23.7800 subscription",
        "S1 chargeback paypal_subscription:I-A 23.7800 subscription",
        "S2 succeeded paypal_subscription:I-A 23.7800 subscription",
        "S9 succeeded customer-9 4.0000 other",
        "WH-11 failed paypal_subscriber:PAYERB 9.9900 subscription",
    ]
    require_all_accounted(inbox, LIFECYCLE)


def test_a_sale_in_full(inbox: Inbox) -> None:
    """Tax counted as price, or a fee went into the wrong column."""
    inbox.deliver("paypal", LIFECYCLE)
    (paid,) = [row for row in inbox.rows("payment_events") if row["event_id"] == "paypal:COMPLETED:S1:paid"]
    moment = datetime(2025, 1, 1, 8, 59, 59)  # noqa: DTZ001 - the lake holds UTC without an offset
    assert paid == {
        "event_id": "paypal:COMPLETED:S1:paid", "event_type": "succeeded", "occurred_at": moment, "recorded_at": moment,
        "customer_id": "paypal_subscription:I-A", "transaction_id": "S1", "amount": Decimal("23.7800"),
        "currency": "EUR", "subscription_id": "I-A", "product_kind": "subscription", "tax_amount": Decimal("3.8000"),
        "fee_amount": Decimal("1.0000"), "provider": "paypal", "payment_method": "paypal", "channel": "web",
    }  # fmt: skip


def test_what_lacks_a_plan_waits_for_it(inbox: Inbox) -> None:
    """A start without a price was lost, or began at nothing."""
    plan, *rest = story.payloads()
    inbox.deliver("paypal", rest)
    assert (1, "waiting:price") in inbox.rejections()
    inbox.deliver("paypal", [plan])
    assert inbox.rejections() == []
    assert events(inbox)[0] == "I-STORY0000007 trial_started 2025-01-01 9.9900 month"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"event_type": "BILLING.SUBSCRIPTION.SOLD"}, "unknown_type"),
        ({"event_type": None}, "missing:event_type"),
        ({"create_time": "soon"}, "invalid:create_time"),
        ({"resource": None}, "missing:resource.id"),
    ],
)
def test_a_broken_event_says_what_is_wrong(inbox: Inbox, changes: dict[str, Any], reason: str) -> None:
    """A broken event vanished without a word."""
    inbox.deliver("paypal", [{**LIFECYCLE[3], **changes}])
    assert inbox.rejections() == [(1, reason)]


def test_delivery_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A payload that came late, twice or in another file made other rows."""
    require_the_same_rows("paypal", LIFECYCLE, tmp_path, monkeypatch)
