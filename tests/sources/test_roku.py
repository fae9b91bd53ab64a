"""Roku Pay: what its notices become, and what must not change it."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.sources.delivering import FIXTURES, Inbox
from tests.sources.replaying import require_all_accounted, require_the_same_rows
from tests.sources.truth import roku as truth

LIFECYCLE = [json.loads(line) for line in (FIXTURES / "roku" / "lifecycle.jsonl").read_text().splitlines()]
_FIRST = "aa010000000040008000000000000001"  # of the first purchase, which comes with hyphens, too, and in capitals


def events(inbox: Inbox) -> list[tuple[Any, ...]]:
    """Subscription, type, time, reason and price of the accepted events, in their order."""
    names = ("subscription_id", "event_type", "occurred_at", "end_reason", "amount", "billing_interval")
    rows = inbox.rows("subscription_events", *names, order_by="1, 3, event_id")
    return [
        (row["subscription_id"], row["event_type"], f"{row['occurred_at']:%m-%d %H:%M}", row.get("end_reason"),
         str(row.get("amount")), row.get("billing_interval"))
        for row in rows
    ]  # fmt: skip


def test_a_sale_in_full(inbox: Inbox) -> None:
    """A field went into the wrong column, lower-case currency was kept, nanoseconds made the time invalid."""
    inbox.deliver("roku", [LIFECYCLE[0]])
    moment = datetime(2025, 1, 10, 9, 0, 0, 123456)  # noqa: DTZ001 - the lake holds UTC without an offset
    end = datetime(2026, 1, 10, 9)  # noqa: DTZ001
    common = {"customer_id": "customer-1", "subscription_id": _FIRST, "offer_id": "yearly", "currency": "USD",
              "provider": "roku", "channel": "web", "occurred_at": moment, "recorded_at": moment}  # fmt: skip
    notice = f"roku:Sale:{_FIRST}:1736499600123456"
    assert inbox.rows("subscription_events") == [
        {**common, "event_id": f"{notice}:1", "event_type": "started", "amount": Decimal("99.9900"),
         "discount_amount": Decimal("0.0000"), "billing_interval": "year", "billing_interval_count": 1,
         "period_start": moment, "period_end": end, "provider_code": "Sale/New order processed."}
    ]  # fmt: skip
    assert inbox.rows("payment_events") == [
        {**common, "event_id": f"{notice}:paid", "event_type": "succeeded", "transaction_id": _FIRST,
         "amount": Decimal("107.4900"), "tax_amount": Decimal("7.5000"), "product_kind": "subscription"}
    ]  # fmt: skip
    assert inbox.rows("identity_links", "alias_kind", "alias_value", "customer_id") == [
        {"alias_kind": "roku_customer", "alias_value": "r1", "customer_id": "customer-1"}
    ]


def test_a_refund_of_a_subscription_is_recurring_money(inbox: Inbox) -> None:
    """What came back of subscriptions was of no kind, so that recurring revenue stayed as if nothing had.

    Where the reversal itself says no date, and comes before what it reverses, what it reverses tells its kind.
    """
    undated = [{**payload, "expirationDate": None} for payload in truth.CASES["refunded"] if "Refund" in str(payload)]
    inbox.deliver("roku", [*undated, *truth.CASES["single_refunded"][1:]])
    inbox.deliver("roku", [*truth.CASES["refunded"][:1], *truth.CASES["single_refunded"][:1]])
    rows = inbox.rows("payment_events", "event_type", "product_kind", "offer_id", order_by="offer_id, event_type desc")
    assert [(row["event_type"], row.get("product_kind")) for row in rows] == [
        ("succeeded", "other"), ("refunded", "other"), ("succeeded", "subscription"), ("refunded", "subscription"),
    ]  # fmt: skip


def test_every_kind_of_end_switch_and_failure(inbox: Inbox) -> None:
    """A passive cancellation counted as the customer's wish; a switch counted as churn; an undone end came true."""
    inbox.deliver("roku", LIFECYCLE)
    assert inbox.rejections() == []
    found = events(inbox)
    expected = [
        (_FIRST, "started", "01-10 09:00", None, "99.9900", "year"),
        (_FIRST, "cancel_scheduled", "02-01 00:00", None, "None", None),
        (_FIRST, "cancel_reverted", "02-02 00:00", None, "None", None),
        (_FIRST, "cancel_scheduled", "02-03 00:00", None, "None", None),
        (_FIRST, "ended", "01-10 09:00", "customer_cancelled", "None", None),
        ("bb02", "renewed", "01-05 00:00", None, "5.0000", "month"),
        ("bb02", "grace_entered", "02-05 00:00", None, "None", None),
        ("bb02", "recovered", "02-06 00:00", None, "None", None),
        ("bb02", "ended", "05-09 00:00", "payment_failed", "None", None),
        ("cc03", "started", "01-01 00:00", None, "5.0000", "month"),
        ("cc03", "ended", "01-11 00:00", "switched", "None", None),
        ("cc04", "started", "01-11 00:00", None, "50.0000", "year"),
        ("dd05", "started", "01-01 00:00", None, "9.0000", "month"),
        ("dd05", "cancel_scheduled", "01-11 00:00", None, "None", None),
        ("dd05", "ended", "02-01 00:00", "switched", "None", None),
        ("dd06", "renewed", "02-01 00:00", None, "5.0000", "month"),
        ("ee07", "started", "01-01 00:00", None, "5.0000", "month"),
        ("ee07", "cancel_scheduled", "01-03 09:00", None, "None", None),
        ("ee07", "ended", "01-03 09:00", "refunded", "None", None),
        ("ff08", "trial_started", "01-01 00:00", None, "None", "month"),
        ("ff08", "cancel_scheduled", "01-02 00:00", None, "None", None),
        ("ff08", "ended", "01-08 00:00", "customer_cancelled", "None", None),
    ]
    assert sorted(found) == sorted(expected)
    money = inbox.rows("payment_events", "subscription_id", "event_type", "amount", order_by="occurred_at, 1, 2")
    reversals = [(row["subscription_id"], row["event_type"], str(row["amount"])) for row in money]
    assert [row for row in reversals if row[1] != "succeeded"] == [
        ("ee07", "refunded", "5.3500"),
        ("bb02", "chargeback", "5.0000"),
        ("bb02", "chargeback_reversed", "5.0000"),
        ("bb02", "chargeback", "5.0000"),
    ]
    assert inbox.rows("other_events", "event_type") == [{"event_type": "Credit"}, {"event_type": "DowngradeSale"}]
    require_all_accounted(inbox, LIFECYCLE)


