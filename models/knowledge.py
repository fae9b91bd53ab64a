"""The feeds as the features read them: only what was known by ``as_of``, each row with the day it became known.

Belongs here: cutting at ``as_of``, encoding identifiers as numbers in the order of their names, counting days.
What was known at the close of a day is then a comparison of integers, the same for every feed.
Does not belong here: what any of it says about a customer (``models.subscription_state``, ``models.behaviour``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from models.inputs import ScoringInputs, day_number

MONTHS_IN_INTERVAL = {"day": 12 / 365, "week": 12 / 52, "month": 1.0, "year": 12.0}
MILLIMINUTES = 1000
_MORE_THAN_ANY_DAY = 10_000_000
_CATEGORIES = ("offer_id", "channel", "provider", "currency", "billing_interval", "event_type")


@dataclass(frozen=True)
class Knowledge:
    """Every feed cut at ``as_of``; ``customer`` and ``subscription`` number the sorted identifiers.

    A row is known at the close of day d iff ``known_day <= d``, days being counted from 1970-01-01.
    ``customers``: one row an ever paying customer. ``subscriptions``: one row a subscription of theirs.
    ``subscription_events``: in the order in which events of a subscription apply.
    ``viewing``: one row a version of a customer's day, superseded from ``superseded_day`` on (null: never).
    ``tickets``: likewise, one row a version of a support ticket.
    """

    customers: pl.DataFrame
    subscriptions: pl.DataFrame
    subscription_events: pl.DataFrame
    payment_events: pl.DataFrame
    viewing: pl.DataFrame
    tickets: pl.DataFrame


def gather(inputs: ScoringInputs) -> Knowledge:
    """Cut, encode and order the feeds of ``inputs`` once, for the features of any number of days."""
    codes = (
        inputs.paying.lazy()
        .select("customer_id")
        .unique()
        .sort("customer_id")
        .with_row_index("customer")
        .collect()
        .lazy()
    )
    descriptions = (
        inputs.customers.lazy()
        .select("customer_id", "country", "acquisition_channel")
        .unique("customer_id", keep="first", maintain_order=True)
    )
    subscriptions, events = _subscription_events(inputs, codes)
    return Knowledge(
        customers=codes.join(descriptions, on="customer_id", how="left").sort("customer").collect(),
        subscriptions=subscriptions,
        subscription_events=events,
        payment_events=_payment_events(inputs, codes),
        viewing=_viewing(inputs, codes),
        tickets=_tickets(inputs, codes),
    )


def _known_events(feed: pl.LazyFrame, as_of: datetime) -> pl.LazyFrame:
    return feed.filter((pl.col("occurred_at") <= as_of) & (pl.col("recorded_at") <= as_of))


def _known_day(occurred: str, time_zone: str) -> pl.Expr:
    return pl.max_horizontal(day_number(pl.col(occurred), time_zone), day_number(pl.col("recorded_at"), time_zone))


def _subscription_events(inputs: ScoringInputs, codes: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The subscriptions (subscription, subscription_id) and their events, encoded and ordered."""
    zone = inputs.time_zone
    count = pl.col("billing_interval_count").fill_null(1)
    interval = pl.col("billing_interval").cast(pl.String)
    events = (
        _known_events(inputs.subscription_events.lazy(), inputs.as_of)
        .join(codes, on="customer_id", how="inner")
        .select(
            "customer",
            "subscription_id",
            "event_id",
            "recorded_at",
            "occurred_at",
            "period_end",
            known_day=_known_day("occurred_at", zone),
            day=day_number(pl.col("occurred_at"), zone),
            period_end_day=day_number(pl.col("period_end"), zone),
            discount_end_day=day_number(pl.col("discount_ends_at"), zone),
            amount=pl.col("amount").cast(pl.Float64),
            discount=pl.col("discount_amount").cast(pl.Float64).fill_null(0.0),
            billing_months=interval.replace_strict(MONTHS_IN_INTERVAL, default=None, return_dtype=pl.Float64) * count,
            has_coupon=pl.col("coupon_code").is_not_null(),
            **{name: pl.col(name).cast(pl.Categorical) for name in _CATEGORIES},
        )
        .collect()
    )
    subscriptions = events.select("subscription_id").unique().sort("subscription_id").with_row_index("subscription")
    ordered = (
        events.join(subscriptions, on="subscription_id", how="inner")
        .sort("subscription", "occurred_at", "recorded_at", "event_id")
        .drop("subscription_id", "event_id", "recorded_at")
    )
    return subscriptions, ordered


