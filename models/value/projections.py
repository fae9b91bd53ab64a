"""How long those who start will stay: lifetime models of segments, with the check on periods that a fit has not seen.

Belongs here: which segments tell enough, both fits of each, the hold-out check, the tables and the sentences where
nothing can be said. Does not belong here: the likelihoods (``models.value.cohorts``), counting survivors (the
warehouse).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

import numpy as np
import polars as pl

from models.value.cohorts import Lifetime, fit_beta_discrete_weibull, fit_shifted_beta_geometric
from models.value.notes import note_rows

# A model of so few, or of so few renewals, would be drawn with a band that says nothing.
FEWEST_CUSTOMERS = 100
FEWEST_PERIODS = 4
# The observed share of a period counts while it is of as many; one customer moves a share of fewer by five hundredths.
FEWEST_AT_RISK = 20
# From so many periods on, the last third of them is held out to check a fit of the others.
FEWEST_PERIODS_TO_CHECK = 6
# Offers are many and most are small: as many as one can compare are projected, those with most customers.
MOST_OFFERS = 8
MONTHS_AHEAD = 24

Cohorts = list[list[int]]
MODELS: dict[str, Callable[[Sequence[Sequence[int]]], Lifetime]] = {
    "shifted_beta_geometric": fit_shifted_beta_geometric,
    "beta_discrete_weibull": fit_beta_discrete_weibull,
}
_SEGMENT = {"dimension": pl.String, "dimension_value": pl.String, "model": pl.String}
PROJECTIONS = {
    **_SEGMENT,
    "period_number": pl.Int32,
    "period_months": pl.Int32,
    "customers_at_risk": pl.Int64,
    "observed_share": pl.Float64,
    "observed_lower": pl.Float64,
    "observed_upper": pl.Float64,
    "is_holdout": pl.Boolean,
    "checked_share": pl.Float64,
    "projected_share": pl.Float64,
    "lower_bound": pl.Float64,
    "upper_bound": pl.Float64,
    "as_of_date": pl.Date,
}
LIFETIME_MODELS = {
    **_SEGMENT,
    "period_months": pl.Int32,
    "is_chosen": pl.Boolean,
    "customers": pl.Int64,
    "observed_periods": pl.Int32,
    "holdout_periods": pl.Int32,
    "holdout_error": pl.Float64,
    **{f"{name}{end}": pl.Float64 for name in ("alpha", "beta", "shape") for end in ("", "_lower", "_upper")},
    "log_likelihood": pl.Float64,
    "as_of_date": pl.Date,
}


@dataclass(frozen=True)
class _Segment:
    """The outcomes of one segment by period, from the first on; a period without a row of its own changes nothing."""

    dimension: str
    value: str
    period_months: int
    at_risk: list[int]
    churned: list[int]
    censored: list[int]
    observed: list[tuple[float, float | None, float | None]]

    @property
    def customers(self) -> int:
        return self.at_risk[0]

    @property
    def observed_periods(self) -> int:
        """The periods whose observed share is of enough customers."""
        return sum(1 for count in self.at_risk if count >= FEWEST_AT_RISK)

    @property
    def cohorts(self) -> Cohorts:
        """Cohorts with these outcomes: who left or was followed to the end, then those who were followed for less."""
        there = sum(self.churned) + self.censored[-1]
        longest = [there, *(there - gone for gone in accumulate(self.churned))]
        shorter = enumerate(self.censored[:-1], 1)
        return [longest, *([count] * (period + 1) for period, count in shorter if count)]

    @property
    def checked_from(self) -> int | None:
        """The last period that the check's fit sees; none where there are too few periods to hold some out."""
        known = self.observed_periods
        return known - known // 3 if known >= FEWEST_PERIODS_TO_CHECK else None


@dataclass(frozen=True)
class _Fitted:
    """A model of a segment, and how far its check was off on average; none where nothing could be checked."""

    name: str
    lifetime: Lifetime
    checked: Lifetime | None
    error: float | None


def project(periods: pl.DataFrame, as_of_date: date) -> dict[str, pl.DataFrame]:
    """Fit what can be fitted; ``periods`` has the columns of ``retention.fct_survival_by_period``.

    Returns ``fct_cohort_projections``, ``lifetime_models`` and ``value_notes``, a sentence where there is no row.
    """
    shares: list[dict[str, Any]] = []
    models: list[dict[str, Any]] = []
    notes: list[tuple[str, str, str]] = []
    for segment in _segments(periods, notes):
        fitted = _fit(segment, notes)
        chosen = min(fitted, key=lambda each: float("inf") if each.error is None else each.error, default=None)
        for each in fitted:
            models.append(_model_row(segment, each, is_chosen=each is chosen, as_of_date=as_of_date))
            shares += _share_rows(segment, each, as_of_date)
    return {
        "fct_cohort_projections": pl.DataFrame(shares, schema=PROJECTIONS),
        "lifetime_models": pl.DataFrame(models, schema=LIFETIME_MODELS),
        "value_notes": note_rows(notes, as_of_date),
    }


