"""The challenger: gradient-boosted trees (LightGBM), tuned on held-out rows, saved as text, explained exactly.

Belongs here: fitting with early stopping and a choice of settings, the fitted model, its TreeSHAP contributions.
Does not belong here: which rows are held out (``models.splits``), words (``models.explanation``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from models.encoding import learn_levels
from models.estimators import Booleans, Floats
from models.evaluation import log_loss
from models.splines import numbers_of
from models.splits import Rows

if TYPE_CHECKING:
    import lightgbm

Narrow = npt.NDArray[np.float32]

MAXIMUM_ROUNDS = 1500
PATIENCE = 40
# A second thread waits for the first at every split of every tree: on a busy machine that took nine times the
# processor time and longer by the clock as well, up to some hundred thousand rows.
_ROWS_FOR_TWO_THREADS = 300_000
# Rows are told one by one, so a second thread waits for nothing.
_ROWS_TOLD_BY_TWO_THREADS = 20_000
_SHARED: dict[str, Any] = {
    "objective": "binary",
    "verbosity": -1,
    "deterministic": True,
    "force_col_wise": True,
    "seed": 0,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    # A category splits one against the rest; many against many learns small tables by heart.
    "max_cat_to_onehot": 64,
}
_LARGEST = float(np.finfo(np.float32).max)
# Bins are made once for every setting, so no setting may filter them. Of 255 as of 63 the loss is the same.
_BINNING: dict[str, Any] = {"verbosity": -1, "feature_pre_filter": False, "max_bin": 63}
# From few interactions to many: what a table bears is found on its held-out rows.
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "single splits": {"num_leaves": 2, "learning_rate": 0.1, "min_data_in_leaf": 20, "lambda_l2": 1.0},
    "few interactions": {"num_leaves": 6, "learning_rate": 0.1, "min_data_in_leaf": 20, "lambda_l2": 5.0},
    "many interactions": {"num_leaves": 20, "learning_rate": 0.05, "min_data_in_leaf": 10, "lambda_l2": 2.0},
}


@dataclass(frozen=True, eq=False)
class BoostedTrees:
    """Fitted trees as LightGBM's text, with the codes of the categories; columns in the order of ``columns``."""

    columns: tuple[str, ...]
    levels: tuple[tuple[str, tuple[str, ...]], ...]
    text: str
    rounds: int
    setting: str

    def log_odds(self, frame: pl.DataFrame) -> Floats:
        """The log-odds of churn of each row."""
        if not frame.height:
            return np.zeros(0)
        raw = self._booster.predict(self._matrix(frame), raw_score=True, num_threads=_telling(frame.height))
        return np.asarray(raw, dtype=np.float64)

    def contributions(self, frame: pl.DataFrame) -> tuple[dict[str, Floats], float]:
        """What each column adds to the log-odds by exact TreeSHAP, and the log-odds they are added to."""
        if not frame.height:
            return {name: np.zeros(0) for name in self.columns}, 0.0
        raw = self._booster.predict(self._matrix(frame), pred_contrib=True, num_threads=_telling(frame.height))
        added = np.asarray(raw, dtype=np.float64)
        return {name: added[:, position] for position, name in enumerate(self.columns)}, float(added[0, -1])

    def importance(self) -> dict[str, float]:
        """The share of the trees' gain that each column brought."""
        gain = self._booster.feature_importance("gain")
        return dict(zip(self.columns, (gain / max(gain.sum(), 1e-300)).tolist(), strict=True))

    def _matrix(self, frame: pl.DataFrame) -> Narrow:
        return matrix(frame, self.columns, dict(self.levels))

    @cached_property
    def _booster(self) -> lightgbm.Booster:
        import lightgbm

        return lightgbm.Booster(model_str=self.text)


def matrix(frame: pl.DataFrame, columns: Sequence[str], levels: Mapping[str, Sequence[str]]) -> Narrow:
    """Numbers as they are, categories as the place of their level; what is missing or was never seen as NaN."""
    values: Narrow = np.empty((frame.height, len(columns)), dtype=np.float32)
    for place, name in enumerate(columns):
        column = frame[name]
        if name in levels:
            codes = {level: float(code) for code, level in enumerate(levels[name])}
            column = column.replace_strict(codes, default=None, return_dtype=pl.Float64)
        values[:, place] = np.clip(numbers_of(column), -_LARGEST, _LARGEST)
    return values


