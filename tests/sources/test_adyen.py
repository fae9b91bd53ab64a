"""Adyen's notifications, each kind of item, as rows of payments."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import UserError
from pipelines.sources.adyen import SOURCE
from pipelines.sources.signatures.adyen import signed_text
from tests.sources.delivering import FIXTURES, Inbox
from tests.sources.replaying import require_all_accounted, require_the_same_rows
from tests.sources.stories.adyen import payloads as story

KEY = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
NOON = datetime(2025, 3, 1, 11)  # noqa: DTZ001 - stored times have no offset


def notifications() -> list[dict[str, Any]]:
    lines = (FIXTURES / "adyen" / "notifications.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_each_kind_of_item(inbox: Inbox) -> None:
    """A capture was counted beside its authorisation, and revenue doubled."""
    inbox.deliver("adyen", notifications())
    columns = (
        "event_id",
        "event_type",
        "customer_id",
        "amount::VARCHAR as amount",
        "original_transaction_id as original",
    )
    rows = [tuple(row.values()) for row in inbox.rows("payment_events", *columns)]
    assert rows == [
        ("adyen:D1:CHARGEBACK:true", "chargeback", "adyen_payment:P1", "11.3000", "P1"),
        ("adyen:D1:CHARGEBACK_REVERSED:true", "chargeback_reversed", "adyen_payment:P1", "11.3000", "P1"),
        ("adyen:D1:SECOND_CHARGEBACK:true", "chargeback", "adyen_payment:P1", "11.3000", "P1"),
        ("adyen:E1:CAPTURE_FAILED:true:1740826800000000", "refunded", "adyen_payment:P8", "11.3000", "P8"),
        ("adyen:P10:AUTHORISATION:true", "succeeded", "adyen_payment:P10", "1234.0000"),
        ("adyen:P11:AUTHORISATION:true", "succeeded", "adyen_payment:P11", "1.2340"),
        ("adyen:P1:AUTHORISATION:true", "succeeded", "c-1", "11.3000"),
        ("adyen:P2:AUTHORISATION:false", "failed", "c-1", "11.3000"),
        ("adyen:P3:AUTHORISATION:true", "succeeded", "c-2", "500.0000"),
        ("adyen:P5:AUTHORISATION:true", "succeeded", "email_hash:" + hashed("bob@example.org"), "1234.5600"),
        ("adyen:P6:AUTHORISATION:true", "succeeded", "adyen_payment:P6", "1234.0000"),
        ("adyen:P7:AUTHORISATION:true", "succeeded", "adyen_payment:P7", "1234.0000"),
        ("adyen:R1:REFUND:true", "refunded", "adyen_payment:P1", "5.0000", "P1"),
        ("adyen:R1:REFUND_FAILED:true", "chargeback_reversed", "adyen_payment:P1", "5.0000", "P1"),
        ("adyen:X1:CANCELLATION:true", "refunded", "adyen_payment:P3", "500.0000", "P3"),
    ]
    assert [(row["event_type"], row["subject_id"]) for row in inbox.rows("other_events")] == [
        ("CAPTURE", "P1"),
        ("NOTIFICATION_OF_CHARGEBACK", "P1"),
        ("AUTHORISATION", "P4"),
        ("REFUND", "P1"),
        ("TECHNICAL_CANCEL", "P9"),
        ("PAIDOUT_REVERSED", "Y1"),
        ("REPORT_AVAILABLE", "settlement.csv"),
    ]


def test_a_payment_and_a_refusal_in_full(inbox: Inbox) -> None:
    """The card's summary, which Adyen sends as the reason of a success, was listed among the refusals."""
    inbox.deliver("adyen", notifications()[:2])
    paid, refused = inbox.rows("payment_events")[:2]
    known = {
        "occurred_at": NOON,
        "recorded_at": NOON,
        "customer_id": "c-1",
        "amount": Decimal("11.3"),
        "currency": "EUR",
        "product_kind": "subscription",
        "provider": "adyen",
        "attempt": 2,
        "country": "NL",
    }
    assert paid == {
        **known,
        "event_id": "adyen:P1:AUTHORISATION:true",
        "event_type": "succeeded",
        "transaction_id": "P1",
        "subscription_id": "S-1",
        "payment_method": "visa",
    }
    assert refused == {
        **known,
        "event_id": "adyen:P2:AUTHORISATION:false",
        "event_type": "failed",
        "transaction_id": "P2",
        "subscription_id": "S-2",
        "failure_code": "Refused",
    }


def test_a_refund_finds_its_customer_through_the_payment(inbox: Inbox) -> None:
    """Refunds name no shopper, and hung on customers who had never paid."""
    inbox.deliver("adyen", notifications()[:2])
    links = inbox.rows("identity_links", "alias_kind", "alias_value", "customer_id", order_by="1, 2")
    assert [tuple(row.values()) for row in links] == [
        ("adyen_payment", "P1", "c-1"),
        ("adyen_payment", "P2", "c-1"),
        ("adyen_payment", "P3", "c-2"),
        ("email_hash", hashed("ann@example.org"), "c-1"),
    ]


def test_what_cannot_be_read_says_why(inbox: Inbox) -> None:
    """Half of a payload was loaded, and nobody could tell which half."""
    payloads = notifications()
    inbox.deliver("adyen", payloads)
    assert inbox.rejections() == [
        (19, "unknown_type:eventCode"),
        (20, "missing:amount"),
        (21, "missing:notificationItems"),
        (22, "invalid:eventDate"),
        (23, "invalid:success"),
    ]
    require_all_accounted(inbox, payloads)


def test_delivery_order_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adyen repeats what was not acknowledged in time, and payments were counted twice."""
    require_the_same_rows("adyen", notifications(), tmp_path, monkeypatch)


def test_a_wrong_signature_rejects_the_payload(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody who knew the address could book a payment."""
    monkeypatch.setenv("CHURNIQ_ADYEN_SECRET", KEY)
    genuine = copy.deepcopy(notifications()[1])
    for entry in genuine["notificationItems"]:
        item = entry["NotificationRequestItem"]
        digest = hmac.new(bytes.fromhex(KEY), signed_text(item).encode(), hashlib.sha256).digest()
        item["additionalData"]["hmacSignature"] = base64.b64encode(digest).decode()
    forged = copy.deepcopy(genuine)
    forged["notificationItems"][1]["NotificationRequestItem"]["amount"]["value"] = 1
    inbox.deliver("adyen", [genuine, forged, notifications()[0]])
    assert [row["transaction_id"] for row in inbox.rows("payment_events")] == ["P2", "P3"]
    assert inbox.rejections() == [(2, "signature_mismatch"), (3, "signature_mismatch")]


def test_a_key_that_cannot_be_one_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key pasted with quotes rejected every payment of a night."""
    monkeypatch.setenv("CHURNIQ_ADYEN_SECRET", "'4478'")
    assert SOURCE.verify is not None
    with pytest.raises(UserError, match="CHURNIQ_ADYEN_SECRET is not hexadecimal"):
        SOURCE.verify()


def test_the_story_of_payments(inbox: Inbox) -> None:
    """A refused renewal was left out of the dunning statistics."""
    inbox.deliver("adyen", story())
    rows = inbox.rows("payment_events", "event_type", "subscription_id", "customer_id", order_by="occurred_at")
    assert [row["event_type"] for row in rows] == ["succeeded", "succeeded", "failed", "succeeded", "succeeded"]
    assert {(row["subscription_id"], row["customer_id"]) for row in rows} == {("monthly-7", "customer-7")}


def hashed(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()
