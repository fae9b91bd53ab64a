"""Amazon: what its payloads become, and what must not change it."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.sources.delivering import FIXTURES, Inbox, events, payments
from tests.sources.replaying import require_all_accounted, require_the_same_rows

LIFECYCLE = [json.loads(line) for line in (FIXTURES / "amazon" / "lifecycle.jsonl").read_text().splitlines()]


def test_every_notification_and_row_of_the_report(inbox: Inbox) -> None:
    """A switch counted as churn, a test purchase as revenue, a refund with its sign, a raw message as unknown."""
    inbox.deliver("amazon", LIFECYCLE)
    assert inbox.rejections() == []
    assert events(inbox) == [
        "a started 2025-01-01 60.0000 year",
        "a cancel_scheduled 2025-01-06",
        "a ended 2025-01-10",
        "b started 2025-02-01 5.0000 month",
        "b ended 2025-02-10 switched",
        "c started 2025-02-10 60.0000 year",
        "f trial_started 2025-04-01 month",
    ]
    replaced = inbox.rows("subscription_events", "subscription_id", "event_type", "replaces_subscription_id")
    assert [row for row in replaced if "replaces_subscription_id" in row] == [
        {"subscription_id": "c", "event_type": "started", "replaces_subscription_id": "b"}
    ]
    assert payments(inbox) == [
        "t1 succeeded purchase_token:a 60.0000 subscription",
        "t2 refunded purchase_token:a 60.0000 subscription",
        "t3 chargeback purchase_token:a 60.0000 subscription",
        "t4 chargeback_reversed purchase_token:a 60.0000 subscription",
        "t5 succeeded purchase_token:b 5.0000 subscription",
        "t6 succeeded purchase_token:c 60.0000 subscription",
        "t7 succeeded purchase_token:k 3.9900 other",
    ]
    assert [row["event_type"] for row in inbox.rows("other_events", "event_type")] == [
        "CONSUMABLE_PURCHASED", "SUBSCRIPTION_MODIFIED_DEFERRED", "SUBSCRIPTION_OUT_OF_GRACE_PERIOD",
        "SUBSCRIPTION_PURCHASED", "SubscriptionConfirmation", "charge",
    ]  # fmt: skip
    require_all_accounted(inbox, LIFECYCLE)


def test_a_purchase_in_full(inbox: Inbox) -> None:
    """A field went into the wrong column, and every other test looked at another one."""
    inbox.deliver("amazon", LIFECYCLE[:2])
    moment = datetime(2025, 1, 1, 10)  # noqa: DTZ001 - the lake holds UTC without an offset
    assert inbox.rows("subscription_events") == [
        {"event_id": "amazon:SUBSCRIPTION_PURCHASED:a:1735725600000000:1", "event_type": "started",
         "occurred_at": moment, "recorded_at": moment, "customer_id": "amazon_user:u-a", "subscription_id": "a",
         "offer_id": "monthly_plan_term", "amount": Decimal("60.0000"), "discount_amount": Decimal("0.0000"),
         "currency": "EUR", "billing_interval": "year", "billing_interval_count": 1, "period_start": moment,
         "period_end": moment.replace(year=2026), "channel": "fire_tv", "provider": "amazon",
         "provider_code": "SUBSCRIPTION_PURCHASED"}
    ]  # fmt: skip


def test_what_lacks_a_price_waits_for_the_report(inbox: Inbox) -> None:
    """A start without a price was lost, or a report that came a day later made no difference."""
    inbox.deliver("amazon", [LIFECYCLE[0]])
    assert inbox.rejections() == [(1, "waiting:price")]
    header = list(LIFECYCLE[1])
    inbox.deliver_text("amazon", f"{','.join(header)}\n{','.join(LIFECYCLE[1].values())}\n", "sales.csv")
    assert inbox.rejections() == []
    assert events(inbox) == ["a started 2025-01-01 60.0000 year"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"notificationType": "SUBSCRIPTION_LOST"}, "unknown_type"),
        ({"notificationType": None}, "unknown_type"),
        ({"timestamp": "soon"}, "invalid:timestamp"),
        ({"receiptId": None}, "missing:receiptId"),
        ({"appUserId": None}, "missing:appUserId"),
    ],
)
def test_a_broken_notification_says_what_is_wrong(inbox: Inbox, changes: dict[str, Any], reason: str) -> None:
    """A broken notification vanished without a word."""
    inbox.deliver("amazon", [{**LIFECYCLE[0], **changes}])
    assert inbox.rejections() == [(1, reason)]


def test_delivery_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A payload that came late, twice or in another file made other rows."""
    require_the_same_rows("amazon", LIFECYCLE, tmp_path, monkeypatch)
