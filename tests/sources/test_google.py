"""Google's notifications, purchases and orders as canonical rows, whatever is known first."""

from __future__ import annotations

import random
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.sources.google.actions import SUBSCRIPTION_TYPES
from tests.sources.delivering import FIXTURES, Inbox
from tests.sources.stories.google import (
    EXPIRED,
    PURCHASED,
    RENEWED,
    TOKEN,
    milliseconds,
    money,
    notification,
    payloads,
    purchase,
    push,
)

FEEDS = ("subscription_events", "payment_events", "identity_links", "store_purchases", "other_events")
BOUGHT = purchase("2025-01-01T10:00:05", "2025-02-01T10:00:00")


def at(day: str, time: str = "10:00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{time}")


def events(inbox: Inbox, *columns: str) -> list[tuple[Any, ...]]:
    chosen = ("event_type", "strftime(occurred_at, '%m-%d') as day", *columns)
    return [tuple(row.values()) for row in inbox.rows("subscription_events", *chosen, order_by="occurred_at, event_id")]


def order(state: str = "PROCESSED", **fields: Any) -> dict[str, Any]:
    item = {
        "productId": "premium",
        "subscriptionDetails": {
            "basePlanId": "monthly",
            "offerPhase": "BASE",
            "servicePeriodStartTime": "2025-01-01T10:00:00Z",
            "servicePeriodEndTime": "2025-02-01T10:00:00Z",
        },
    }
    return {
        "orderId": "GPA.1111-2222-3333-44444",
        "purchaseToken": TOKEN,
        "state": state,
        "createTime": "2025-01-01T10:00:00Z",
        "buyerAddress": {"buyerCountry": "de"},
        "total": money(9, 990000000),
        "tax": money(1, 600000000),
        "lineItems": [item],
        "orderHistory": {"processedEvent": {"eventTime": "2025-01-01T10:00:02.5Z"}},
    } | fields


def test_a_purchase_in_full(inbox: Inbox) -> None:
    """The price of nanos was rounded as a float, and the notification's product was taken for the subscription."""
    inbox.deliver("google", [notification(PURCHASED, "2025-01-01T10:00:00"), BOUGHT | {"order": order()}])
    (event,) = inbox.rows("subscription_events")
    assert event == {
        "event_id": f"google:{TOKEN}-4-2025-01-01T10:00:00",
        "event_type": "started",
        "occurred_at": at("2025-01-01"),
        "recorded_at": at("2025-01-01"),
        "customer_id": "customer-7",
        "subscription_id": TOKEN,
        "offer_id": "premium",
        "amount": Decimal("9.99"),
        "discount_amount": Decimal(0),
        "currency": "EUR",
        "billing_interval": "month",
        "billing_interval_count": 1,
        "period_end": at("2025-02-01"),
        "channel": "android",
        "provider": "google",
        "country": "DE",
        "provider_code": "SUBSCRIPTION_PURCHASED",
    }
    (paid,) = inbox.rows("payment_events")
    assert paid == {
        "event_id": "google:GPA.1111-2222-3333-44444:paid",
        "event_type": "succeeded",
        "occurred_at": at("2025-01-01", "10:00:02.500"),
        "recorded_at": at("2025-01-01", "10:00:02.500"),
        "customer_id": f"purchase_token:{TOKEN}",
        "transaction_id": "GPA.1111-2222-3333-44444",
        "subscription_id": TOKEN,
        "offer_id": "premium",
        "amount": Decimal("9.99"),
        "tax_amount": Decimal("1.6"),
        "currency": "EUR",
        "product_kind": "subscription",
        "provider": "google",
        "channel": "android",
        "country": "DE",
    }
    (link,) = inbox.rows("identity_links")
    assert link == {
        "alias_kind": "purchase_token",
        "alias_value": TOKEN,
        "customer_id": "customer-7",
        "recorded_at": at("2025-01-01", "10:00:05"),
    }
    assert inbox.rejections() == []


STORY = [
    ("trial_started", "01-01", Decimal("9.99"), at("2025-01-08")),
    ("trial_converted", "01-08", Decimal("9.99"), at("2025-02-08")),
    ("renewed", "02-08", Decimal("9.99"), at("2025-03-08")),
    ("cancel_scheduled", "03-01"),
    ("cancel_reverted", "03-02"),
    ("grace_entered", "03-08"),
    ("hold_entered", "03-15"),
    ("recovered", "03-18", at("2025-04-18")),
    ("renewed", "03-18", Decimal("9.99"), at("2025-04-18")),
    ("renewed", "04-18", Decimal("9.99"), at("2025-05-18")),
    ("cancel_scheduled", "05-01"),
    ("ended", "05-18"),
]