def test_a_signed_body_is_the_same_notice(inbox: Inbox) -> None:
    """A token was rejected, or counted a second time beside the plain notice."""

    def encode(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value, ensure_ascii=False).encode()).decode().rstrip("=")

    named = {**LIFECYCLE[0], "productName": "Größe ÿ?"}
    message = base64.urlsafe_b64encode(json.dumps(named, ensure_ascii=False).encode()).decode().rstrip("=")
    token = f"{encode({'alg': 'RS256'})}.{encode({'x-Roku-message': message})}.c2lnbmVk"
    inbox.deliver("roku", [{"payload": token}, LIFECYCLE[0]])
    assert [row["event_type"] for row in inbox.rows("subscription_events")] == ["started"]
    assert inbox.rejections() == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"transactionType": "Gift"}, "unknown_type"),
        ({"transactionType": None}, "missing:transactionType"),
        ({"eventDate": "yesterday"}, "invalid:eventDate"),
        ({"customerId": ""}, "missing:customerId"),
        ({"price": "much"}, "invalid:price"),
        ({"currency": None}, "missing:currency"),
        ({"originalTransactionId": None}, "missing:originalTransactionId"),
        ({"expirationDate": "2024-01-01T00:00:00Z"}, "order:eventDate>expirationDate"),
    ],
)
def test_a_broken_notice_says_what_is_wrong(inbox: Inbox, changes: dict[str, Any], reason: str) -> None:
    """A broken notice vanished without a word, or took its file along."""
    inbox.deliver("roku", [{**LIFECYCLE[0], **changes}, {"payload": "no.token.here"}])
    assert inbox.rejections() == [(1, reason), (2, "missing:transactionType")]


def test_delivery_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice that came late, twice or in another file made other rows."""
    require_the_same_rows("roku", LIFECYCLE, tmp_path, monkeypatch)
