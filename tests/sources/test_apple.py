"""Apple's notifications as canonical rows: every type, signed or decoded, whatever the order of delivery."""

from __future__ import annotations

import random
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from pipelines.sources.apple.actions import ACTIONS, MAPPED_TYPES, OTHER_TYPES
from tests.receiver.signing import apple_chain, apple_token
from tests.sources.delivering import FIXTURES, Inbox, Row
from tests.sources.stories.apple import (
    ACCOUNT,
    ORIGINAL,
    milliseconds,
    notification,
    payloads,
    renewal,
    signed,
    transaction,
)

FEEDS = ("subscription_events", "payment_events", "identity_links", "store_purchases", "other_events")
MONTH = transaction("2025-02-08T10:00:00", "2025-03-08T10:00:00")
CUSTOMER = f"app_account_token:{ACCOUNT}"


def at(day: str, time: str = "10:00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{time}")


def events(inbox: Inbox, *columns: str) -> list[tuple[Any, ...]]:
    chosen = ("event_type", "strftime(occurred_at, '%m-%d') as day", *columns)
    rows = inbox.rows("subscription_events", *chosen, "event_id", order_by="occurred_at, event_id")
    return [tuple(value for name, value in row.items() if name != "event_id") for row in rows]


def one(inbox: Inbox, feed: str) -> Row:
    (row,) = inbox.rows(feed)
    return row


def test_a_trial_and_a_renewal_in_full(inbox: Inbox) -> None:
    """Prices were read as cents, and a trial had the price 0 that its transaction states."""
    trial = transaction(
        "2025-01-01T10:00:00", "2025-01-08T10:00:00", price=0, offerType=1, offerDiscountType="FREE_TRIAL"
    )
    trial["appAccountToken"] = ACCOUNT.upper()
    inbox.deliver("apple", [signed(notification("SUBSCRIBED/INITIAL_BUY", "2025-01-01T10:00:03", trial))])
    common = {
        "customer_id": CUSTOMER,
        "subscription_id": ORIGINAL,
        "offer_id": "premium.monthly",
        "provider": "apple",
        "channel": "ios",
        "country": "DE",
        "currency": "EUR",
    }
    priced = {"amount": Decimal("9.99"), "discount_amount": Decimal(0), "billing_interval": "month"}
    priced["billing_interval_count"] = 1
    assert one(inbox, "subscription_events") == common | priced | {
        "event_id": "apple:SUBSCRIBED-INITIAL_BUY-2025-01-01T10:00:03",
        "event_type": "trial_started",
        "occurred_at": at("2025-01-01"),
        "recorded_at": at("2025-01-01", "10:00:03"),
        "period_start": at("2025-01-01"),
        "period_end": at("2025-01-08"),
        "provider_code": "SUBSCRIBED/INITIAL_BUY",
    }
    assert inbox.rows("payment_events") == []
    assert one(inbox, "identity_links") == {
        "alias_kind": "original_transaction_id",
        "alias_value": ORIGINAL,
        "customer_id": CUSTOMER,
        "recorded_at": at("2025-01-01", "10:00:03"),
    }
    inbox.deliver("apple", [signed(notification("DID_RENEW", "2025-02-08T10:00:09", MONTH))])
    assert one(inbox, "payment_events") == common | {
        "event_id": "apple:DID_RENEW-2025-02-08T10:00:09:payment",
        "event_type": "succeeded",
        "occurred_at": at("2025-02-08"),
        "recorded_at": at("2025-02-08", "10:00:09"),
        "transaction_id": f"5{milliseconds('2025-02-08T10:00:00')}",
        "amount": Decimal("9.99"),
        "product_kind": "subscription",
    }
    assert inbox.rejections() == []


