"""What Stripe's payloads become: events, plain objects, bundles and tables.

Belongs here: the sender ``stripe``. Does not belong here: the movements that follow, signatures.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.sources.delivering import FIXTURES, Inbox
from tests.sources.stories.stripe import payloads as story

REAL = Path(__file__).parents[3] / "shared" / "data" / "stripe"
FEEDS = (
    "subscription_events",
    "payment_events",
    "customer_events",
    "identity_links",
    "offers",
    "coupons",
    "payouts",
    "other_events",
)


def _fixtures() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FIXTURES / "stripe" / "events.jsonl").read_text().splitlines()]


def _all(inbox: Inbox) -> dict[str, list[str]]:
    return {feed: sorted(str(row) for row in inbox.rows(feed)) for feed in FEEDS}


def _steps(inbox: Inbox) -> list[tuple[str, str]]:
    rows = inbox.rows("subscription_events", "occurred_at", "event_type", order_by="1, 2")
    return [(row["occurred_at"].strftime("%Y-%m-%dT%H:%M"), row["event_type"]) for row in rows]


def test_the_story_is_told_step_by_step(inbox: Inbox) -> None:
    """A renewal that was booked from its invoice as well would count twice."""
    inbox.deliver("stripe", story())
    assert _steps(inbox) == [
        ("2025-01-01T10:00", "trial_started"),
        ("2025-01-08T10:00", "trial_converted"),
        ("2025-02-08T10:00", "renewed"),
        ("2025-03-01T12:00", "cancel_scheduled"),
        ("2025-03-02T12:00", "cancel_reverted"),
        ("2025-03-08T10:00", "grace_entered"),
        ("2025-03-15T10:00", "hold_entered"),
        ("2025-03-18T10:00", "recovered"),
        ("2025-04-18T10:00", "renewed"),
        ("2025-05-01T12:00", "cancel_scheduled"),
        ("2025-05-18T10:00", "ended"),
    ]
    assert inbox.rejections() == []


def test_a_renewal_has_price_period_and_the_own_customer(inbox: Inbox) -> None:
    """A price in cents or a period read from the wrong place shows in every number."""
    inbox.deliver("stripe", [story()[3]])
    (row,) = inbox.rows("subscription_events")
    told = {name: str(value) for name, value in row.items()}
    assert told == {
        "event_id": "stripe:evt_story4:renewed",
        "event_type": "renewed",
        "occurred_at": "2025-02-08 10:00:00",
        "customer_id": "customer-7",
        "subscription_id": "sub_story7",
        "recorded_at": "2025-02-08 10:00:00",
        "offer_id": "price_monthly",
        "amount": "9.9900",
        "discount_amount": "0.0000",
        "currency": "EUR",
        "billing_interval": "month",
        "billing_interval_count": "1",
        "period_start": "2025-02-08 10:00:00",
        "period_end": "2025-03-08 10:00:00",
        "channel": "web",
        "provider": "stripe",
        "provider_code": "active",
    }


def test_the_period_is_found_in_either_place(inbox: Inbox) -> None:
    """Before API 2025-03-31 the period stood on the subscription; whoever pins a version still gets it there."""
    event = json.loads(json.dumps(story()[3]))
    item = event["data"]["object"]["items"]["data"][0]
    for name in ("current_period_start", "current_period_end"):
        event["data"]["object"][name] = item.pop(name)
    event["data"]["previous_attributes"] = {"current_period_start": 1736330400}
    inbox.deliver("stripe", [event])
    (row,) = inbox.rows("subscription_events", "event_type", "cast(period_end as varchar) as period_end")
    assert row == {"event_type": "renewed", "period_end": "2025-03-08 10:00:00"}


def test_order_and_repetition_change_nothing(inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe delivers at least once and in any order."""
    events = [*story(), *_fixtures()]
    inbox.deliver("stripe", events)
    shuffled = [*events, *events]
    random.Random(7).shuffle(shuffled)
    other = Inbox(tmp_path / "other", monkeypatch)
    other.deliver("stripe", shuffled[30:])
    other.deliver("stripe", shuffled[:30])
    expected, found = _all(inbox), _all(other)
    assert [feed for feed in FEEDS if expected[feed] != found[feed]] == []