def fit_boosting(
    frame: pl.DataFrame,
    churned: Booleans,
    splits: Sequence[tuple[Rows, Rows]],
    settings: Sequence[str] = (),
    weights: Floats | None = None,
) -> tuple[BoostedTrees, Floats]:
    """Fit on ``frame`` (Float64 and String columns); setting and number of trees are the best over ``splits``.

    Also returns the log-odds of the rows judged, in the order of the splits, by trees that had not seen them.
    """
    import lightgbm

    columns = tuple(frame.columns)
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    levels = {name: _codes(frame, name) for name in texts}
    values = matrix(frame, columns, levels)
    categorical = [columns.index(name) for name in texts]
    judged = np.concatenate([churned[held] for _, held in splits])
    each = np.ones(len(churned)) if weights is None else weights
    judged_weights = np.concatenate([each[held] for _, held in splits])
    prepared = [_prepare(values, churned, each, split, categorical) for split in splits]
    tried = {name: _early_stopped(prepared, name) for name in (settings or tuple(SETTINGS))}
    best = min(tried, key=lambda name: log_loss(tried[name][1], judged, judged_weights))
    rounds, unseen = tried[best]
    if len(splits) == 1:
        # The trees that are kept learn from the held-out rows too, and more rows bear more trees.
        rounds = round(rounds * len(churned) / len(splits[0][0]))
    booster = lightgbm.train(_parameters(best, len(churned)), _dataset(values, churned, each, categorical), rounds)
    return BoostedTrees(columns, tuple(levels.items()), booster.model_to_string(), rounds, best), unseen


def _codes(frame: pl.DataFrame, name: str) -> tuple[str, ...]:
    """Every common level in sorted order: rarer ones go where the missing go."""
    common = learn_levels(frame, [name])[name]
    most = frame.group_by(name).len("rows").drop_nulls(name).sort(["rows", name], descending=[True, False])[name]
    return tuple(sorted({*common, *most.head(1)}))


@dataclass(frozen=True, eq=False)
class _Split:
    """Rows to learn from and rows to stop by, binned once for every setting."""

    training: lightgbm.Dataset
    watched: lightgbm.Dataset
    held_values: Narrow
    held_weight: float
    seen_rows: int


def _prepare(
    values: Narrow, churned: Booleans, weights: Floats, split: tuple[Rows, Rows], categorical: list[int]
) -> _Split:
    seen, held = split
    training = _dataset(values[seen], churned[seen], weights[seen], categorical).construct()
    watched = training.create_valid(
        values[held], churned[held].astype(np.float64), weight=weights[held], params=training.params
    )
    return _Split(training, watched.construct(), values[held], float(weights[held].sum()), len(seen))


def _early_stopped(prepared: Sequence[_Split], setting: str) -> tuple[int, Floats]:
    """The number of trees at which the loss of all held-out rows together is least, and their log-odds there."""
    import lightgbm

    boosters: list[lightgbm.Booster] = []
    losses: list[list[float]] = []
    for split in prepared:
        record: dict[str, dict[str, list[float]]] = {}
        callbacks: list[Callable[..., Any]] = [
            lightgbm.early_stopping(PATIENCE, verbose=False),
            lightgbm.record_evaluation(record),
        ]
        booster = lightgbm.train(
            {**_parameters(setting, split.seen_rows), "metric": "binary_logloss"},
            split.training,
            MAXIMUM_ROUNDS,
            valid_sets=[split.watched],
            valid_names=["held"],
            callbacks=callbacks,
        )
        boosters.append(booster)
        losses.append(record["held"]["binary_logloss"])
    shortest = min(len(record) for record in losses)
    shares = np.array([split.held_weight for split in prepared])
    together = np.average([record[:shortest] for record in losses], axis=0, weights=shares)
    rounds = int(np.argmin(together)) + 1
    unseen = [
        booster.predict(
            split.held_values, num_iteration=rounds, raw_score=True, num_threads=_threads(len(split.held_values))
        )
        for booster, split in zip(boosters, prepared, strict=True)
    ]
    return rounds, np.concatenate(unseen).astype(np.float64)


def _dataset(values: Narrow, churned: Booleans, weights: Floats, categorical: list[int]) -> lightgbm.Dataset:
    import lightgbm

    return lightgbm.Dataset(
        values,
        churned.astype(np.float64),
        weight=weights,
        categorical_feature=categorical,
        params={**_BINNING, "num_threads": _threads(len(values))},
        free_raw_data=False,
    )


def _parameters(setting: str, rows: int) -> dict[str, Any]:
    return {**_SHARED, **SETTINGS[setting], "num_threads": _threads(rows)}


def _threads(rows: int) -> int:
    """One for small tables: a second thread that waits for the first costs more than it brings."""
    return 1 if rows < _ROWS_FOR_TWO_THREADS else 2


def _telling(rows: int) -> int:
    return 1 if rows < _ROWS_TOLD_BY_TWO_THREADS else 2
