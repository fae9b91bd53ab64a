"""What a simulated business looks like by its feeds alone, without dbt: the figures that shaped the simulator.

Belongs here: reading written feeds, and states at month ends, by subscription and without prices: good enough to judge
the simulator by. Does not belong here: the definitions of the product, which are the dbt project's.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.sandbox.window import END, add_months
from pipelines.warehouse.project_variables import lapse_days
from tests.reference.revenue import REASON_KIND

AGES = (1, 3, 6, 11, 12, 13, 18)
"""Months since the first payment at which retention is shown."""

_OPENS_PAYING = ("started", "trial_converted", "renewed", "recovered", "resumed")
_CAN_PAY = (*_OPENS_PAYING, "plan_changed", "grace_entered")
_RENEWS_AGAIN = ("trial_started", "started", "trial_converted", "recovered", "resumed", "cancel_reverted")
_INTENTS = ("cancel_scheduled", "cancel_reverted")
_DUNNING = ("grace_entered", "hold_entered")


def read_feed(folder: Path, feed: str) -> pl.DataFrame:
    """A feed's Parquet rows under ``folder``, repeated deliveries removed; ``UserError`` if there are none."""
    files = sorted((folder / feed).glob("*.parquet"))
    if not files:
        raise UserError(f"There is no {feed} under {folder}; name a folder that the simulator has written.")
    rows = pl.concat([pl.read_parquet(file) for file in files])
    return rows.unique(list(FEEDS[feed].key), keep="first", maintain_order=True)


def month_end_states(events: pl.DataFrame, months: int) -> pl.DataFrame:
    """The state of every subscription at the close of each of the last ``months`` months, once it has begun.

    Columns: subscription_id, customer_id, provider, offer_id, closes (the first instant of the next month), pays,
    kind (why it does not pay: voluntary, involuntary, pause, publisher, switched, unknown; null while it pays).
    """
    event, key = pl.col("event_type"), "subscription_id"
    status_event = pl.when(~event.is_in(_INTENTS)).then(event)
    auto_off = pl.when(event == "cancel_scheduled").then(pl.lit(1)).when(event.is_in(_RENEWS_AGAIN)).then(pl.lit(0))
    history = (
        events.sort(key, "occurred_at", "recorded_at", "event_id")
        .with_columns(
            auto_off=auto_off.forward_fill().over(key),
            period_end=pl.col("period_end").forward_fill().over(key),
            has_paid=event.is_in(_OPENS_PAYING).cum_max().over(key),
            status=status_event.forward_fill().over(key),
        )
        .with_columns(before=pl.col("status").shift().over(key))
    )
    closes = add_months(np.full(months, END, dtype=np.int64), np.arange(1 - months, 1))
    grid = pl.DataFrame({"closes": closes}).select((pl.col("closes") * 1_000_000).cast(pl.Datetime("us")))
    states = (
        grid.join(history.select(key).unique(maintain_order=True), how="cross")
        .sort("closes")
        .join_asof(
            history.sort("occurred_at"), left_on="closes", right_on="occurred_at", by=key, check_sortedness=False
        )
        .filter(pl.col("occurred_at").is_not_null())
    )
    status, before = pl.col("status"), pl.col("before")
    lapse, grace_lapse = lapse_days()
    waits = pl.when(status == "grace_entered").then(pl.duration(days=grace_lapse)).otherwise(pl.duration(days=lapse))
    lapsed = pl.col("period_end") + waits < pl.col("closes")
    pays = status.is_in(_CAN_PAY) & pl.col("has_paid") & ~lapsed
    kind = (
        pl.when(pl.col("end_reason").is_not_null())
        .then(pl.col("end_reason").replace_strict(REASON_KIND, default=None))
        .when(status.is_in(_DUNNING) | before.is_in(_DUNNING))
        .then(pl.lit("involuntary"))
        .when((status == "paused") | (before == "paused"))
        .then(pl.lit("pause"))
        .when(pl.col("auto_off") == 1)
        .then(pl.lit("voluntary"))
        .otherwise(pl.lit("unknown"))
    )
    return states.select(
        key, "customer_id", "provider", "offer_id", "closes", pays=pays, kind=pl.when(~pays).then(kind)
    )


