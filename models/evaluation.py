"""How good a set of probabilities is against what happened.

Belongs here: metrics of probabilities and outcomes, and the reliability table. Does not belong here: which rows
make an honest test (``models.split``), fitting anything but the two numbers of a calibration line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil

import numpy as np

from models.estimators import Booleans, Floats

# What the customers rated highest hold of those who left, and how many times more often they left than everybody.
TOP_SHARES = {
    0.01: ("capture_at_1_percent", "lift_at_1_percent"),
    0.05: ("capture_at_5_percent", "lift_at_5_percent"),
    0.1: ("top_decile_gain", "top_decile_lift"),
    0.2: ("capture_at_20_percent", "lift_at_20_percent"),
}
RELIABILITY_BINS = 10
# Probabilities of 0 and 1 would make an infinite loss out of one surprise; no model here is that certain.
_SMALLEST = 1e-6


@dataclass(frozen=True)
class Metric:
    """One number of a backtest, of an estimator on an origin (null: all of them pooled) and a population.

    The bounds are those of its 95 % interval, by resampling customers, where one was worked out.
    """

    origin: date | None
    population: str
    estimator: str
    metric: str
    value: float | None
    lower_bound: float | None = None
    upper_bound: float | None = None


@dataclass(frozen=True)
class ReliabilityBin:
    """One tenth of the customers by predicted probability: what was predicted and what came."""

    bin_number: int
    customers: int
    mean_probability: float
    observed_rate: float


def evaluate(probabilities: Floats, churned: Booleans) -> dict[str, float | None]:
    """Every metric by name; null where it has no meaning, as a ranking has none with one kind of outcome.

    customers, churners, churn_rate; auc, average_precision; log_loss, brier; top_decile_gain (share of the
    churners among the tenth with the highest probability), top_decile_lift (that tenth's churn rate over
    everybody's), and the same of other shares (``TOP_SHARES``); expected_calibration_error (over ten bins of equal
    size); calibration_slope and calibration_intercept (of outcomes on predicted log-odds; 1 and 0 are perfect).
    """
    metrics: dict[str, float | None] = {
        "customers": float(churned.size),
        "churners": float(churned.sum()),
        "churn_rate": None,
        "auc": None,
        "average_precision": None,
        "log_loss": None,
        "brier": None,
        **{name: None for names in TOP_SHARES.values() for name in names},
        "expected_calibration_error": None,
        "calibration_slope": None,
        "calibration_intercept": None,
    }
    if not churned.size:
        return metrics
    bins = reliability(probabilities, churned)
    gaps = [row.customers * abs(row.mean_probability - row.observed_rate) for row in bins]
    metrics["churn_rate"] = float(churned.mean())
    metrics["log_loss"] = log_loss(logit(probabilities), churned)
    metrics["brier"] = float(((probabilities - churned) ** 2).mean())
    metrics["expected_calibration_error"] = sum(gaps) / churned.size
    if churned.all() or not churned.any():
        return metrics
    metrics["auc"] = auc(probabilities, churned)
    metrics["average_precision"] = average_precision(probabilities, churned)
    for share, (capture, lift) in TOP_SHARES.items():
        gain = top_gain(probabilities, churned, share)
        metrics[capture], metrics[lift] = gain, gain * churned.size / _top_size(churned.size, share)
    line = calibration_line(logit(probabilities), churned)
    if line is not None:
        metrics["calibration_slope"], metrics["calibration_intercept"] = line
    return metrics


def logit(probabilities: Floats) -> Floats:
    """Log-odds of probabilities, those of 0 and 1 as of the smallest that counts."""
    clipped = np.clip(probabilities, _SMALLEST, 1 - _SMALLEST)
    odds: Floats = np.log(clipped) - np.log1p(-clipped)
    return odds


def log_loss(log_odds: Floats, churned: Booleans, weights: Floats | None = None) -> float:
    """The mean negative log-likelihood of outcomes, straight from log-odds; lower is better."""
    return float(np.average(np.logaddexp(0.0, np.where(churned, -log_odds, log_odds)), weights=weights))


def auc(probabilities: Floats, churned: Booleans) -> float:
    """The chance that a random churner is rated above a random stayer, ties counting half (Mann-Whitney U)."""
    _, where, counts = np.unique(probabilities, return_inverse=True, return_counts=True)
    middle_ranks = np.cumsum(counts) - (counts - 1) / 2
    churners = int(churned.sum())
    rank_sum = float(middle_ranks[where][churned].sum())
    return (rank_sum - churners * (churners + 1) / 2) / (churners * (churned.size - churners))


def average_precision(probabilities: Floats, churned: Booleans) -> float:
    """Precision at each distinct threshold, weighted by the recall it adds."""
    _, where, counts = np.unique(-probabilities, return_inverse=True, return_counts=True)
    hits = np.bincount(where, weights=churned)
    precision = np.cumsum(hits) / np.cumsum(counts)
    return float((precision * hits).sum() / hits.sum())


def top_gain(probabilities: Floats, churned: Booleans, share: float) -> float:
    """The share of churners within the top ``share`` by probability; ties at the edge count in proportion."""
    size = _top_size(churned.size, share)
    edge = np.partition(probabilities, churned.size - size)[churned.size - size]
    above, at_edge = probabilities > edge, probabilities == edge
    found = churned[above].sum() + churned[at_edge].mean() * (size - above.sum())
    return float(found / churned.sum())


def _top_size(customers: int, share: float) -> int:
    return ceil(customers * share)


def reliability(probabilities: Floats, churned: Booleans) -> tuple[ReliabilityBin, ...]:
    """Customers in ten bins of equal size by probability; equal probabilities share a bin, so there may be fewer."""
    edges = np.quantile(probabilities, np.linspace(0, 1, RELIABILITY_BINS + 1)[1:-1]) if churned.size else np.array([])
    bin_of = np.searchsorted(np.unique(edges), probabilities, side="left")
    return tuple(
        ReliabilityBin(
            bin_number=position + 1,
            customers=int((bin_of == number).sum()),
            mean_probability=float(probabilities[bin_of == number].mean()),
            observed_rate=float(churned[bin_of == number].mean()),
        )
        for position, number in enumerate(np.unique(bin_of))
    )


def calibration_line(log_odds: Floats, churned: Booleans) -> tuple[float, float] | None:
    """Slope and intercept of the logistic regression of outcomes on ``log_odds``, by Newton's method.

    None when the likelihood has no maximum: all log-odds equal, or outcomes separated.
    """
    columns = np.column_stack([log_odds, np.ones_like(log_odds)])
    line = np.array([1.0, 0.0])
    for _ in range(50):
        fitted = 1.0 / (1.0 + np.exp(-np.clip(columns @ line, -40, 40)))
        gradient = columns.T @ (churned - fitted)
        curvature = (columns * (fitted * (1 - fitted))[:, None]).T @ columns
        if np.linalg.cond(curvature) > 1e12:
            return None
        # Far from the optimum a full Newton step can overshoot: no step moves either number by more than 2.
        step = np.clip(np.linalg.solve(curvature, gradient), -2.0, 2.0)
        line = line + step
        if np.abs(step).max() < 1e-10:
            return float(line[0]), float(line[1])
    return None
