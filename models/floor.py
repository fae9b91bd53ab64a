"""The floor: a logistic regression on curves and categories, hard to beat on small tables and easy to read.

Belongs here: fitting it with its penalty chosen on held-out rows, and its log-odds. Does not belong here: the
boosted trees that challenge it (``models.boosting``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.encoding import learn_levels, one_hot, one_hot_name
from models.estimators import Booleans, Floats, LogisticModel, fit_logistic
from models.evaluation import log_loss
from models.splines import Curve, learn_curves, numbers_of, spline_design
from models.splits import Rows

INVERSE_PENALTIES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)


@dataclass(frozen=True)
class SplineLogistic:
    """A fitted floor: curves of the numbers, levels of the categories, and the weights of both."""

    curves: tuple[Curve, ...]
    levels: tuple[tuple[str, tuple[str, ...]], ...]
    weights: LogisticModel
    inverse_penalty: float

    def log_odds(self, frame: pl.DataFrame) -> Floats:
        """The log-odds of churn of each row."""
        sums = np.full(frame.height, self.weights.intercept)
        for added in self.contributions(frame).values():
            sums += added
        return sums

    def contributions(self, frame: pl.DataFrame) -> dict[str, Floats]:
        """What each column of ``frame`` adds to the log-odds against the average row, exact and additive."""
        slopes = np.array(self.weights.weights) / np.array(self.weights.scales)
        of_terms = dict(zip(self.weights.terms, zip(slopes, self.weights.means, strict=True), strict=True))
        added: dict[str, Floats] = {}
        for curve in self.curves:
            steps, average = _steps(of_terms, curve.columns)
            added[curve.name] = curve.height(numbers_of(frame[curve.name]), steps) - average
        for name, levels in self.levels:
            steps, average = _steps(of_terms, [one_hot_name(name, level) for level in levels])
            heights = dict(zip(levels, steps.tolist(), strict=True))
            texts = frame[name].cast(pl.String)
            added[name] = texts.replace_strict(heights, default=0.0, return_dtype=pl.Float64).to_numpy() - average
        return added


def _steps(of_terms: Mapping[str, tuple[float, float]], columns: Sequence[str]) -> tuple[Floats, float]:
    """What one more of each column adds, and what all of them add for the average row; nothing without a weight."""
    found = np.array([of_terms.get(column, (0.0, 0.0)) for column in columns]).reshape(-1, 2)
    return found[:, 0], float((found[:, 0] * found[:, 1]).sum())


def fit_floor(
    frame: pl.DataFrame,
    churned: Booleans,
    splits: Sequence[tuple[Rows, Rows]],
    penalties: Sequence[float] = INVERSE_PENALTIES,
) -> tuple[SplineLogistic, Floats]:
    """Fit on ``frame`` (Float64 and String columns) with the penalty that is the best of ``penalties`` over ``splits``.

    Also returns the log-odds of the rows judged, in the order of the splits, by models that had not seen them.
    """
    best, unseen = tune_floor(frame, churned, splits, penalties)
    return fit_floor_at(frame, churned, best), unseen


def tune_floor(
    frame: pl.DataFrame,
    churned: Booleans,
    splits: Sequence[tuple[Rows, Rows]],
    penalties: Sequence[float],
    weights: Floats | None = None,
) -> tuple[float, Floats]:
    """The best of ``penalties``, with the log-odds that it gives to the rows judged.

    Each split is rows to learn from and rows to judge on.
    """
    judged = np.concatenate([churned[held] for _, held in splits])
    judged_weights = None if weights is None else np.concatenate([weights[held] for _, held in splits])
    tried: dict[float, list[Floats]] = {penalty: [] for penalty in penalties}
    for seen, held in splits:
        curves, levels = _learn(frame[seen])
        inside, outside = _design(frame[seen], curves, levels), _design(frame[held], curves, levels)
        for penalty, parts in tried.items():
            seen_weights = None if weights is None else weights[seen]
            parts.append(fit_logistic(inside, churned[seen], penalty, seen_weights).log_odds(outside))
    unseen = {penalty: np.concatenate(parts) for penalty, parts in tried.items()}
    best = min(penalties, key=lambda penalty: log_loss(unseen[penalty], judged, judged_weights))
    return best, unseen[best]


def fit_floor_at(
    frame: pl.DataFrame, churned: Booleans, penalty: float, weights: Floats | None = None
) -> SplineLogistic:
    """Fit on ``frame`` with a penalty that is known."""
    curves, levels = _learn(frame)
    fitted = fit_logistic(_design(frame, curves, levels), churned, penalty, weights)
    return SplineLogistic(curves, tuple(levels.items()), fitted, penalty)


def _learn(frame: pl.DataFrame) -> tuple[tuple[Curve, ...], dict[str, tuple[str, ...]]]:
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    return learn_curves(frame, [name for name in frame.columns if name not in texts]), learn_levels(frame, texts)


def _design(frame: pl.DataFrame, curves: tuple[Curve, ...], levels: dict[str, tuple[str, ...]]) -> pl.DataFrame:
    return _side_by_side(spline_design(frame, curves), one_hot(frame, levels))


def _side_by_side(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Both; a frame without columns has no height to join on."""
    if not right.width:
        return left
    return left.hstack(right) if left.width else right