def _segments(periods: pl.DataFrame, notes: list[tuple[str, str, str]]) -> Iterator[_Segment]:
    """The segments that tell enough, everybody first; the others are noted."""
    if periods.is_empty():
        notes.append(("all", "(all)", "Nobody was followed for a whole month yet: projections begin when one is over."))
        return
    keys = ["dimension", "dimension_value"]
    sizes = periods.group_by(keys).agg(pl.col("customers_at_risk").max())
    offers = 0
    for dimension, value, customers in sizes.sort(
        "dimension", "customers_at_risk", "dimension_value", descending=[False, True, False]
    ).iter_rows():
        rows = periods.filter(pl.col("dimension") == dimension, pl.col("dimension_value") == value)
        segment = _segment(rows.sort("period_number"))
        offers += dimension == "first_offer"
        if customers < FEWEST_CUSTOMERS:
            told = f"Customers who were followed for a renewal: {customers}, and a projection takes {FEWEST_CUSTOMERS}."
        elif segment.observed_periods < FEWEST_PERIODS:
            told = (
                f"Renewals that {FEWEST_AT_RISK} customers or more were followed for: {segment.observed_periods}, and "
                f"a projection takes {FEWEST_PERIODS}."
            )
        elif dimension == "first_offer" and offers > MOST_OFFERS:
            told = f"Only the {MOST_OFFERS} offers that most customers began with are projected."
        else:
            yield segment
            continue
        notes.append((dimension, value, told))


def _segment(rows: pl.DataFrame) -> _Segment:
    known = {row["period_number"]: row for row in rows.to_dicts()}
    numbers = range(1, max(known) + 1)
    churned = [int(known[number]["churned_customers"]) if number in known else 0 for number in numbers]
    censored = [int(known[number]["censored_customers"]) if number in known else 0 for number in numbers]
    leaving = [lost + ended for lost, ended in zip(churned, censored, strict=True)]
    observed: list[tuple[float, float | None, float | None]] = []
    for number in numbers:
        row = known.get(number)
        if row is None:
            observed.append(observed[-1] if observed else (1.0, 1.0, 1.0))
        else:
            observed.append((row["survival_probability"], row["lower_bound"], row["upper_bound"]))
    first = rows.row(0, named=True)
    gone = [0, *accumulate(leaving[:-1])]
    return _Segment(
        first["dimension"],
        first["dimension_value"],
        int(first["period_months"]),
        [sum(leaving) - before for before in gone],
        churned,
        censored,
        observed,
    )


def _fit(segment: _Segment, notes: list[tuple[str, str, str]]) -> list[_Fitted]:
    fitted = []
    for name, fit in MODELS.items():
        try:
            lifetime = fit(segment.cohorts)
        except ValueError as error:
            notes.append((segment.dimension, segment.value, f"No {name.replace('_', ' ')}: {error}"))
            continue
        checked = _check(segment, fit)
        fitted.append(_Fitted(name, lifetime, checked, None if checked is None else _error(segment, checked)))
    return fitted


def _check(segment: _Segment, fit: Callable[[Sequence[Sequence[int]]], Lifetime]) -> Lifetime | None:
    """The model of the periods that are not held out."""
    if segment.checked_from is None:
        return None
    try:
        return fit([cohort[: segment.checked_from + 1] for cohort in segment.cohorts])
    except ValueError:
        return None


def _held_out(segment: _Segment) -> range:
    until = segment.observed_periods
    return range((until if segment.checked_from is None else segment.checked_from) + 1, until + 1)


def _error(segment: _Segment, checked: Lifetime) -> float:
    """The mean distance of the shares that the check foretold from those that came."""
    held_out = _held_out(segment)
    came = np.array([segment.observed[number - 1][0] for number in held_out])
    return float(np.abs(checked.survival(held_out) - came).mean())


def _model_row(segment: _Segment, fitted: _Fitted, *, is_chosen: bool, as_of_date: date) -> dict[str, Any]:
    row: dict[str, Any] = {
        "dimension": segment.dimension,
        "dimension_value": segment.value,
        "model": fitted.name,
        "period_months": segment.period_months,
        "is_chosen": is_chosen,
        "customers": segment.customers,
        "observed_periods": segment.observed_periods,
        "holdout_periods": len(_held_out(segment)) if fitted.checked else 0,
        "holdout_error": fitted.error,
        "shape": fitted.lifetime.shape,
        "log_likelihood": fitted.lifetime.fit.log_likelihood,
        "as_of_date": as_of_date,
    }
    for estimate in fitted.lifetime.fit.estimates:
        row |= {
            estimate.name: estimate.value,
            f"{estimate.name}_lower": estimate.low,
            f"{estimate.name}_upper": estimate.high,
        }
    return row


def _share_rows(segment: _Segment, fitted: _Fitted, as_of_date: date) -> list[dict[str, Any]]:
    last = len(segment.at_risk)
    numbers = range(1, last + -(-MONTHS_AHEAD // segment.period_months) + 1)
    shares, band = fitted.lifetime.survival(numbers), fitted.lifetime.band(numbers)
    checked = fitted.checked.survival(numbers) if fitted.checked else None
    held_out = _held_out(segment) if fitted.checked else range(0)
    rows: list[dict[str, Any]] = []
    for place, number in enumerate(numbers):
        is_observed = number <= segment.observed_periods
        observed, low, high = segment.observed[place] if is_observed else (None, None, None)
        rows.append(
            {
                "dimension": segment.dimension,
                "dimension_value": segment.value,
                "model": fitted.name,
                "period_number": number,
                "period_months": segment.period_months,
                "customers_at_risk": segment.at_risk[place] if number <= last else None,
                "observed_share": observed,
                "observed_lower": low,
                "observed_upper": high,
                "is_holdout": number in held_out,
                "checked_share": float(checked[place]) if checked is not None and number in held_out else None,
                "projected_share": float(shares[place]),
                "lower_bound": None if band is None else float(band[0][place]),
                "upper_bound": None if band is None else float(band[1][place]),
                "as_of_date": as_of_date,
            }
        )
    return rows
