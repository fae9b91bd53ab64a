"""How sure the numbers of a backtest are: intervals by resampling customers, each with all their month ends.

Belongs here: drawing customers, and what a number is of each draw, all draws at once. Does not belong here: the numbers
of everybody (``models.evaluation``), which estimators are judged (``models.backtesting``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from models.estimators import Booleans, Floats
from models.evaluation import RELIABILITY_BINS, TOP_SHARES, calibration_line, logit

Integers = npt.NDArray[np.int64]
RESAMPLES = 200
# Of fewer who left, or who stayed, an interval says more about the draws than about the model.
FEWEST_OF_EACH = 20
_MOST_CLASSES = 2_000
_LOWEST, _HIGHEST = 0.025, 0.975


@dataclass(frozen=True, eq=False)
class Draws:
    """How often each customer is drawn, with replacement and as many as there are: a row a customer, a column a draw.

    The same customers are drawn whatever part of their month ends is looked at.
    """

    customer: Integers
    times: Floats

    def of(self, kept: Booleans) -> Draws:
        """The same draws of some of the rows."""
        return Draws(self.customer[kept], self.times)

    def sums(self, values: Floats) -> Floats:
        """The sum of the rows' ``values``, by draw."""
        total: Floats = self.grouped(np.zeros_like(self.customer), values, 1)[0]
        return total

    def grouped(self, group: Integers, values: Floats, groups: int) -> Floats:
        """The same by group and draw, of rows that are each of one group."""
        from scipy.sparse import csr_array

        by_customer = csr_array((values, (group, self.customer)), shape=(groups, len(self.times)))
        total: Floats = by_customer @ self.times
        return total


@dataclass(frozen=True, eq=False)
class _Ranked:
    """Rows by class of probability, from the highest class down; ``bin_ends``: the last class of each tenth."""

    class_of: Integers
    mean_probability: Floats
    bin_ends: Integers


def draws(customers: pl.Series, *, seed: int = 0) -> Draws:
    """Draws of the customers of rows; the same for the same customers and seed."""
    customer = customers.rank("dense").to_numpy().astype(np.int64) - 1
    people = int(customer.max()) + 1
    random = np.random.default_rng(seed)
    times = [np.bincount(random.integers(0, people, people), minlength=people) for _ in range(RESAMPLES)]
    return Draws(customer, np.column_stack(times).astype(np.float64))


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95 % of what was found on the resamples (percentile bootstrap)."""
    low, high = np.quantile(values, [_LOWEST, _HIGHEST])
    return float(low), float(high)


def intervals(probabilities: Floats, churned: Booleans, drawn: Draws) -> dict[str, tuple[float, float]]:
    """The 95 % interval of each number that ``evaluate`` gives of probabilities, by its name.

    Bins are those of everybody. The calibration line takes one step of Newton's from everybody's to that of a draw,
    which is where its own would end but for terms of second order. Empty where too few left or stayed.
    """
    left = int(churned.sum())
    if min(left, churned.size - left) < FEWEST_OF_EACH:
        return {}
    line = calibration_line(logit(probabilities), churned)
    if line is None:
        return {}
    numbers = {
        **_of_sums(probabilities, churned, drawn),
        **_of_ranks(_ranked(probabilities), churned, drawn),
        **_of_line(probabilities, churned, drawn, line),
    }
    return {name: interval(values) for name, values in numbers.items()}


def _of_sums(probabilities: Floats, churned: Booleans, drawn: Draws) -> dict[str, Floats]:
    rows, left = drawn.sums(np.ones_like(probabilities)), drawn.sums(churned.astype(np.float64))
    return {
        "churn_rate": left / rows,
        "log_loss": drawn.sums(np.logaddexp(0.0, np.where(churned, -1.0, 1.0) * logit(probabilities))) / rows,
        "brier": drawn.sums((probabilities - churned) ** 2) / rows,
        "predicted_over_observed": drawn.sums(probabilities) / left,
    }


def _ranked(probabilities: Floats) -> _Ranked:
    """Every probability is a class of its own, or where there are very many, the neighbours of a narrow quantile."""
    tenths = np.quantile(probabilities, np.linspace(0, 1, RELIABILITY_BINS + 1)[1:-1])
    cuts = np.unique(probabilities)
    if len(cuts) > _MOST_CLASSES:
        cuts = np.quantile(probabilities, np.linspace(0, 1, _MOST_CLASSES + 1)[1:-1])
    # As in the reliability table, a class holds those above one cut and up to the next.
    cuts = np.unique(np.append(cuts, tenths))
    _, class_of = np.unique(-np.searchsorted(cuts, probabilities, side="left"), return_inverse=True)
    mean = np.bincount(class_of, weights=probabilities) / np.bincount(class_of)
    bin_of = np.searchsorted(np.unique(tenths), mean, side="left")
    return _Ranked(class_of, mean, np.append(np.flatnonzero(np.diff(bin_of)), len(mean) - 1))


def _of_ranks(ranked: _Ranked, churned: Booleans, drawn: Draws) -> dict[str, Floats]:
    """Area under the curve, precision, what the top holds, and calibration, of customers that are drawn so often."""
    classes = len(ranked.mean_probability)
    new_rows = drawn.grouped(ranked.class_of, np.ones(churned.size), classes)
    new_hits = drawn.of(churned).grouped(ranked.class_of[churned], np.ones(int(churned.sum())), classes)
    rows, hits = np.cumsum(new_rows, axis=0), np.cumsum(new_hits, axis=0)
    everybody, leavers = rows[-1], hits[-1]
    stayed_below = (everybody - leavers) - (rows - hits)
    pairs = new_hits * (stayed_below + 0.5 * (new_rows - new_hits))
    precision = hits / np.maximum(rows, 1.0)
    numbers = {
        "auc": pairs.sum(axis=0) / (leavers * (everybody - leavers)),
        "average_precision": (precision * new_hits).sum(axis=0) / leavers,
    }
    for share, names in TOP_SHARES.items():
        captured = _first_hits(rows, hits, share * everybody) / leavers
        numbers |= dict(zip(names, (captured, captured / share), strict=True))
    expected = np.cumsum(new_rows * ranked.mean_probability[:, None], axis=0)
    gaps = np.diff((expected - hits)[ranked.bin_ends], axis=0, prepend=0.0)
    numbers["expected_calibration_error"] = np.abs(gaps).sum(axis=0) / everybody
    return numbers


def _first_hits(rows: Floats, hits: Floats, size: Floats) -> Floats:
    """The hits among the first ``size`` rows of each draw: of the class at the edge a part, in proportion."""
    edge, draw = (rows < size).sum(axis=0), np.arange(len(size))
    before = [np.where(edge > 0, counts[edge - 1, draw], 0.0) for counts in (rows, hits)]
    part = (size - before[0]) / (rows[edge, draw] - before[0])
    found: Floats = before[1] + part * (hits[edge, draw] - before[1])
    return found


def _of_line(probabilities: Floats, churned: Booleans, drawn: Draws, line: tuple[float, float]) -> dict[str, Floats]:
    columns = np.column_stack([logit(probabilities), np.ones_like(probabilities)])
    fitted = 1.0 / (1.0 + np.exp(-(columns @ np.array(line))))
    curvature = (columns * (fitted * (1 - fitted))[:, None]).T @ columns
    gradient = np.stack([drawn.sums(column * (churned - fitted)) for column in columns.T])
    slope, intercept = np.array(line)[:, None] + np.linalg.solve(curvature, gradient)
    return {"calibration_slope": slope, "calibration_intercept": intercept}
