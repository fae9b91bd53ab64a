"""What the truth tables of billing senders do not show: times, taxes, whom a reversal names, and what is told again."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from typing import Any

from pipelines.lake.store import Lake
from tests.sources.delivering import Inbox
from tests.sources.truth import chargebee, paddle, patreon, recurly, revenuecat, woocommerce

MONEY = ("event_type", "occurred_at", "amount", "transaction_id", "original_transaction_id")


def test_a_payment_that_is_told_again_in_another_delivery_is_a_duplicate(inbox: Inbox) -> None:
    """Each state of a Patreon member that named a charge paid it once more, and a former one a month later."""
    paid, left = patreon.CASES["left"]
    for payloads in ([paid], [left], [left, paid]):
        inbox.deliver("patreon", payloads)
    (payment,) = inbox.rows("payment_events", *MONEY)
    assert payment["occurred_at"] == datetime.fromisoformat("2025-03-01T08:00")
    assert inbox.rejections() == []
    accounts = Lake(inbox.settings.lake).contents().accounts
    assert [(told.rows_loaded, told.rows_duplicate) for told in accounts] == [(1, 0), (1, 0), (0, 2)]


def test_a_declined_charge_of_a_year_pays_for_no_other_year(inbox: Inbox) -> None:
    """Members by the year whose charge was declined kept their MRR for another year, and who left then left it late."""
    inbox.deliver("patreon", [*patreon.CASES["year_declined"], *patreon.CASES["year_declined_then_gone"]])
    rows = inbox.rows("subscription_events", "event_type", "occurred_at", "period_end", order_by="1, 2, 3")
    declined = datetime.fromisoformat("2026-03-01T08:00")
    assert [(row["occurred_at"], row.get("period_end")) for row in rows if row["event_type"] != "renewed"] == [
        (declined, None),
        (declined, declined),
    ]


def test_a_partial_refund_of_an_order_counts_when_it_is_first_seen(inbox: Inbox) -> None:
    """Refunds of part of an order were lost, and a refund of the rest gave back the whole order."""
    for payload in woocommerce.CASES["refunded_in_part"]:
        inbox.deliver("woocommerce", [payload])
    rows = inbox.rows("payment_events", *MONEY, order_by="occurred_at")
    assert [(row["event_type"], row["occurred_at"].day, row["amount"]) for row in rows] == [
        ("succeeded", 5, Decimal("11.9")), ("refunded", 9, Decimal("4")), ("refunded", 12, Decimal("7.9")),
    ]  # fmt: skip
    assert {row.get("original_transaction_id") for row in rows} == {None, "ch_400"}
    assert inbox.rejections() == []


def test_a_void_purchase_is_given_back_when_it_was_voided(inbox: Inbox) -> None:
    """A purchase that was fetched before it was voided stayed revenue; one fetched after it lost what was never had."""
    (paid, void), (alone,) = recurly.CASES["voided"], recurly.CASES["void"]
    inbox.deliver("recurly", [paid])
    inbox.deliver("recurly", [void, alone])
    rows = inbox.rows("payment_events", *MONEY, order_by="transaction_id, occurred_at, event_type desc")
    assert [(row["transaction_id"], row["event_type"], row["amount"]) for row in rows] == [
        ("txn-void", "succeeded", Decimal("30")), ("txn-void", "refunded", Decimal("30")),
        ("txn-voided", "succeeded", Decimal("30")), ("txn-voided", "refunded", Decimal("30")),
    ]  # fmt: skip
    assert rows[2]["occurred_at"] == datetime.fromisoformat("2025-03-05T09:00")
    assert rows[3]["occurred_at"] == datetime.fromisoformat("2025-04-05T09:00")
    assert rows[3]["original_transaction_id"] == "txn-voided"


def test_reversals_name_what_they_reverse(inbox: Inbox) -> None:
    """Refunds were read from fields that Chargebee and Recurly do not have, and inherited nothing."""
    inbox.deliver("chargebee", [*chargebee.CASES["payment_refunded"], *chargebee.CASES["charged_back"]])
    inbox.deliver("recurly", [*recurly.CASES["refund"], *recurly.CASES["chargeback"]])
    rows = inbox.rows("payment_events", *MONEY, order_by="event_id")
    assert [row["original_transaction_id"] for row in rows] == ["txn_1", "txn_1", "txn-chargeback", "txn-1"]


def test_a_change_of_product_by_stripe_is_dated_by_when_it_is_told(inbox: Inbox) -> None:
    """RevenueCat tells a change within a period as a renewal at its start: the new price counted since then."""
    told = revenuecat.START + 15 * revenuecat.DAY
    inbox.deliver("revenuecat", [
        revenuecat.event("late", "RENEWAL", told, store="STRIPE", price_in_purchased_currency=23.8),
        revenuecat.event("soon", "RENEWAL", revenuecat.START + 3_600_000, store="STRIPE"),
        revenuecat.event("apple", "RENEWAL", told),
    ])  # fmt: skip
    rows = inbox.rows("subscription_events", "subscription_id", "occurred_at")
    assert [(row["subscription_id"], row["occurred_at"].day) for row in rows] == [
        ("apple", 5), ("late", 20), ("soon", 5),
    ]  # fmt: skip


def test_taxes_of_what_was_charged(inbox: Inbox) -> None:
    """Paddle's tax was that of the whole total where a balance had paid a part of it."""
    inbox.deliver("paddle", [*paddle.CASES["payment_credited"], *paddle.CASES["payment"]])
    untold = revenuecat.event("untold", "RENEWAL", tax_percentage=None, commission_percentage=None)
    inbox.deliver("revenuecat", [*revenuecat.CASES["refund"], untold])
    rows = inbox.rows("payment_events", "event_id", "tax_amount", "fee_amount")
    # What nobody told is not known to be nothing.
    assert [row.get("tax_amount") for row in rows] == [Decimal("5"), Decimal("4"), Decimal("1.9"), None]
    assert "fee_amount" not in rows[-1]


def test_a_price_that_is_not_known_says_so(inbox: Inbox) -> None:
    """A trial was told to be followed by a price of nothing, or by the month, which nobody had said."""
    trials: list[tuple[str, Any]] = [
        ("revenuecat", revenuecat.CASES["trial"]), ("recurly", recurly.CASES["trial"]),
        ("paddle", paddle.CASES["override_unclear"]),
    ]  # fmt: skip
    for sender, payloads in trials:
        inbox.deliver(sender, payloads)
    rows = [row for row in inbox.rows("subscription_events") if row["event_type"] != "cancel_reverted"]
    assert [row["price_unknown"] for row in rows] == [True] * 3
    assert not any({"amount", "billing_interval"} & set(row) for row in rows)


def test_a_share_of_money_is_rounded_half_up(inbox: Inbox) -> None:
    """12.5 % of 0.57 is 0.07125; divided in binary it was a little less, and rounded down."""
    discount, subscription = deepcopy(paddle.CASES["discount"])
    discount["data"]["amount"] = "12.5"
    subscription["data"]["items"] = [paddle.item("pri_1", "57")]
    inbox.deliver("paddle", [discount, subscription])
    (row,) = inbox.rows("subscription_events", "amount", "discount_amount")
    assert {name: str(value) for name, value in row.items()} == {"amount": "0.5700", "discount_amount": "0.0713"}
