"""The level of the scores: how far they have missed, as a whole, what came on settled days, and what of that will last.

Belongs here: the shift of the log-odds of one day, and the shifts to expect of later days. Does not belong here: the
shape of the scores (the estimators).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from models.estimators import Booleans, Floats, probability

# Standard deviations in log-odds: of what lasts from month to month (a price, a regime), of what comes and goes with
# one month, and of what comes again with the same month of the next year.
LASTING, PASSING, SEASONAL = 0.15, 0.15, 0.10
NEWEST_DAYS = 3
MONTHS = 12


@dataclass(frozen=True)
class Level:
    """The shift of the log-odds of every day, and what is added in each month of the year, January first."""

    lasting: float
    months: tuple[float, ...]

    def of(self, rows: pl.DataFrame) -> Floats:
        """The shift of each row of the feature mart."""
        month = rows["feature_date"].dt.month().to_numpy().astype(np.int64)
        shifts: Floats = self.lasting + np.array(self.months)[month - 1]
        return shifts


NO_LEVEL = Level(0.0, (0.0,) * MONTHS)


@dataclass(frozen=True)
class DayShift:
    """By how much the log-odds of one settled day were too low, and the variance of that by chance."""

    day: date
    shift: float
    variance: float


def day_shift(day: date, log_odds: Floats, churned: Booleans, weights: Floats | None = None) -> DayShift:
    """The shift that makes predicted and observed of a day agree, by Newton's method, at most 2 either way."""
    shift, curvature = 0.0, 1.0
    # Half a customer either way, so that a day on which nobody left has a shift.
    each = np.ones(churned.size) if weights is None else weights
    wanted = float(np.clip((each * churned).sum(), 0.5, each.sum() - 0.5))
    for _ in range(50):
        chances = probability(log_odds + shift)
        curvature = max(float((each * chances * (1 - chances)).sum()), 1e-9)
        step = float(np.clip((wanted - (each * chances).sum()) / curvature, -1.0, 1.0))
        shift = float(np.clip(shift + step, -2.0, 2.0))
        if abs(step) < 1e-9:
            break
    return DayShift(day, shift, 1.0 / curvature)


def level_of(log_odds: Floats, days: pl.Series, churned: Booleans, weights: Floats | None = None) -> Level:
    """The level that settled days ask for: predicted log-odds, day, outcome and weight of each row."""
    shifts = []
    for day in days.unique().sort().to_list()[-MONTHS - NEWEST_DAYS :]:
        there = (days == day).to_numpy()
        each = None if weights is None else weights[there]
        shifts.append(day_shift(day, log_odds[there], churned[there], each))
    return expected_level(shifts)


def expected_level(shifts: Sequence[DayShift]) -> Level:
    """What lasts, from the newest days, and what comes again with a month, from its newest day before; six decimals.

    Both are drawn to none: a day counts by how sure its shift is and by how much of a shift is of its month alone.
    """
    ordered = sorted(shifts, key=lambda each: each.day)
    newest, earlier = ordered[-NEWEST_DAYS:], ordered[:-NEWEST_DAYS]
    weights = [1 / (PASSING**2 + each.variance) for each in newest]
    lasting = sum(w * each.shift for w, each in zip(weights, newest, strict=True)) / (sum(weights) + LASTING**-2)
    months = [0.0] * MONTHS
    for each in earlier:
        share = SEASONAL**2 / (SEASONAL**2 + PASSING**2 + each.variance)
        months[each.day.month - 1] = round(share * (each.shift - lasting), 6)
    return Level(round(lasting, 6), tuple(months))
