"""How good the estimators are on a table without time: ten random folds, everything learnt inside the fold.

Belongs here: the folds, the numbers, the gate around them. Does not belong here: types (``models.flat_table``),
tests in time (``models.training``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.blending import fit_blend
from models.estimators import Booleans, probability
from models.evaluation import evaluate
from models.flat_table import MINIMUM_OF_EACH, FlatTable
from models.floor import INVERSE_PENALTIES
from models.leakage import joint_refusal, names_an_outcome, refusal, suspicions
from models.splits import Rows, stratified_folds

FOLDS = 10
SEEDS = (0, 1)
INNER_FOLDS = 4
# With this many rows one part held back says as much as four, in a quarter of the time.
ROWS_FOR_ONE_SPLIT = 15_000
FEW_PENALTIES = (0.01, 0.1)
# More rows than this hardly teach more and take twenty times as long as one training.
MAXIMUM_FOLD_ROWS = 40_000
ESTIMATORS = ("blend", "floor", "trees")


class LeakError(ValueError):
    """A table that the gate refuses."""


@dataclass(frozen=True)
class Judgement:
    """Means over the folds of all seeds by estimator and metric, and what went into them."""

    rows: int
    churners: int
    features: tuple[str, ...]
    left_out: dict[str, str]
    notes: tuple[str, ...]
    metrics: dict[str, dict[str, float]]
    standard_errors: dict[str, float]
    waivers: dict[str, str]

    def as_object(self) -> dict[str, object]:
        """As one JSON object, the metrics of the blend first."""
        return {
            "auc": self.metrics["blend"]["auc"],
            "log_loss": self.metrics["blend"]["log_loss"],
            "auc_standard_error": self.standard_errors["auc"],
            "log_loss_standard_error": self.standard_errors["log_loss"],
            "rows": self.rows,
            "churners": self.churners,
            "folds": FOLDS,
            "seeds": list(SEEDS),
            "estimators": self.metrics,
            "features": list(self.features),
            "left_out": self.left_out,
            "waivers": self.waivers,
            "notes": list(self.notes),
        }


def judge(table: FlatTable, waivers: Mapping[str, str], seeds: Sequence[int] = SEEDS) -> Judgement:
    """Train and judge on ``table``; raises ``LeakError`` where the gate fires.

    Columns whose name speaks of a score or a reason without ranking as one are left out unless they are waived.
    """
    found = suspicions(table.suspects, table.churned)
    # A credit score is a feature; a churn score is the answer. Without a waiver neither is used.
    harmless = [
        each.column
        for each in found
        if not each.is_blocking and each.auc <= 0.9 and not names_an_outcome(each.column) and each.column not in waivers
    ]
    sentence = refusal([each for each in found if each.column not in harmless], waivers)
    if sentence is not None:
        raise LeakError(sentence)
    named = dict.fromkeys(harmless, "its name says score, probability or reason, and nobody waived it")
    features = table.features.drop([column for column in harmless if column in table.features.columns])
    if not features.width:
        raise LeakError(f"Only {', '.join(harmless)} could be learnt from, and nobody waived it: add features.")
    # The estimators name columns of their own after those of the table, and a table may have such names already.
    numbered = features.rename({name: f"column {place}" for place, name in enumerate(features.columns)})
    parts = [
        _fold(numbered, table.churned, seen, held, seed)
        for seed in seeds
        for seen, held in stratified_folds(table.churned, FOLDS, seed)
    ]
    metrics = {
        name: {
            metric: float(np.mean([part[name][metric] for part in parts])) for metric in ("auc", "log_loss", "brier")
        }
        for name in ESTIMATORS
    }
    spread = {metric: np.std([part["blend"][metric] for part in parts], ddof=1) for metric in ("auc", "log_loss")}
    sentence = None if "*" in waivers else joint_refusal(metrics["blend"]["auc"])
    if sentence is not None:
        raise LeakError(sentence)
    return Judgement(
        rows=table.features.height,
        churners=int(table.churned.sum()),
        features=tuple(features.columns),
        left_out={**table.left_out, **named},
        notes=table.notes + _said_of_size(table.churned.size),
        metrics=metrics,
        standard_errors={metric: float(value / np.sqrt(len(parts))) for metric, value in spread.items()},
        waivers=dict(waivers),
    )


def _said_of_size(rows: int) -> tuple[str, ...]:
    learnt = rows - rows // FOLDS
    if learnt <= MAXIMUM_FOLD_ROWS:
        return ()
    return (f"of the {learnt:,} rows of a fold {MAXIMUM_FOLD_ROWS:,} are learnt from",)


def inner_splits(churned: Booleans, seed: int) -> list[tuple[Rows, Rows]]:
    """What a fold's training rows hold back to tune on: four folds, or one part of a large table."""
    folds = stratified_folds(churned, INNER_FOLDS, seed)
    return folds if churned.size <= ROWS_FOR_ONE_SPLIT else folds[:1]


def _some(seen: Rows, churned: Booleans, seed: int) -> Rows:
    """The rows of a fold that are learnt from: all, or of very many a random part with the same share of churners."""
    if len(seen) <= MAXIMUM_FOLD_ROWS:
        return seen
    share = MAXIMUM_FOLD_ROWS / len(seen)
    mixed = np.random.default_rng(seed).permutation(seen)
    parts = [mixed[churned[mixed] == outcome] for outcome in (True, False)]
    return np.sort(np.concatenate([part[: max(round(len(part) * share), MINIMUM_OF_EACH)] for part in parts]))


def _fold(features: pl.DataFrame, churned: Booleans, seen: Rows, held: Rows, seed: int) -> dict[str, dict[str, float]]:
    learnt = _some(seen, churned, seed)
    penalties = INVERSE_PENALTIES if len(learnt) <= ROWS_FOR_ONE_SPLIT else FEW_PENALTIES
    blend = fit_blend(features[learnt], churned[learnt], inner_splits(churned[learnt], seed), penalties)
    floor, trees = blend.floor.log_odds(features[held]), blend.trees.log_odds(features[held])
    judged = {"floor": floor, "trees": trees, "blend": blend.share(trees, floor)}
    return {
        name: {
            metric: value
            for metric, value in evaluate(probability(log_odds), churned[held]).items()
            if value is not None
        }
        for name, log_odds in judged.items()
    }
