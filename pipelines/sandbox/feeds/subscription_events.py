"""The ``subscription_events`` feed.

Belongs here: its columns, and the words in which each provider tells of an end. Does not belong here: the events.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.contract.vocabulary import END_REASONS, SUBSCRIPTION_EVENT_TYPES
from pipelines.sandbox import catalogue, markets
from pipelines.sandbox.feeds.columns import delivered, identifier, money, name_of, timestamp
from pipelines.sandbox.feeds.files import write_monthly
from pipelines.sandbox.ledger import EVENT, NONE, REASON
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.window import NEVER

_WORDS = {
    "stripe": {
        "customer_cancelled": "customer.subscription.deleted/cancellation_requested",
        "payment_failed": "customer.subscription.deleted/payment_failed",
        "chargeback": "customer.subscription.deleted/payment_disputed",
    },
    "paypal": {
        "customer_cancelled": "BILLING.SUBSCRIPTION.CANCELLED",
        "payment_failed": "BILLING.SUBSCRIPTION.SUSPENDED",
    },
    "apple": {
        "customer_cancelled": "EXPIRED/VOLUNTARY",
        "payment_failed": "EXPIRED/BILLING_RETRY",
        "price_increase_declined": "EXPIRED/PRICE_INCREASE",
        "product_withdrawn": "EXPIRED/PRODUCT_NOT_FOR_SALE",
        "refunded": "REFUND",
    },
}
_UNSAID_WORDS = {"google": "13", "roku": "Cancellation", "amazon": "SUBSCRIPTION_EXPIRED"}


def _provider_words() -> list[str | None]:
    """What each provider calls each reason, and at last the missing reason; provider by provider."""
    return [
        _WORDS.get(provider, {}).get(reason) if reason else _UNSAID_WORDS.get(provider)
        for provider in markets.PROVIDER_NAMES
        for reason in (*END_REASONS, "")
    ]


def write(history: History, rng: np.random.Generator, folder: Path) -> int:
    """Write the feed; returns the rows written, repeated ones included."""
    events = history.subscription_events.sort("at", "subscription", maintain_order=True).with_row_index("number")
    events = events.with_columns(pl.col("number").cast(pl.Int64))
    recorded = delivered(rng, events["at"].to_numpy(), events["provider"].to_numpy())
    people = history.people
    customer = events["customer"].to_numpy()
    offers = catalogue.OFFERS
    discounted = (pl.col("discount") > 0) & (pl.col("discount_ends") < NEVER)
    priced = pl.col("price") != NONE
    reason_slot = (
        pl.col("provider") * (len(REASON) + 1)
        + pl.when(pl.col("reason") == NONE).then(len(REASON)).otherwise(pl.col("reason"))
    )  # fmt: skip
    frame = (
        events.with_columns(
            recorded=pl.Series(recorded),
            currency=pl.Series(people.currency[customer]),
            country=pl.Series(people.country[customer]),
        )
        # What follows an event that the window's end has cut off goes with it: histories end, they have no holes.
        .filter(pl.col("recorded").cum_max().over("subscription", order_by="number") < history.window.end)
        .sort("recorded", "number")
        .select(
            event_id=identifier("se-", pl.col("number"), 9),
            event_type=name_of(pl.col("type"), SUBSCRIPTION_EVENT_TYPES),
            occurred_at=timestamp(pl.col("at")),
            customer_id=identifier("C", pl.col("customer")),
            subscription_id=identifier("S", pl.col("subscription")),
            recorded_at=timestamp(pl.col("recorded")),
            offer_id=name_of(pl.col("offer"), [offer.offer_id for offer in offers]),
            amount=money(pl.col("price")),
            discount_amount=money(pl.col("discount")),
            discount_ends_at=pl.when(discounted).then(timestamp(pl.col("discount_ends"))),
            currency=pl.when(priced).then(name_of(pl.col("currency"), markets.CURRENCIES)),
            billing_interval=pl.when(priced).then(
                name_of(pl.col("offer"), [catalogue.INTERVAL_NAMES[offer.interval] for offer in offers])
            ),
            billing_interval_count=pl.when(priced).then(pl.lit(1, dtype=pl.Int64)),
            period_start=timestamp(pl.col("period_start")),
            period_end=timestamp(pl.col("period_end")),
            channel=name_of(pl.col("provider"), [provider.channel for provider in markets.PROVIDERS]),
            provider=name_of(pl.col("provider"), markets.PROVIDER_NAMES),
            country=name_of(pl.col("country"), [country.code for country in markets.COUNTRIES]),
            coupon_code=name_of(pl.col("coupon"), catalogue.COUPON_CODES),
            end_reason=name_of(pl.col("reason"), END_REASONS),
            provider_code=pl.when(pl.col("type") == EVENT["ended"]).then(name_of(reason_slot, _provider_words())),
        )
    )
    return write_monthly(frame, "subscription_events", folder, rng)
