"""Cleeng's webhooks and reports as canonical rows."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.sources.delivering import FIXTURES, Inbox
from tests.sources.replaying import require_the_same_rows
from tests.sources.stories.cleeng import payloads as story

FEEDS = (
    "store_purchases",
    "subscription_events",
    "payment_events",
    "customer_events",
    "offers",
    "identity_links",
    "other_events",
)


def webhooks() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FIXTURES / "cleeng" / "webhooks.jsonl").read_text().splitlines()]


def report(name: str) -> list[dict[str, Any]]:
    """The rows of a report as the objects that CSV is read as."""
    with (FIXTURES / "cleeng" / f"{name}.csv").open() as stream:
        return [{key: value for key, value in row.items() if value} for row in csv.DictReader(stream)]


def deliver_report(inbox: Inbox, name: str) -> None:
    inbox.deliver_text("cleeng", (FIXTURES / "cleeng" / f"{name}.csv").read_text(), f"{name}.csv")


def moment(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type, misc]  # noqa: DTZ001 - stored times have no offset


def test_the_life_of_a_subscription_in_webhooks(inbox: Inbox) -> None:
    """A renewal that names no price was refused, though the price was known from the start."""
    inbox.deliver("cleeng", webhooks())
    always = {
        "customer_id": "c-1",
        "subscription_id": "900",
        "discount_amount": Decimal(0),
        "billing_interval_count": 1,
        "provider": "cleeng",
    }
    monthly = {"amount": Decimal("8.26"), "currency": "EUR", "billing_interval": "month", "offer_id": "S111111111_NL"}
    yearly = {"amount": Decimal("82.6"), "currency": "EUR", "billing_interval": "year", "offer_id": "S222222222_NL"}
    expected = [
        ("trial_started", moment(2025, 1, 1, 9), monthly | {"period_end": moment(2025, 1, 8, 9)}),
        ("renewed", moment(2025, 1, 8, 9), monthly | {"period_end": moment(2025, 2, 8, 9)}),
        ("plan_changed", moment(2025, 1, 20, 9), yearly | {"period_end": moment(2026, 1, 20, 9)}),
        ("grace_entered", moment(2026, 1, 20, 9), {}),
        ("cancel_scheduled", moment(2026, 1, 21, 9), {}),
        ("ended", moment(2026, 2, 1, 9), {"end_reason": "publisher_terminated"}),
    ]
    codes = ["subscriptionCreated", "subscriptionRenewed", "subscriptionSwitched", "paymentRejected/Refused"]
    codes += ["subscriptionStopped", "subscriptionTerminated/Broadcaster churn"]
    rows = inbox.rows("subscription_events", order_by="occurred_at")
    ids = [row.pop("event_id") for row in rows]
    assert ids[0].startswith("cleeng:900:trial_started:2025-01-01 09:00:00:")
    assert ids[-1] == "cleeng:900:ended:2026-02-01 09:00:00:publisher_terminated"
    assert rows == [
        {
            **always,
            **facts,
            "event_type": kind,
            "occurred_at": at,
            "recorded_at": moment(2025, 1, 1, 9, 0, 5) if kind == "trial_started" else at,
            "provider_code": code,
        }
        for (kind, at, facts), code in zip(expected, codes, strict=True)
    ]


def test_money_of_webhooks(inbox: Inbox) -> None:
    """The tax was added to the gross amount once more."""
    inbox.deliver("cleeng", webhooks())
    columns = ("event_type", "transaction_id", "customer_id", "amount::VARCHAR", "tax_amount::VARCHAR", "product_kind")
    assert [tuple(row.values()) for row in inbox.rows("payment_events", *columns, order_by="event_id")] == [
        ("failed", "900:2026-01-20 09:00:00", "c-1", "99.9000", "subscription"),
        ("succeeded", "T1", "c-1", "9.9900", "1.7300", "subscription"),
        ("succeeded", "T2", "cleeng_customer:32", "3.9900", "rental"),
    ]


def test_every_payload_is_accounted_for(inbox: Inbox) -> None:
    """A webhook of a topic nobody had heard of vanished without a word."""
    payloads = webhooks()
    inbox.deliver("cleeng", payloads)
    assert inbox.rejections() == [
        (14, "missing:transactionDate"),
        (15, "waiting:price"),
        (16, "unknown_type:topic"),
        (18, "missing:data"),
        (20, "unknown_type:payload"),
    ]
    named = {row["source_row"] for feed in FEEDS for row in inbox.rows(feed, "source_row")}
    named |= {row for row, _ in inbox.rejections()}
    assert named == set(range(1, len(payloads) + 1))


def test_customers_and_offers(inbox: Inbox) -> None:
    """The same person was three customers: by number, by e-mail, and by the business's own id."""
    inbox.deliver("cleeng", webhooks())
    columns = ("alias_kind", "alias_value", "customer_id")
    assert [tuple(row.values()) for row in inbox.rows("identity_links", *columns, order_by="1, 3")] == [
        ("cleeng_customer", "31", "c-1"),
        ("email_hash", hashlib.sha256(b"ann@example.org").hexdigest(), "c-1"),
        ("email_hash", hashlib.sha256(b"bob@example.org").hexdigest(), "cleeng_customer:32"),
    ]
    consent, registered = inbox.rows("customer_events", "event_type", "occurred_at", "marketing_consent", "email")
    assert consent == {
        "event_type": "consent_changed",
        "occurred_at": moment(2025, 1, 1, 11),
        "marketing_consent": True,
    }
    assert registered == {
        "event_type": "registered",
        "occurred_at": moment(2025, 1, 1, 8),
        "email": "bob@example.org",
    }
    (offer,) = inbox.rows("offers", "offer_id", "offer_kind", "amount", "billing_interval", "trial_days")
    assert tuple(offer.values()) == ("S111111111_NL", "subscription", Decimal("9.99"), "month", 7)


