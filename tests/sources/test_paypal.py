"""PayPal: what its payloads become, and what must not change it."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.sources.delivering import FIXTURES, Inbox, events, payments
from tests.sources.replaying import require_all_accounted, require_the_same_rows
from tests.sources.stories import paypal as story
from tests.sources.truth import paypal as truth
from tests.sources.truth.paypal_payloads import dispute

LIFECYCLE = [json.loads(line) for line in (FIXTURES / "paypal" / "lifecycle.jsonl").read_text().splitlines()]


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
        # A step is known by its time: each webhook that an account has tells it under an id of its own.
        "BILLING.SUBSCRIPTION.PAYMENT.FAILED:I-B:1738403940000000 failed paypal_subscriber:PAYERB 9.9900 subscription",
        "R1 refunded paypal_subscription:I-A 23.7800 subscription",
        "S1 succeeded paypal_subscription:I-A 23.7800 subscription",
        "S1 chargeback paypal_subscription:I-A 23.7800 subscription",
        "S2 succeeded paypal_subscription:I-A 23.7800 subscription",
        "S9 succeeded customer-9 4.0000 other",
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


def test_a_dispute_is_told_in_any_order(inbox: Inbox) -> None:
    """A reversal that came before the dispute it was made for took the money of the payment twice."""
    disputes = {name: told for name, told in truth.CASES.items() if name.startswith(("dispute_", "refund_failed"))}
    told = [payload for payloads in disputes.values() for payload in payloads]
    for part in ("DISPUTE.RESOLVED", "REFUND", "REVERSED", "DISPUTE", "."):  # What comes last comes first.
        inbox.deliver("paypal", [payload for payload in told if part in payload["event_type"]])
        told = [payload for payload in told if part not in payload["event_type"]]
    net: dict[str, Decimal] = {}
    for row in inbox.rows("payment_events"):
        payment = row.get("original_transaction_id", row["transaction_id"])
        sign = 1 if row["event_type"] in ("succeeded", "chargeback_reversed") else -1
        net[payment] = net.get(payment, Decimal(0)) + sign * row["amount"]
    kept = {"C0won": 10, "C0given": 10, "C0paid": 10, "C0inquiry": 10, "C0part": 8, "C0failed": 10}
    lost = ("C0lost", "C0escalated", "C0settled", "C0agreed", "C0twice", "C0met", "C0disputed")
    assert net == kept | dict.fromkeys(lost, 0)
    assert [reason for _, reason in inbox.rejections()] == ["waiting:sale"]


def test_a_dispute_names_its_payment(inbox: Inbox) -> None:
    """What a dispute took of a subscription was money of another kind, of nobody."""
    inbox.deliver("paypal", truth.CASES["dispute_of_a_sale"])
    *_, taken = inbox.rows("payment_events", order_by="occurred_at, event_id")
    assert taken["event_id"] == "paypal:DISPUTE:PP-D-disputed:claim"
    assert (taken["event_type"], taken["original_transaction_id"]) == ("chargeback", "C0disputed")
    assert (taken["customer_id"], taken["subscription_id"], taken["product_kind"]) == (
        "paypal_subscription:I-disputed", "I-disputed", "subscription",
    )  # fmt: skip


def test_a_capture_in_full(inbox: Inbox) -> None:
    """A payment without a subscription was refused; its fee and its owner have other names than those of a sale."""
    inbox.deliver("paypal", truth.CASES["capture"] + truth.CASES["capture_unnamed"])
    named, unnamed = inbox.rows("payment_events")
    moment = datetime(2025, 3, 5, 10)  # noqa: DTZ001 - the lake holds UTC without an offset
    assert named == {
        "event_id": "paypal:COMPLETED:C-capture:paid", "event_type": "succeeded", "occurred_at": moment,
        "recorded_at": moment, "customer_id": "c-1", "transaction_id": "C-capture", "amount": Decimal("10.0000"),
        "currency": "EUR", "product_kind": "other", "fee_amount": Decimal("0.5900"), "provider": "paypal",
        "payment_method": "paypal", "channel": "web",
    }  # fmt: skip
    assert unnamed["customer_id"] == "paypal_order:O-capture_unnamed"


def test_a_payment_that_several_tell_is_one_whoever_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A capture was a conflict with the sale of the same id, and its dispute was of whomever came first."""
    told = [
        *truth.CASES["same_capture"],
        *truth.CASES["invoice_refund_told"],
        dispute("same", "CREATED", "2025-03-12T00:00:00Z"),
    ]
    rows = []
    in_pairs = [told[at : at + 2] for at in range(0, len(told), 2)]
    for number, deliveries in enumerate(([told], reversed(in_pairs))):
        inbox = Inbox(tmp_path / str(number), monkeypatch)
        for payloads in deliveries:
            inbox.deliver("paypal", payloads)
        assert inbox.rejections() == []
        rows.append(inbox.rows("payment_events", order_by="event_id"))
    assert rows[0] == rows[1]
    assert {
        row["customer_id"] for row in rows[0] if "same" in row.get("original_transaction_id", row["transaction_id"])
    } == {"paypal_subscription:I-same"}


@pytest.mark.long
def test_delivery_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A payload that came late, twice or in another file made other rows."""
    require_the_same_rows("paypal", LIFECYCLE, tmp_path, monkeypatch, also_in_halves=True)
