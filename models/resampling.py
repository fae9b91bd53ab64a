"""How sure the numbers of a backtest are: intervals by resampling customers, each with all their month ends.

Belongs here: drawing customers, and what a number is of a draw. Does not belong here: the numbers of everybody
(``models.evaluation``), which estimators are judged (``models.backtesting``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from models.estimators import Booleans, Floats
from models.evaluation import RELIABILITY_BINS, TOP_SHARES, calibration_line, logit

Integers = npt.NDArray[np.int64]
RESAMPLES = 200
_MOST_CLASSES = 4_000
_LOWEST, _HIGHEST = 0.025, 0.975


@dataclass(frozen=True)
class _Ranked:
    """Rows by class of probability, from the highest class down; ``bin_ends``: the last class of each tenth."""

    customer: Integers
    class_of: Integers
    leavers: Integers
    mean_probability: Floats
    bin_ends: Integers


def draws(customers: int, *, seed: int = 0) -> Iterator[Integers]:
    """How often each customer is drawn, with replacement and as many as there are; the same for the same seed."""
    random = np.random.default_rng(seed)
    for _ in range(RESAMPLES):
        yield np.bincount(random.integers(0, customers, customers), minlength=customers)


def interval(values: list[float]) -> tuple[float, float]:
    """The middle 95 % of what was found on the resamples (percentile bootstrap)."""
    low, high = np.quantile(values, [_LOWEST, _HIGHEST])
    return float(low), float(high)


def intervals(probabilities: Floats, churned: Booleans, customers: pl.Series) -> dict[str, tuple[float, float]]:
    """The 95 % interval of each number that ``evaluate`` gives of probabilities, by its name.

    Bins are those of everybody. The calibration line takes one step of Newton's from everybody's to that of a draw,
    which is where its own would end but for terms of second order. Empty where nobody or everybody left.
    """
    line = calibration_line(logit(probabilities), churned)
    if not churned.any() or churned.all() or line is None:
        return {}
    customer = customers.rank("dense").to_numpy().astype(np.int64) - 1
    people = int(customer.max()) + 1
    ranked = _ranked(probabilities, churned, customer)
    sums = _sums(probabilities, churned, customer, people)
    scores, curvature = _line_scores(probabilities, churned, customer, people, line)
    found: dict[str, list[float]] = {}
    for drawn in draws(people):
        numbers = {**_of_sums(drawn @ sums), **_of_ranks(ranked, drawn)}
        moved = np.array(line) + np.linalg.solve(curvature, drawn @ scores)
        numbers["calibration_slope"], numbers["calibration_intercept"] = float(moved[0]), float(moved[1])
        for name, value in numbers.items():
            found.setdefault(name, []).append(value)
    return {name: interval(values) for name, values in found.items()}


def _sums(probabilities: Floats, churned: Booleans, customer: Integers, people: int) -> Floats:
    """By customer: rows, how many left, their probabilities, logarithmic and squared distances."""
    loss = np.logaddexp(0.0, np.where(churned, -1.0, 1.0) * logit(probabilities))
    columns = (np.ones_like(probabilities), churned, probabilities, loss, (probabilities - churned) ** 2)
    return np.column_stack([np.bincount(customer, weights=column, minlength=people) for column in columns])


def _of_sums(total: Floats) -> dict[str, float]:
    rows, left, expected, loss, squared = total
    return {
        "churn_rate": left / rows,
        "log_loss": loss / rows,
        "brier": squared / rows,
        "predicted_over_observed": expected / left,
    }


def _ranked(probabilities: Floats, churned: Booleans, customer: Integers) -> _Ranked:
    """Every probability is a class of its own, or where there are very many, the neighbours of a narrow quantile."""
    tenths = np.quantile(probabilities, np.linspace(0, 1, RELIABILITY_BINS + 1)[1:-1])
    cuts = np.unique(probabilities)
    if len(cuts) > _MOST_CLASSES:
        cuts = np.quantile(probabilities, np.linspace(0, 1, _MOST_CLASSES + 1)[1:-1])
    # As in the reliability table, a class holds those above one cut and up to the next.
    cuts = np.unique(np.append(cuts, tenths))
    _, class_of = np.unique(-np.searchsorted(cuts, probabilities, side="left"), return_inverse=True)
    sizes = np.bincount(class_of)
    mean = np.bincount(class_of, weights=probabilities) / sizes
    bin_of = np.searchsorted(np.unique(tenths), mean, side="left")
    ends = np.append(np.flatnonzero(np.diff(bin_of)), len(sizes) - 1)
    return _Ranked(customer, class_of, np.flatnonzero(churned), mean, ends)


def _of_ranks(ranked: _Ranked, drawn: Integers) -> dict[str, float]:
    """Area under the curve, precision, what the top holds, and calibration, of customers that are drawn so often."""
    weights, classes = drawn[ranked.customer], len(ranked.mean_probability)
    new_rows = np.bincount(ranked.class_of, weights=weights, minlength=classes)
    new_hits = np.bincount(ranked.class_of[ranked.leavers], weights=weights[ranked.leavers], minlength=classes)
    rows, hits = np.cumsum(new_rows), np.cumsum(new_hits)
    everybody, leavers = float(rows[-1]), float(hits[-1])
    stayed_below = (everybody - leavers) - (rows - hits)
    pairs = new_hits * (stayed_below + 0.5 * (new_rows - new_hits))
    precision = hits / np.maximum(rows, 1.0)
    numbers = {
        "auc": float(pairs.sum()) / (leavers * (everybody - leavers)),
        "average_precision": float((precision * new_hits).sum()) / leavers,
    }
    for share, names in TOP_SHARES.items():
        # Of a class at the edge, as many as still fit count in proportion.
        captured = float(np.interp(share * everybody, np.append(0.0, rows), np.append(0.0, hits))) / leavers
        numbers |= dict(zip(names, (captured, captured / share), strict=True))
    gaps = np.cumsum(new_rows * ranked.mean_probability)[ranked.bin_ends] - hits[ranked.bin_ends]
    numbers["expected_calibration_error"] = float(np.abs(np.diff(gaps, prepend=0.0)).sum()) / everybody
    return numbers


def _line_scores(
    probabilities: Floats, churned: Booleans, customer: Integers, people: int, line: tuple[float, float]
) -> tuple[Floats, Floats]:
    """By customer the gradient of the likelihood of the calibration line, and its curvature over everybody."""
    columns = np.column_stack([logit(probabilities), np.ones_like(probabilities)])
    fitted = 1.0 / (1.0 + np.exp(-(columns @ np.array(line))))
    gradient = columns * (churned - fitted)[:, None]
    by_customer = [np.bincount(customer, weights=column, minlength=people) for column in gradient.T]
    return np.column_stack(by_customer), (columns * (fitted * (1 - fitted))[:, None]).T @ columns
