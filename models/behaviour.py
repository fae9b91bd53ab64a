"""What customers did by the close of a day: spans of paying, payments, viewing, support.

Belongs here: counts and sums over windows that end with the day. Does not belong here: the state of a
subscription (``models.subscription_state``), how a count bears on risk (``models.terms``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from models.inputs import Frame, number_of_day
from models.knowledge import MILLIMINUTES

VIEWING_MEMORY_DAYS = 56


def paying_history(paying: Frame, customers: pl.DataFrame, day: date) -> pl.DataFrame:
    """Per customer who ever paid by ``day``: tenure_days, spell_days, returns.

    Tenure counts from the first MRR, the spell from the last time it rose from nothing; a return is such a rise
    after the first. The end of a span is looked at only once a later span has begun.
    """
    gap = pl.col("valid_from") > pl.col("valid_to").shift(1)
    begins = (pl.col("customer") != pl.col("customer").shift(1)).fill_null(value=True) | gap
    return (
        paying.lazy()
        .filter((pl.col("valid_from") <= day) & (pl.col("mrr") > 0))
        .join(customers.lazy().select("customer_id", "customer"), on="customer_id", how="inner")
        .sort("customer", "valid_from")
        .filter(begins)
        .group_by("customer")
        .agg(
            tenure_days=number_of_day(day) - pl.col("valid_from").first().cast(pl.Int32),
            spell_days=number_of_day(day) - pl.col("valid_from").last().cast(pl.Int32),
            returns=pl.len().cast(pl.Int32) - 1,
        )
        .collect()
    )


def payment_history(payment_events: pl.DataFrame, day: int) -> pl.DataFrame:
    """Per customer with any in the last 90 days: failures of 30 and 90 days, refunds and chargebacks of 90 days."""
    failed = pl.col("event_type") == "failed"
    returned = pl.col("event_type").is_in(["refunded", "chargeback"])
    return (
        payment_events.filter((pl.col("known_day") <= day) & (pl.col("day") > day - 90) & (failed | returned))
        .group_by("customer")
        .agg(
            payment_failures_30=(failed & (pl.col("day") > day - 30)).sum(),
            payment_failures_90=failed.sum(),
            refunds_90=returned.sum(),
        )
    )


def viewing_history(viewing: pl.DataFrame, day: int) -> pl.DataFrame:
    """Per customer with any viewing known in the last 56 days: minutes, active days, days since the last.

    Windows end at the newest day of viewing known by ``day``, so that a feed that is a day late does not look
    like an audience that left.
    """
    recent = viewing.filter(
        (pl.col("day") > day - VIEWING_MEMORY_DAYS)
        & (pl.col("known_day") <= day)
        & (pl.col("superseded_day").is_null() | (pl.col("superseded_day") > day))
        & (pl.col("milliminutes") > 0)
    )
    newest = pl.lit(recent["day"].max(), dtype=pl.Int32)
    age = newest - pl.col("day")
    windows = {"7": (0, 7), "prior_21": (7, 28), "28": (0, 28), "prior_28": (28, 56)}
    inside = {name: (age >= start) & (age < end) for name, (start, end) in windows.items()}
    return recent.group_by("customer").agg(
        *[
            (pl.col("milliminutes").filter(mask).cast(pl.Int64).sum() / MILLIMINUTES).alias(f"minutes_{name}")
            for name, mask in inside.items()
        ],
        *[mask.sum().alias(f"active_days_{name}") for name, mask in inside.items()],
        days_since_viewing=age.min(),
    )


def support_history(tickets: pl.DataFrame, day: int) -> pl.DataFrame:
    """Per customer with any in the last 90 days: tickets of 30 and 90 days, lowest satisfaction of 90 days."""
    return (
        tickets.filter(
            (pl.col("day") > day - 90)
            & (pl.col("known_day") <= day)
            & (pl.col("superseded_day").is_null() | (pl.col("superseded_day") > day))
        )
        .group_by("customer")
        .agg(
            support_tickets_30=(pl.col("day") > day - 30).sum(),
            support_tickets_90=pl.len(),
            lowest_csat_90=pl.col("csat").min(),
        )
    )