def test_the_story(inbox: Inbox) -> None:
    """A recovery kept the price of before, and a conversion was counted as one renewal more."""
    inbox.deliver("apple", payloads())
    assert events(inbox, "amount", "end_reason") == [
        ("trial_started", "01-01", Decimal("9.99")),
        ("trial_converted", "01-08", Decimal("9.99")),
        ("renewed", "02-08", Decimal("9.99")),
        ("cancel_scheduled", "03-01"),
        ("cancel_reverted", "03-02"),
        ("grace_entered", "03-08"),
        ("hold_entered", "03-15"),
        ("renewed", "03-18", Decimal("9.99")),
        ("recovered", "03-18"),
        ("renewed", "04-18", Decimal("9.99")),
        ("cancel_scheduled", "05-01"),
        ("ended", "05-18", "customer_cancelled"),
    ]
    assert [row["event_type"] for row in inbox.rows("payment_events", "event_type", order_by="occurred_at")] == [
        "succeeded",
        "succeeded",
        "failed",
        "succeeded",
        "succeeded",
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_gives_the_same_rows(
    seed: int, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apple repeats notifications for days, and what came late was told otherwise than what came in time."""
    told = payloads()
    inbox.deliver("apple", told)
    expected = {feed: inbox.rows(feed, order_by="all") for feed in FEEDS}
    again = Inbox(tmp_path / "again", monkeypatch)
    shuffled = told * 2
    random.Random(seed).shuffle(shuffled)
    again.deliver("apple", shuffled[: len(told)])
    again.deliver("apple", shuffled[len(told) :])
    assert {feed: again.rows(feed, order_by="all") == rows for feed, rows in expected.items()} == dict.fromkeys(
        FEEDS, True
    )
    # A renewal told again together with the trial that explains it contradicts what was told without, until that is
    # done again: the repetition is refused, and the rows are right.
    assert {reason for _, reason in again.rejections()} <= {"conflict"}


# What each type and subtype makes: (subscription event types, payment event types, other events).
OUTCOMES: dict[str, tuple[list[str], list[str], int]] = {
    "SUBSCRIBED/INITIAL_BUY": (["started"], ["succeeded"], 0),
    "SUBSCRIBED/RESUBSCRIBE": (["started"], ["succeeded"], 0),
    "OFFER_REDEEMED/INITIAL_BUY": (["started"], ["succeeded"], 0),
    "OFFER_REDEEMED/RESUBSCRIBE": (["started"], ["succeeded"], 0),
    "OFFER_REDEEMED/UPGRADE": (["plan_changed"], ["succeeded"], 0),
    "OFFER_REDEEMED/DOWNGRADE": ([], [], 1),
    "OFFER_REDEEMED": ([], [], 1),
    "DID_CHANGE_RENEWAL_PREF/UPGRADE": (["plan_changed"], ["succeeded"], 0),
    "DID_CHANGE_RENEWAL_PREF/DOWNGRADE": ([], [], 1),
    "DID_CHANGE_RENEWAL_PREF": ([], [], 1),
    "DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_ENABLED": (["cancel_reverted"], [], 0),
    "DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_DISABLED": (["cancel_scheduled"], [], 0),
    "DID_RENEW": (["renewed"], ["succeeded"], 0),
    "DID_RENEW/BILLING_RECOVERY": (["recovered", "renewed"], ["succeeded"], 0),
    "DID_FAIL_TO_RENEW/GRACE_PERIOD": (["grace_entered"], ["failed"], 0),
    "DID_FAIL_TO_RENEW": (["hold_entered"], ["failed"], 0),
    "GRACE_PERIOD_EXPIRED": (["hold_entered"], [], 0),
    "EXPIRED/VOLUNTARY": (["ended"], [], 0),
    "EXPIRED/BILLING_RETRY": (["ended"], [], 0),
    "EXPIRED/PRICE_INCREASE": (["ended"], [], 0),
    "EXPIRED/PRODUCT_NOT_FOR_SALE": (["ended"], [], 0),
    "EXPIRED": (["ended"], [], 0),
    "RENEWAL_EXTENDED": (["resumed"], [], 0),
    "REVOKE": (["ended"], [], 0),
    "REFUND": ([], ["refunded"], 0),
    "REFUND_REVERSED": ([], ["chargeback_reversed"], 0),
    "ONE_TIME_CHARGE": ([], ["succeeded"], 0),
    "CONSUMPTION_REQUEST": ([], [], 1),
    "EXTERNAL_PURCHASE_TOKEN/UNREPORTED": ([], [], 1),
    "METADATA_UPDATE": ([], [], 1),
    "MIGRATION": ([], [], 1),
    "PRICE_CHANGE": ([], [], 1),
    "PRICE_INCREASE/PENDING": ([], [], 1),
    "PRICE_INCREASE/ACCEPTED": ([], [], 1),
    "REFUND_DECLINED": ([], [], 1),
    "RENEWAL_EXTENSION/SUMMARY": ([], [], 1),
    "RENEWAL_EXTENSION/FAILURE": ([], [], 1),
    "RESCIND_CONSENT": ([], [], 1),
    "TEST": ([], [], 1),
}


def test_every_type_and_subtype_is_told_apart(inbox: Inbox) -> None:
    """A type that nobody had listed vanished: neither a row nor a rejection told of it."""
    assert len({*MAPPED_TYPES, *OTHER_TYPES}) == 23
    listed = {tuple(name.partition("/")[::2]) for name in OUTCOMES}
    assert set(ACTIONS) <= listed
    assert {name for name, _ in listed} == {*MAPPED_TYPES, *OTHER_TYPES}
    told = [
        notification(
            name,
            "2025-03-08T11:00:00",
            MONTH | {"originalTransactionId": name, "revocationDate": milliseconds("2025-03-01T09:00:00")},
        )
        for name in OUTCOMES
    ]
    inbox.deliver("apple", told)
    found: dict[str, tuple[list[str], list[str], int]] = {name: ([], [], 0) for name in OUTCOMES}
    for row in inbox.rows("subscription_events", "subscription_id", "event_type", order_by="all"):
        found[row["subscription_id"]][0].append(row["event_type"])
    for row in inbox.rows("payment_events", "subscription_id", "event_type", order_by="all"):
        found[row["subscription_id"]][1].append(row["event_type"])
    for row in inbox.rows("other_events", "subject_id"):
        name = row["subject_id"]
        found[name] = (*found[name][:2], found[name][2] + 1)
    assert {name: outcome for name, outcome in found.items() if outcome != OUTCOMES[name]} == {}
    assert inbox.rejections() == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"signedPayload": "a.b"}, "malformed:signedPayload"),
        ({"signedPayload": "x.!!!!.y"}, "malformed:signedPayload"),
        ({"signedPayload": "x.WzFd.y"}, "malformed:signedPayload"),
        ({"signedPayload": "{cut off"}, "malformed:signedPayload"),
        ({"Event Date": "2025-01-01", "Event": "Subscribe", "Quantity": "3"}, "aggregate_report"),
        ({"notification_type": "DID_RENEW", "unified_receipt": {}}, "unsupported:version_1"),
        ({"hello": 1}, "missing:notificationType"),
        (notification("BRAND_NEW", "2025-01-01T10:00:00", MONTH), "unknown_type"),
        (notification("EXPIRED/BOREDOM", "2025-01-01T10:00:00", MONTH), "unknown_subtype"),
        (notification("DID_RENEW", "2025-01-01T10:00:00", MONTH, environment="Sandbox"), "sandbox_environment"),
        (notification("TEST", "2025-01-01T10:00:00", None, environment="Xcode"), "sandbox_environment"),
        (notification("DID_RENEW", "2025-01-01T10:00:00", None), "missing:originalTransactionId"),
        (notification("DID_RENEW", "2025-01-01T10:00:00", MONTH | {"price": None}), "missing:price"),
        (notification("DID_RENEW", "2025-01-01T10:00:00", MONTH | {"price": "free"}), "invalid:price"),
        (notification("DID_RENEW", "2025-01-01T10:00:00", MONTH | {"expiresDate": 1}), "invalid:expiresDate"),
        (
            notification(
                "DID_RENEW", "2025-01-01T10:00:00", MONTH | {"expiresDate": milliseconds("2030-01-01T00:00:00")}
            ),
            "unknown_interval",
        ),
        (notification("DID_RENEW", "2025-01-01T10:00:00", MONTH | {"transactionId": None}), "missing:transactionId"),
        (
            notification("DID_RENEW", "2025-01-01T10:00:00", MONTH) | {"notificationUUID": None},
            "missing:notificationUUID",
        ),
        (notification("DID_RENEW", "2025-01-01T10:00:00", MONTH) | {"signedDate": "soon"}, "invalid:signedDate"),
        (
            notification("DID_RENEW", "2025-01-01T10:00:00", None, signedTransactionInfo="x.%.y"),
            "malformed:signedTransactionInfo",
        ),
        (
            notification("DID_RENEW", "2025-01-01T10:00:00", MONTH, signedRenewalInfo="x")
            | {"data": {"signedRenewalInfo": "x"}},
            "malformed:signedRenewalInfo",
        ),
    ],
)
def test_a_payload_that_says_nothing_is_rejected_by_name(body: dict[str, Any], reason: str, inbox: Inbox) -> None:
    """One broken token stopped the whole file, and a sandbox purchase counted as revenue."""
    inbox.deliver("apple", [body, notification("TEST", "2025-01-01T10:00:00", None)])
    assert inbox.rejections() == [(1, reason)]
    assert [row["event_type"] for row in inbox.rows("other_events")] == ["TEST"]


def test_refunds_and_their_reversal(inbox: Inbox) -> None:
    """A prorated refund gave all the money back, and one for an old period ended a running subscription."""
    revoked = {"revocationDate": milliseconds("2025-02-20T08:00:00")}
    half = revoked | {"revocationType": "REFUND_PRORATED", "revocationPercentage": 40000}
    inbox.deliver(
        "apple",
        [
            notification("REFUND", "2025-02-20T09:00:00", MONTH | half, status=1),
            notification("REFUND", "2025-02-21T09:00:00", MONTH | revoked, status=5),
            notification("REFUND_REVERSED", "2025-02-22T09:00:00", MONTH, status=1),
        ],
    )
    paid = inbox.rows("payment_events", "event_type", "amount", "original_transaction_id", order_by="recorded_at")
    charge = MONTH["transactionId"]
    assert [tuple(row.values()) for row in paid] == [
        ("refunded", Decimal("3.996"), charge),
        ("refunded", Decimal("9.99"), charge),
        ("chargeback_reversed", Decimal("9.99"), charge),
    ]
    assert events(inbox, "end_reason") == [("ended", "02-20", "refunded"), ("resumed", "02-22")]


def test_a_family_pays_once(inbox: Inbox) -> None:
    """Five members of a family were five paying subscribers."""
    shared = MONTH | {"inAppOwnershipType": "FAMILY_SHARED", "originalTransactionId": "shared"}
    names = ("SUBSCRIBED/INITIAL_BUY", "DID_RENEW", "REVOKE")
    inbox.deliver("apple", [notification(name, "2025-02-08T10:00:00", shared) for name in names])
    assert [inbox.rows(feed) for feed in FEEDS[:4]] == [[], [], [], []]
    assert {row["event_type"] for row in inbox.rows("other_events")} == {f"FAMILY_SHARED/{name}" for name in names}
    assert inbox.rejections() == []


def test_ends_of_failed_payments_are_dated_after_them(inbox: Inbox) -> None:
    """After sixty days of retries the end was dated before the hold, which then came too late to count."""
    last = renewal(expirationIntent=2)
    inbox.deliver(
        "apple",
        [
            notification("DID_FAIL_TO_RENEW", "2025-03-08T09:00:00", MONTH),
            notification("EXPIRED/BILLING_RETRY", "2025-05-07T10:00:00", MONTH, last),
            notification("EXPIRED", "2025-03-08T12:00:00", MONTH | {"originalTransactionId": "2"}, last),
        ],
    )
    assert events(inbox, "end_reason", "subscription_id") == [
        ("hold_entered", "03-08", ORIGINAL),
        ("ended", "03-08", "payment_failed", "2"),
        ("ended", "05-07", "payment_failed", ORIGINAL),
    ]


def test_one_time_purchases_are_no_subscriptions(inbox: Inbox) -> None:
    """A rented film opened a subscription."""
    bought = MONTH | {"type": "Non-Renewing Subscription"}
    inbox.deliver("apple", [notification("ONE_TIME_CHARGE", "2025-02-08T10:00:05", bought)])
    row = one(inbox, "payment_events")
    assert (row["product_kind"], row["access_end"], "subscription_id" in row) == ("pass", at("2025-03-08"), False)
    assert inbox.rows("subscription_events") == []


def test_every_payload_of_the_fixtures_can_be_named(inbox: Inbox) -> None:
    """Of a file's payloads some were neither loaded nor rejected, and nobody could say which."""
    text = (FIXTURES / "apple" / "notifications.jsonl").read_text()
    inbox.deliver_text("apple", text, "notifications.jsonl")
    ids = {
        row["event_id"].split(":")[1]
        for feed in ("subscription_events", "payment_events", "other_events")
        for row in inbox.rows(feed)
    }
    assert inbox.rejections() == [(10, "sandbox_environment")]
    assert len(ids) == len(text.splitlines()) - 1


def test_signatures_are_verified_where_a_root_is_configured(
    inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody could post a renewal: the body was taken apart but nobody looked at who had signed it."""
    certificate = tmp_path / "root.pem"
    certificate.write_bytes(apple_chain()[2].public_bytes(Encoding.PEM))
    monkeypatch.setenv("CHURNIQ_APPLE_CERTIFICATE", str(certificate))
    content = notification("DID_RENEW", "2025-02-08T10:00:00", MONTH)
    header, _, signature = apple_token(content).split(".")
    forged = signed(content | {"notificationUUID": "forged"})["signedPayload"].split(".")[1]
    inbox.deliver(
        "apple",
        [
            {"signedPayload": apple_token(content)},
            {"signedPayload": f"{header}.{forged}.{signature}"},
            {"signedPayload": apple_token(content, apple_chain(root="other"))},
            content,
            {"Event Date": "2025-01-01", "Event": "Subscribe"},
        ],
    )
    assert inbox.rejections() == [
        (2, "signature_mismatch"),
        (3, "signature_mismatch"),
        (4, "signature_mismatch"),
        (5, "aggregate_report"),
    ]
    assert [row["event_type"] for row in inbox.rows("subscription_events")] == ["renewed"]