REPORTED = [
    ("500", "started", moment(2024, 12, 31, 23), "8.2600"),
    ("500", "renewed", moment(2025, 1, 31, 23), "9.0000"),
    ("500", "cancel_reverted", moment(2025, 1, 31, 23)),
    ("501", "trial_started", moment(2024, 12, 31, 23), "8.2600"),
    ("501", "trial_converted", moment(2025, 1, 7, 23), "8.2600"),
    ("501", "ended", moment(2025, 2, 7, 23), "payment_failed"),
    ("502", "started", moment(2023, 12, 31, 23), "40.0000"),
    ("502", "renewed", moment(2024, 12, 31, 23), "40.0000"),
    ("502", "cancel_scheduled", moment(2025, 1, 14, 23)),
]


@pytest.mark.parametrize("reports", [(1, 2), (2, 1), (1, 1, 2, 2)])
def test_tomorrows_report_repeats_or_advances_the_story(inbox: Inbox, reports: tuple[int, ...]) -> None:
    """A price that rose with a renewal was booked back to the day of the start, or contradicted the first report."""
    for number in reports:
        deliver_report(inbox, f"subscriptions-{number}")
    columns = ("subscription_id", "event_type", "occurred_at", "amount::VARCHAR as amount", "end_reason")
    rows = inbox.rows("subscription_events", *columns, order_by="subscription_id, occurred_at, amount nulls last")
    assert [tuple(row.values()) for row in rows] == REPORTED
    assert {reason for _, reason in inbox.rejections()} == {"waiting:price"}


def test_a_state_that_waited_for_its_price(inbox: Inbox) -> None:
    """A row without a price stayed rejected for ever, though the next report had it."""
    deliver_report(inbox, "subscriptions-2")
    assert inbox.rejections() == [(4, "waiting:price")]
    later = next(row for row in report("subscriptions-2") if row["Subscription ID"] == "503")
    inbox.deliver("cleeng", [later | {"Offer price": "5.00"}])
    assert inbox.rejections() == []
    rows = inbox.rows("subscription_events", "event_type", "amount", "subscription_id")
    assert [row["amount"] for row in rows if row["subscription_id"] == "503"] == [Decimal(5)]


def test_transactions_and_passes_of_reports(inbox: Inbox) -> None:
    """A pass was paid for twice, in its own report and in that of the transactions; times were taken for UTC."""
    deliver_report(inbox, "transactions")
    deliver_report(inbox, "passes")
    columns = ("event_type", "occurred_at", "amount::VARCHAR as amount", "tax_amount::VARCHAR", "country", "access_end")
    assert [tuple(row.values()) for row in inbox.rows("payment_events", *columns, order_by="event_id")] == [
        ("succeeded", moment(2025, 7, 1, 10), "9.9900", "1.7300", "NL"),
        ("refunded", moment(2025, 1, 1, 11), "9.9900", "1.7300", "NL"),
        ("succeeded", moment(2025, 1, 2, 12), "4.5000", "0.0000", "NL"),
        ("succeeded", moment(2025, 1, 2, 12), "0.0000", moment(2025, 1, 3, 12)),
    ]
    assert inbox.rejections() == [(4, "missing:amount")]


def test_unformatted_column_names(inbox: Inbox) -> None:
    """A scheduled export comes without display names, and every row of it was refused."""
    named = [
        {"_".join(name.lower().split()): value for name, value in row.items()} for row in report("subscriptions-2")[:1]
    ]
    inbox.deliver("cleeng", named)
    assert [row["event_type"] for row in inbox.rows("subscription_events", order_by="event_type")] == [
        "cancel_reverted",
        "renewed",
        "started",
    ]


@pytest.mark.long
def test_delivery_order_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Webhooks are sent again when an answer is late, and reports overlap."""
    rows = [row for name in ("subscriptions-1", "subscriptions-2", "passes") for row in report(name)]
    require_the_same_rows("cleeng", [*webhooks(), *story(), *rows], tmp_path, monkeypatch, also_in_halves=True)