def test_every_fixture_is_something_or_rejected(inbox: Inbox) -> None:
    """A payload that vanishes cannot be missed by anybody."""
    events = _fixtures()
    inbox.deliver("stripe", events)
    loaded = {row["source_row"] for feed in FEEDS for row in inbox.rows(feed, "source_row")}
    rejected = {row for row, _ in inbox.rejections()}
    assert loaded | rejected == set(range(1, len(events) + 1))
    assert not loaded & rejected


def test_what_each_fixture_tells(inbox: Inbox) -> None:
    """Each transition, ending, refund and dispute has a meaning; a mix-up changes kinds of churn or revenue."""
    inbox.deliver("stripe", _fixtures())
    subscriptions = inbox.rows(
        "subscription_events", "event_id", "event_type", "end_reason", "cast(amount as varchar) as amount"
    )
    # A pause and a resumption are named by the subscription and their time, since two events may tell them.
    told = {
        row["event_id"].split(":")[1 if "evt_" in row["event_id"] else 3]: tuple(list(row.values())[1:])
        for row in subscriptions
    }
    assert told == {
        "evt_start": ("started", "5000.0000"),
        "evt_plan": ("plan_changed", "9000.0000"),
        "paused": ("paused",),
        "resumed": ("resumed",),
        "evt_failed": ("ended", "payment_failed"),
        "evt_disputed": ("ended", "chargeback"),
        "evt_policy": ("ended", "publisher_terminated"),
        "evt_silent": ("ended",),
    }
    payments = inbox.rows("payment_events", "event_id", "event_type", "cast(amount as varchar) as amount", "currency")
    assert [tuple(row.values()) for row in payments] == [
        ("stripe:ch_ppv:succeeded", "succeeded", "12.3450", "KWD"),
        ("stripe:dp_1:chargeback", "chargeback", "10.0000", "EUR"),
        ("stripe:dp_1:chargeback_reversed", "chargeback_reversed", "10.0000", "EUR"),
        ("stripe:re_1:refunded", "refunded", "500.0000", "JPY"),
    ]
    assert [row["event_id"] for row in inbox.rows("other_events")] == ["stripe:evt_inquiry", "stripe:evt_other"]
    assert inbox.rejections() == [(16, "unknown_type:type")]


def test_links_lead_to_the_customer(inbox: Inbox) -> None:
    """A refund names a charge only, so without links it would be nobody's."""
    inbox.deliver("stripe", _fixtures())
    links = {(row["alias_kind"], row["customer_id"]) for row in inbox.rows("identity_links")}
    assert ("stripe_charge", "stripe_customer:cus_1") in links
    assert ("stripe_customer", "house-1") in links
    assert ("email_hash", "house-1") in links


def test_an_object_and_its_event_are_one_payment(inbox: Inbox) -> None:
    """A backfill from the API beside webhooks must not double revenue."""
    invoice = story()[2]["data"]["object"]
    inbox.deliver("stripe", [story()[2], invoice, {"object": "list", "data": [invoice]}])
    assert len(inbox.rows("payment_events")) == 1
    assert inbox.rejections() == []


def test_a_dashboard_export_has_major_units(inbox: Inbox) -> None:
    """9.99 of an export read as cents would be ten cents."""
    text = (
        "id,Customer ID,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Start (UTC),"
        "Current Period Start (UTC),Current Period End (UTC),Cancel At Period End\n"
        "sub_9,cus_9,price_9,1,eur,month,9.99,active,2025-01-01 10:00,2025-01-01 10:00,2025-01-01 10:00,"
        "2025-02-01 10:00,false\n"
    )
    inbox.deliver_text("stripe", text, "subscriptions.csv")
    (row,) = inbox.rows("subscription_events", "event_type", "customer_id", "cast(amount as varchar) as amount")
    assert row == {"event_type": "started", "customer_id": "stripe_customer:cus_9", "amount": "9.9900"}


def test_real_tables_and_objects_load_or_say_why(inbox: Inbox) -> None:
    """A connector's tables hold shapes that no fixture of ours has."""
    if not REAL.exists():
        pytest.skip("the public Stripe fixtures are not beside the checkout")
    for path in sorted([REAL / "fixtures3.json", *(REAL / "fivetran_seeds").glob("*.csv")]):
        # Stripe's own examples are of its test mode.
        inbox.deliver_text("stripe", path.read_text().replace('"livemode": false', '"livemode": true'), path.name)
    assert {reason for _, reason in inbox.rejections()} == {"test_mode"}
    assert len(inbox.rejections()) == 4
    assert len(inbox.rows("offers")) >= 10