def customer_months(states: pl.DataFrame) -> pl.DataFrame:
    """One row a customer and month: ``pays`` at its close, ``paid_before`` at its open, and if not, ``kind``."""
    best_first = states.sort("closes", "customer_id", pl.col("pays").not_(), "subscription_id")
    customers = best_first.group_by("closes", "customer_id", maintain_order=True).agg(
        pl.col("pays", "kind", "provider", "offer_id").first()
    )
    return customers.sort("customer_id", "closes").with_columns(
        paid_before=pl.col("pays").shift().over("customer_id").fill_null(value=False),
        offer=pl.col("offer_id").shift().over("customer_id"),
    )


def churn_rates(months: pl.DataFrame, by: str) -> pl.DataFrame:
    """Monthly customer churn in percent, and what part of it is involuntary or of unknown kind, by a column."""
    left, kind = ~pl.col("pays"), pl.col("kind")
    return (
        months.filter(pl.col("paid_before"))
        .group_by(by)
        .agg(
            customer_months=pl.len(),
            monthly_churn=100 * left.mean(),
            involuntary_share=100 * (left & (kind == "involuntary")).sum() / left.sum(),
            unknown_share=100 * (left & (kind == "unknown")).sum() / left.sum(),
        )
        .sort(by)
    )


def retention(months: pl.DataFrame) -> pl.DataFrame:
    """Percent of customers who pay ``AGES`` months after the month of their first payment, by first offer."""
    paying = months.filter(pl.col("pays")).select("customer_id", "closes", "offer_id")
    cohorts = paying.sort("closes").group_by("customer_id", maintain_order=True).first()
    aged = cohorts.join(pl.DataFrame({"age": AGES}), how="cross").with_columns(
        then=pl.col("closes").dt.offset_by(pl.format("{}mo", "age"))
    )
    known = aged.filter(pl.col("then") <= months["closes"].max())
    kept = known.join(paying.select("customer_id", then="closes"), on=["customer_id", "then"], how="semi")
    counts = known.group_by("offer_id", "age").agg(customers=pl.len())
    shares = counts.join(kept.group_by("offer_id", "age").agg(kept=pl.len()), on=["offer_id", "age"], how="left")
    retained = shares.with_columns(retained=100 * pl.col("kept").fill_null(0) / pl.col("customers"))
    return retained.sort("age", "offer_id").pivot("age", index="offer_id", values="retained").sort("offer_id")


def headlines(events: pl.DataFrame, months: pl.DataFrame, viewing_rows: int) -> dict[str, float]:
    """Single figures: conversion, churn, returning, viewing; percentages unless the name says otherwise."""
    event = pl.col("event_type")
    newest = pl.lit(events["recorded_at"]).max()
    trials = events.filter((event == "trial_started") & (pl.col("period_end") < newest - pl.duration(days=7)))
    converted = trials.join(events.filter(event == "trial_converted"), on="subscription_id", how="semi")
    opened = months.filter(pl.col("paid_before"))
    losses = opened.filter(~pl.col("pays"))
    paying = months.filter(pl.col("pays"))
    leavers = losses.group_by("customer_id").agg(lost=pl.col("closes").min(), times=pl.len())
    year_ago = leavers.filter(pl.col("lost").dt.offset_by("12mo") <= months["closes"].max())
    back = year_ago.join(paying.select("customer_id", "closes"), on="customer_id").filter(
        (pl.col("closes") > pl.col("lost")) & (pl.col("closes") <= pl.col("lost").dt.offset_by("12mo"))
    )

    def percent(part: int, whole: int) -> float:
        return 100 * part / max(whole, 1)

    involuntary = losses.filter(pl.col("kind") == "involuntary").height
    return {
        "trial conversion": percent(converted.height, trials.height),
        "monthly customer churn": percent(losses.height, opened.height),
        "involuntary share of churn": percent(involuntary, losses.height),
        "back within 12 months of leaving": percent(back["customer_id"].n_unique(), year_ago.height),
        "leavers who left more than once": percent(leavers.filter(pl.col("times") > 1).height, leavers.height),
        "viewing days a paying customer and month": viewing_rows / max(paying.height, 1),
    }