def test_the_story(inbox: Inbox) -> None:
    """A renewal without a look at the purchase kept the old period's end, and the subscription lapsed a month later."""
    inbox.deliver("google", payloads())
    assert events(inbox, "amount", "period_end") == STORY
    assert inbox.rejections() == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_gives_the_same_rows(
    seed: int, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The price came after the notification, and what had been mapped without it stayed as it was."""
    told = [*payloads(), order()]
    inbox.deliver("google", told)
    expected = {feed: inbox.rows(feed, order_by="all") for feed in FEEDS}
    again = Inbox(tmp_path / "again", monkeypatch)
    shuffled = [*told, *told]
    random.Random(seed).shuffle(shuffled)
    again.deliver("google", shuffled[: len(told)])
    again.deliver("google", shuffled[len(told) :])
    same = {feed: again.rows(feed, order_by="all") == rows for feed, rows in expected.items()}
    assert same == dict.fromkeys(FEEDS, True)
    # A repetition mapped with more context than its first copy contradicts it until that is done again.
    assert {reason for _, reason in again.rejections()} <= {"conflict"}


def test_a_notification_waits_for_its_price(inbox: Inbox) -> None:
    """Without a price a start was dropped for good, and a cancellation waited although it needs none."""
    told = [notification(PURCHASED, "2025-01-01T10:00:00"), notification(3, "2025-01-20T10:00:00")]
    inbox.deliver("google", told)
    assert inbox.rejections() == [(1, "waiting:price")]
    assert events(inbox, "customer_id") == [("cancel_scheduled", "01-20", f"purchase_token:{TOKEN}")]
    inbox.deliver("google", [BOUGHT])
    assert inbox.rejections() == []
    assert events(inbox, "customer_id") == [
        ("started", "01-01", "customer-7"),
        ("cancel_scheduled", "01-20", "customer-7"),
    ]


def test_the_canonical_feed_does_as_well_as_a_purchase(inbox: Inbox) -> None:
    """A business that exports prices from its own database still had to call Google for each of them."""
    inbox.deliver("google", [notification(PURCHASED, "2025-01-01T10:00:00"), order()])
    header = "provider,purchase_id,recorded_at,customer_id,offer_id,amount,currency,billing_interval,period_end"
    row = f"google,{TOKEN},2025-01-01T10:00:05Z,customer-7,premium,9.99,EUR,month,2025-02-01T10:00:00Z"
    inbox.deliver_text("canonical", f"{header}\n{row}\n", "store_purchases/prices.csv")
    assert inbox.rejections() == []
    assert events(inbox, "customer_id", "amount") == [("started", "01-01", "customer-7", Decimal("9.99"))]
    assert [row["customer_id"] for row in inbox.rows("identity_links")] == ["customer-7"]


def test_a_pending_order_is_nothing(inbox: Inbox) -> None:
    """Cash payments that never came were revenue."""
    state = {"subscriptionState": "SUBSCRIPTION_STATE_PENDING"}
    inbox.deliver(
        "google",
        [
            notification(PURCHASED, "2025-01-01T10:00:00"),
            purchase("2025-01-01T10:00:05", "2025-02-01T10:00:00", **state) | {"order": order("PENDING")},
            BOUGHT | {"order": order("PENDING")},
            order("PENDING"),
        ],
    )
    assert inbox.rejections() == []
    assert [inbox.rows(feed) for feed in FEEDS[:3]] == [[], [], []]
    assert {row["purchase_kind"] for row in inbox.rows("store_purchases")} == {"pending"}
    assert sorted(row["event_type"] for row in inbox.rows("other_events")) == [
        "ORDER_PENDING",
        "SUBSCRIPTION_PURCHASED",
        "SUBSCRIPTION_STATE_ACTIVE/ORDER_PENDING",
        "SUBSCRIPTION_STATE_PENDING/ORDER_PENDING",
    ]


def test_what_an_order_gave_back(inbox: Inbox) -> None:
    """A refunded order had never been paid, and a chargeback was a refund."""
    part = {
        "createTime": "2025-01-03T00:00:00Z",
        "processTime": "2025-01-03T01:00:00Z",
        "state": "PROCESSED_SUCCESSFULLY",
    }
    part["refundDetails"] = {"total": money(2, 500000000)}  # type: ignore[assignment]
    processed = {"processedEvent": {"eventTime": "2025-01-01T10:00:00Z"}}
    charged_back = processed | {"refundEvent": {"eventTime": "2025-01-05T00:00:00Z", "refundReason": "CHARGEBACK"}}
    partly = processed | {"partialRefundEvents": [part, part | {"state": "PENDING"}]}
    rental = {"productId": "film", "oneTimePurchaseDetails": {"rentalDetails": {}}}
    inbox.deliver(
        "google",
        [
            order("PARTIALLY_REFUNDED", orderId="A", orderHistory=partly),
            order("REFUNDED", orderId="B", orderHistory=charged_back, lineItems=[rental]),
            order("CANCELED", orderId="C"),
        ],
    )
    columns = ("transaction_id", "event_type", "amount", "product_kind")
    rows = inbox.rows("payment_events", *columns, order_by="transaction_id, occurred_at")
    assert [tuple(row.values()) for row in rows] == [
        ("A", "succeeded", Decimal("9.99"), "subscription"),
        ("A", "refunded", Decimal("2.5"), "subscription"),
        ("B", "succeeded", Decimal("9.99"), "rental"),
        ("B", "chargeback", Decimal("9.99"), "rental"),
    ]
    assert [row["event_type"] for row in inbox.rows("other_events")] == ["ORDER_CANCELED"]
    assert inbox.rejections() == []


def test_a_token_that_replaces_another(inbox: Inbox) -> None:
    """An upgrade was a second subscription beside the first, and the customer paid for both."""
    newer = purchase(
        "2025-01-15T10:00:05",
        "2025-02-15T10:00:00",
        token="newer",  # noqa: S106
        linkedPurchaseToken=TOKEN,
        startTime="2025-01-15T10:00:00Z",
        externalAccountIdentifiers={},
    )
    later = newer | {"fetchedAt": "2025-01-16T00:00:00Z"}
    inbox.deliver("google", [newer, later, notification(PURCHASED, "2025-01-15T10:00:01", token="newer")])  # noqa: S106
    assert events(inbox, "subscription_id", "customer_id", "end_reason") == [
        ("ended", "01-15", TOKEN, f"purchase_token:{TOKEN}", "switched"),
        ("started", "01-15", "newer", "purchase_token:newer"),
    ]
    links = {(row["alias_value"], row["customer_id"]) for row in inbox.rows("identity_links")}
    assert links == {("newer", f"purchase_token:{TOKEN}")}
    replaced = inbox.rows("subscription_events", "event_type", "replaces_subscription_id")
    assert [row for row in replaced if "replaces_subscription_id" in row] == [
        {"event_type": "started", "replaces_subscription_id": TOKEN}
    ]
    assert inbox.rejections() == []


def test_a_changed_price_is_taken_from_the_right_look(inbox: Inbox) -> None:
    """The price rise of March was found in February's renewal, because the purchase was looked at afterwards."""
    dearer = {"autoRenewingPlan": {"recurringPrice": money(12, 0)}}
    march = purchase("2025-03-01T10:00:05", "2025-04-01T10:00:00", item=dearer, latestOrderId="GPA.1..1")
    march["order"] = order(
        orderId="GPA.1..1",
        lineItems=[
            {
                "productId": "premium",
                "subscriptionDetails": {
                    "offerPhase": "BASE",
                    "servicePeriodStartTime": "2025-03-01T10:00:00Z",
                    "servicePeriodEndTime": "2025-04-01T10:00:00Z",
                },
            }
        ],
    )
    del march["billingPeriod"]
    renewals = [notification(RENEWED, f"2025-0{month}-01T10:00:00") for month in (2, 3)]
    inbox.deliver("google", [*renewals, BOUGHT, march])
    assert events(inbox, "amount", "period_end") == [
        ("renewed", "02-01", Decimal("9.99"), at("2025-03-01")),
        ("renewed", "03-01", Decimal(12), at("2025-04-01")),
    ]


def test_every_type_of_notification(inbox: Inbox) -> None:
    """Numbers that Google had not assigned yet were dropped without a word."""
    told = [notification(number, "2025-01-20T10:00:00", message_id=f"m{number}") for number in range(1, 24)]
    inbox.deliver("google", [BOUGHT, *told])
    rows = inbox.rows("subscription_events", "provider_code", "event_type", order_by="all desc")
    found = {row["provider_code"]: row["event_type"] for row in rows}
    found |= {row["event_type"]: "other" for row in inbox.rows("other_events")}
    expected = dict(SUBSCRIPTION_TYPES.values()) | {"SUBSCRIPTION_DEFERRED": "resumed"}
    assert found == expected
    unassigned = [number for number in range(1, 24) if str(number) not in SUBSCRIPTION_TYPES]
    assert inbox.rejections() == [(1 + number, "unknown_type") for number in unassigned]


def content(**fields: Any) -> dict[str, Any]:
    return {
        "version": "1.0",
        "packageName": "example.tv",
        "eventTimeMillis": str(milliseconds("2025-01-01T10:00:00")),
    } | fields


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"testNotification": {"version": "1.0"}}, "TEST"),
        (
            {"oneTimeProductNotification": {"notificationType": 1, "purchaseToken": "t", "sku": "film"}},
            "ONE_TIME_PRODUCT_PURCHASED",
        ),
        (
            {"oneTimeProductNotification": {"notificationType": 2, "purchaseToken": "t", "sku": "film"}},
            "ONE_TIME_PRODUCT_CANCELED",
        ),
        (
            {"voidedPurchaseNotification": {"purchaseToken": "t", "orderId": "o", "productType": 1, "refundType": 1}},
            "VOIDED_PURCHASE",
        ),
        ({"pendingRefundReviewNotification": {"purchaseToken": "t"}}, "PENDING_REFUND_REVIEW"),
    ],
)
def test_notifications_without_numbers_are_kept(fields: dict[str, Any], expected: str, inbox: Inbox) -> None:
    """A voided purchase was a refund of an amount that nobody had named."""
    inbox.deliver("google", [push(content(**fields), "1"), content(**fields)])
    assert [row["event_type"] for row in inbox.rows("other_events")] == [expected, expected]
    assert [inbox.rows(feed) for feed in FEEDS[:4]] == [[], [], [], []]
    assert inbox.rejections() == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"message": {"data": "%%%", "messageId": "1"}}, "malformed:message.data"),
        ({"message": {"data": "WzFd", "messageId": "1"}}, "malformed:message.data"),
        (push(content(), "1"), "unknown_type"),
        (push(content(oneTimeProductNotification={"notificationType": 9}), "1"), "unknown_type"),
        ({"message": {"data": push(content(testNotification={}), "")["message"]["data"]}}, "missing:messageId"),
        (push(content(testNotification={"version": "1"}) | {"eventTimeMillis": "x"}, "1"), "invalid:eventTimeMillis"),
        (push(content(subscriptionNotification={"notificationType": 2}), "1"), "missing:purchaseToken"),
        (BOUGHT["subscription"], "missing:purchaseToken"),
        (BOUGHT | {"fetchedAt": "yesterday"}, "invalid:fetchedAt"),
        (purchase("2025-01-01T10:00:05", "2025-02-01T10:00:00", testPurchase={}), "test_purchase"),
        (purchase("2025-01-01T10:00:05", "2025-02-01T10:00:00", subscriptionState=None), "missing:subscriptionState"),
        (order("LOST"), "not_allowed:order.state"),
        (order(createTime=None, orderHistory={}), "invalid:createTime"),
        ({"purchaseToken": "t", "order": {"state": "PROCESSED"}}, "missing:orderId"),
        ({"hello": 1}, "unknown_type"),
    ],
)
def test_a_payload_that_says_nothing_is_rejected_by_name(body: dict[str, Any], reason: str, inbox: Inbox) -> None:
    """A broken message was an empty one."""
    inbox.deliver("google", [body])
    assert inbox.rejections() == [(1, reason)]


