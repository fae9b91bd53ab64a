"""The fall-back: everybody has the churn rate of a segment, where a model cannot be trusted.

Belongs here: the segments and their rates. Does not belong here: when it is used (``models.training``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.estimators import Booleans, Floats

SEGMENTS = ("in_grace", "off_ending", "off_later", "on_due", "on_later")
# With nothing observed, one customer in twenty leaves in 30 days: the prior counts as this many customers seen.
PRIOR_MONTHLY_CHURN = 0.05
PRIOR_CUSTOMERS = 20


def segments_of(rows: pl.DataFrame, horizon_days: int) -> pl.Series:
    """The segment of each row, by grace, auto-renew and whether the period ends within the horizon."""
    ends = (pl.col("days_to_period_end") <= horizon_days).fill_null(value=True)
    on = pl.col("auto_renew").cast(pl.Boolean).fill_null(value=True)
    return rows.select(
        segment=pl.when(pl.col("status") == "grace")
        .then(pl.lit("in_grace"))
        .when(~on & ends)
        .then(pl.lit("off_ending"))
        .when(~on)
        .then(pl.lit("off_later"))
        .when(ends)
        .then(pl.lit("on_due"))
        .otherwise(pl.lit("on_later"))
    )["segment"]


@dataclass(frozen=True)
class SegmentRate:
    """The rate of each segment, in the order of ``SEGMENTS``, and that of everybody."""

    rates: tuple[float, ...]
    overall: float
    horizon_days: int

    def log_odds(self, rows: pl.DataFrame) -> Floats:
        """The log-odds of the rate of each row's segment."""
        odds = {name: float(np.log(rate / (1 - rate))) for name, rate in zip(SEGMENTS, self.rates, strict=True)}
        segments = segments_of(rows, self.horizon_days)
        return segments.replace_strict(odds, return_dtype=pl.Float64).to_numpy()


def fit_segment_rate(rows: pl.DataFrame, churned: Booleans, horizon_days: int) -> SegmentRate:
    """The rates of ``rows``; those of small segments are drawn towards everybody's, everybody's towards the prior."""
    prior = 1 - (1 - PRIOR_MONTHLY_CHURN) ** (horizon_days / 30)
    overall = float((churned.sum() + prior * PRIOR_CUSTOMERS) / (churned.size + PRIOR_CUSTOMERS))
    segments = segments_of(rows, horizon_days).to_numpy() if rows.height else np.array([], dtype=object)
    rates = []
    for name in SEGMENTS:
        inside = churned[segments == name] if churned.size else churned
        rates.append(round(float((inside.sum() + overall * PRIOR_CUSTOMERS) / (inside.size + PRIOR_CUSTOMERS)), 9))
    return SegmentRate(tuple(rates), round(overall, 9), horizon_days)
