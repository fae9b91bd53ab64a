"""A trained model: all that scoring needs and all that its backtest found.

Belongs here: the bundle, its content-derived version, its report as tables. Does not belong here: training
(``models.training``), files (``models.registry``).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from models.boosting import BoostedTrees
from models.causes import Causes
from models.estimators import Floats
from models.evaluation import Metric, ReliabilityBin
from models.features import CONCEPT_OF, model_frame
from models.floor import SplineLogistic
from models.leveling import Level
from models.segment_rate import SegmentRate
from models.value.campaign import CampaignTerms, best_threshold

TREES, FLOOR, SEGMENT_RATE = "trees", "floor", "segment-rate"
_VERSION_CHARACTERS = 12
_BOUNDS = {"lower_bound": pl.Float64, "upper_bound": pl.Float64}
_HEADLINE = {"metric": pl.String, "value": pl.Float64, "split": pl.String, **_BOUNDS}


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """What ``score`` needs, with what the backtest said.

    ``kind``: the champion - ``trees``, ``floor``, or ``segment-rate`` where no model may be published; ``note`` says
    why. ``base_rate``: the churn rate per horizon that risk bands are measured against. ``data_hash`` is of what it was
    trained on; ``waivers`` let suspect columns in. ``causes``: how they would leave, none in a model of an
    earlier recipe.
    """

    kind: str
    horizon_days: int
    base_rate: float
    level: Level
    trees: BoostedTrees | None
    floor: SplineLogistic | None
    segment: SegmentRate
    training_days: tuple[date, ...]
    origins: tuple[date, ...]
    metrics: tuple[Metric, ...]
    calibration_bins: tuple[ReliabilityBin, ...]
    gain_interval: tuple[float, float] | None
    data_hash: str
    waivers: tuple[tuple[str, str], ...]
    note: str
    causes: Causes | None = None

    @cached_property
    def model_version(self) -> str:
        """The kind and the first characters of the SHA-256 of everything above; of the fall-back its name alone."""
        if self.kind == SEGMENT_RATE:
            return SEGMENT_RATE
        return f"{self.kind}-{self.digest[:_VERSION_CHARACTERS]}"

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the content."""
        return hashlib.sha256(canonical_json(content(self)).encode()).hexdigest()

    def log_odds(self, rows: pl.DataFrame) -> Floats:
        """The log-odds of churn of each row of the feature mart."""
        if self.kind == TREES and self.trees is not None:
            return self.trees.log_odds(model_frame(rows)) + self.level.of(rows)
        if self.kind == FLOOR and self.floor is not None:
            return self.floor.log_odds(model_frame(rows)) + self.level.of(rows)
        return self.segment.log_odds(rows)

    def contributions(self, rows: pl.DataFrame) -> dict[str, Floats]:
        """What each concept adds to the log-odds of each row against the average; with the base they add up to it."""
        if self.kind == TREES and self.trees is not None:
            by_feature, _ = self.trees.contributions(model_frame(rows))
        elif self.kind == FLOOR and self.floor is not None:
            by_feature = self.floor.contributions(model_frame(rows))
        else:
            return {}
        sums: dict[str, Floats] = {}
        for name, added in by_feature.items():
            concept = CONCEPT_OF[name]
            sums[concept] = sums.get(concept, np.zeros(rows.height)) + added
        return sums

    def pooled(self, metric: str, population: str = "everybody", estimator: str | None = None) -> float | None:
        """A number of the champion, or another estimator, over all origins."""
        found = self.pooled_metric(metric, population, estimator)
        return None if found is None else found.value

    def pooled_metric(self, metric: str, population: str = "everybody", estimator: str | None = None) -> Metric | None:
        """The same with its interval."""
        wanted = (None, population, estimator or self.kind, metric)
        found = (each for each in self.metrics if (each.origin, each.population, each.estimator, each.metric) == wanted)
        return next(found, None)


@dataclass(frozen=True)
class BacktestReport:
    """The champion on origins it had not seen.

    ``metrics``: metric, value (null: has no meaning), split (``test``: all origins pooled), and the bounds of its 95 %
    interval where one was worked out. ``origins``: every number
    by origin, population and estimator. ``calibration_bins``: bin_number, customers, mean_probability, observed_rate.
    """

    model_version: str
    metrics: pl.DataFrame
    origins: pl.DataFrame
    calibration_bins: pl.DataFrame
    note: str


def backtest_report(model: TrainedModel) -> BacktestReport:
    """The numbers of the backtest as tables to publish."""
    pooled = [each for each in model.metrics if (each.origin, each.estimator) == (None, model.kind)]
    splits = {"everybody": "test", "renewing": "test_renewing"}
    headline = [
        {
            "metric": each.metric,
            "value": each.value,
            "split": splits[each.population],
            "lower_bound": each.lower_bound,
            "upper_bound": each.upper_bound,
        }
        for each in pooled
        if each.population in splits
    ]
    headline.append({"metric": "contact_threshold", "value": best_threshold(CampaignTerms()), "split": "test"})
    return BacktestReport(
        model_version=model.model_version,
        metrics=pl.DataFrame(headline, schema=_HEADLINE),
        origins=pl.DataFrame(
            [asdict(each) for each in model.metrics],
            schema={
                "origin": pl.Date,
                "population": pl.String,
                "estimator": pl.String,
                "metric": pl.String,
                "value": pl.Float64,
                **_BOUNDS,
            },
        ),
        calibration_bins=pl.DataFrame(
            [asdict(row) for row in model.calibration_bins],
            schema={
                "bin_number": pl.Int32,
                "customers": pl.Int64,
                "mean_probability": pl.Float64,
                "observed_rate": pl.Float64,
            },
        ),
        note=model.note,
    )


def content(model: TrainedModel) -> dict[str, Any]:
    """The model as JSON types; dates as ISO text. What an earlier recipe did not know is not there."""
    described: dict[str, Any] = json.loads(json.dumps(asdict(model), default=str))
    if model.causes is None:
        del described["causes"]
    return described


def canonical_json(value: dict[str, Any]) -> str:
    """The one text of ``value``: sorted keys, no spaces, shortest exact numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