def test_a_developer_ends_a_subscription(inbox: Inbox) -> None:
    """A withdrawn subscription was churn by the customer's wish."""
    cancelled = {"developerInitiatedCancellation": {}}
    ended = purchase(
        "2025-02-01T12:00:00",
        "2025-02-01T10:00:00",
        subscriptionState="SUBSCRIPTION_STATE_EXPIRED",
        canceledStateContext=cancelled,
    )
    inbox.deliver("google", [ended, notification(EXPIRED, "2025-02-01T10:00:03")])
    assert events(inbox, "end_reason") == [("ended", "02-01", "publisher_terminated")] * 2


def test_every_payload_of_the_fixtures_can_be_named(inbox: Inbox) -> None:
    """Of a file's payloads some were neither loaded nor rejected, and nobody could say which."""
    text = (FIXTURES / "google" / "messages.jsonl").read_text()
    for number, line in enumerate(text.splitlines()):
        inbox.deliver_text("google", line + "\n", f"{number}.jsonl")
    counts = {feed: len(inbox.rows(feed)) for feed in FEEDS}
    assert counts == {
        "subscription_events": 7,
        "payment_events": 2,
        "identity_links": 1,
        "store_purchases": 1,
        "other_events": 2,
    }
    assert [reason for _, reason in inbox.rejections()] == ["unknown_type"]
