"""Kaplan and Meier's estimator with Greenwood's error and log-log bands, by the textbook.

Belongs here: the curve of a list of durations. Does not belong here: whose durations they are (``cohorts``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from math import exp, log, sqrt
from statistics import NormalDist

from .cohorts import CUTS
from .revenue import Row
from .state import Clock


def survival_curve(durations: Iterable[tuple[int, bool]]) -> list[Row]:
    """The curve of (days, churned) pairs, one row a distinct duration; the product is exact until it is a float.

    Log-log band: with v = var(S) / (S ln S)^2, log(-log S) +- 1.96 sqrt(v), transformed back.
    """
    observed = list(durations)
    rows: list[Row] = []
    survival, variance_sum = Fraction(1), Fraction(0)
    for day in sorted({days for days, _ in observed}):
        at_risk = sum(days >= day for days, _ in observed)
        churned = sum(churned for days, churned in observed if days == day)
        survival *= 1 - Fraction(churned, at_risk)
        if churned < at_risk:
            variance_sum += Fraction(churned, at_risk * (at_risk - churned))
        rows.append(
            {
                "day_number": day,
                "customers_at_risk": at_risk,
                "churned_customers": churned,
                "censored_customers": sum(days == day for days, _ in observed) - churned,
                "survival_probability": float(survival),
                **uncertainty(float(survival), float(variance_sum)),
            }
        )
    return rows


def uncertainty(survival: float, variance_sum: float) -> Row:
    """Standard error and 95 % band; none for a survival of 0, no width for one of 1."""
    if survival == 0:
        return {"standard_error": None, "lower_bound": None, "upper_bound": None}
    error = survival * sqrt(variance_sum)
    if survival == 1:
        return {"standard_error": error, "lower_bound": 1.0, "upper_bound": 1.0}
    centre = log(-log(survival))
    margin = NormalDist().inv_cdf(0.975) * error / (survival * -log(survival))
    return {
        "standard_error": error,
        "lower_bound": exp(-exp(centre + margin)),
        "upper_bound": exp(-exp(centre - margin)),
    }


def _durations(members: list[Row]) -> list[tuple[int, bool]]:
    return [(member["days_to_first_churn"], member["first_churn_date"] is not None) for member in members]


def survival(members: list[Row]) -> list[Row]:
    """``fct_survival``; grain: duration in days."""
    return survival_curve(_durations(members))


def survival_by_dimension(members: list[Row]) -> list[Row]:
    """``fct_survival_by_dimension``; grain: dimension, value and duration in days."""
    rows: list[Row] = []
    for dimension in (*CUTS, "cohort_month"):
        for value in sorted({member[dimension] for member in members}):
            part = [member for member in members if member[dimension] == value]
            named = {"dimension": dimension, "dimension_value": str(value)}
            rows += [{**named, **row} for row in survival_curve(_durations(part))]
    return rows


def survival_by_period(members: list[Row], clock: Clock) -> list[Row]:
    """``fct_survival_by_period``; grain: dimension, value and period. Each member is followed renewal by renewal."""
    offers: dict[str, Counter[int]] = {}
    for member in members:
        offers.setdefault(member["first_offer"], Counter())[member["renewal_months"]] += 1
    commonest = {
        offer: min((-often, months) for months, often in counts.items())[1] for offer, counts in offers.items()
    }
    segments: dict[tuple[str, str, int], list[Row]] = {}
    for member in members:
        for segment in (
            ("all", "(all)", 1),
            ("first_interval", member["first_interval"], member["renewal_months"]),
            ("first_offer", member["first_offer"], commonest[member["first_offer"]]),
        ):
            segments.setdefault(segment, []).append(member)
    rows: list[Row] = []
    for (dimension, value, months), part in segments.items():
        followed = [found for member in part if (found := _renewals(member, months, clock)) is not None]
        named = {"dimension": dimension, "dimension_value": value, "period_months": months}
        for row in survival_curve(followed):
            del row["standard_error"]
            rows.append({**named, "period_number": row.pop("day_number"), **row})
    return rows


def _renewals(member: Row, months: int, clock: Clock) -> tuple[int, bool] | None:
    """The period in which a member churned, or the last one that is over; none before the first is."""
    number = 0
    while True:
        close = _months_after(member["cohort_month"], (number + 1) * months)
        if close >= clock.today.replace(day=1):
            return (number, False) if number else None
        number += 1
        if member["first_churn_date"] and member["first_churn_date"] < _months_after(close, 1):
            return number, True


def _months_after(first_day: date, months: int) -> date:
    whole = first_day.year * 12 + first_day.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)