def _payment_events(inputs: ScoringInputs, codes: pl.LazyFrame) -> pl.DataFrame:
    return (
        _known_events(inputs.payment_events.lazy(), inputs.as_of)
        .join(codes, on="customer_id", how="inner")
        .select(
            "customer",
            pl.col("event_type").cast(pl.Categorical),
            known_day=_known_day("occurred_at", inputs.time_zone),
            day=day_number(pl.col("occurred_at"), inputs.time_zone),
        )
        .collect()
    )


def _viewing(inputs: ScoringInputs, codes: pl.LazyFrame) -> pl.DataFrame:
    """Customer's days with the thousandths of a minute watched: whole numbers add up the same in any order."""
    day = pl.col("activity_date").cast(pl.Int32)
    recorded_day = day_number(pl.col("recorded_at"), inputs.time_zone)
    rows = (
        inputs.engagement_daily.lazy()
        .filter(pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= inputs.as_of))
        .join(codes, on="customer_id", how="inner")
        .select(
            "customer",
            "recorded_at",
            day=day,
            known_day=pl.max_horizontal(day, recorded_day),
            milliminutes=(pl.col("minutes_watched") * MILLIMINUTES).round().cast(pl.Int32),
        )
        .collect()
    )
    # One number for both: told apart several times faster than pairs are.
    identity = pl.col("customer").cast(pl.Int64) * _MORE_THAN_ANY_DAY + pl.col("day")
    return _supersede(rows, identity, ties="milliminutes")


def _tickets(inputs: ScoringInputs, codes: pl.LazyFrame) -> pl.DataFrame:
    opened_day = day_number(pl.col("opened_at"), inputs.time_zone)
    known_at = pl.col("recorded_at").fill_null(pl.col("opened_at"))
    rows = (
        inputs.support_tickets.lazy()
        .filter((pl.col("opened_at") <= inputs.as_of) & (known_at <= inputs.as_of))
        .join(codes, on="customer_id", how="inner")
        .select(
            "customer",
            "ticket_id",
            day=opened_day,
            csat=pl.col("csat").cast(pl.Float64),
            recorded_at=known_at,
            known_day=pl.max_horizontal(opened_day, day_number(known_at, inputs.time_zone)),
        )
        .collect()
    )
    return _supersede(rows, pl.col("ticket_id"), ties="csat").drop("ticket_id")


def _supersede(rows: pl.DataFrame, identity: pl.Expr, ties: str) -> pl.DataFrame:
    """Add ``superseded_day``: when the next version of the same row became known; null for the newest.

    ``identity`` tells rows apart, the larger ``ties`` wins between versions recorded at once. A version without
    ``recorded_at`` is the earliest. Only rows with several versions are sorted: they are few.
    """
    repeated = rows.select(identity.is_duplicated()).to_series()
    single = rows.filter(~repeated).with_columns(superseded_day=pl.lit(None, dtype=pl.Int32))
    versions = rows.filter(repeated).sort(identity, "recorded_at", ties, nulls_last=False)
    next_known = pl.when(identity == identity.shift(-1)).then(pl.col("known_day").shift(-1))
    return pl.concat([single, versions.with_columns(superseded_day=next_known)]).drop("recorded_at")
