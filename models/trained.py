"""A trained model as plain numbers: all that scoring needs and all that its backtest found.

Belongs here: the bundle, its content-derived version, its report as tables. Does not belong here: training
(``models.scoring``), files (``models.registry``).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from models.calibration import Calibration
from models.estimators import LogisticModel
from models.evaluation import ReliabilityBin

LOGISTIC, BASE_RATE = "logistic", "base-rate"
_VERSION_CHARACTERS = 12


@dataclass(frozen=True)
class Metric:
    """One number of the report; ``split``: training, calibration, test, or test_uncalibrated."""

    metric: str
    value: float | None
    split: str


@dataclass(frozen=True)
class TrainedModel:
    """What ``score`` needs, with what the test said.

    ``kind``: ``logistic``, or ``base-rate`` when the history was too short; ``note`` says why.
    ``base_rate``: the observed churn rate per horizon that risk bands are measured against.
    ``levels``: the categories with a weight of their own, by feature. ``days``: the days of each part.
    """

    kind: str
    horizon_days: int
    seed: int
    base_rate: float
    levels: tuple[tuple[str, tuple[str, ...]], ...]
    estimator: LogisticModel
    calibration: Calibration
    days: tuple[tuple[str, tuple[date, ...]], ...]
    metrics: tuple[Metric, ...]
    calibration_bins: tuple[ReliabilityBin, ...]
    note: str

    @cached_property
    def model_version(self) -> str:
        """The kind and the first characters of the SHA-256 of everything above."""
        digest = hashlib.sha256(canonical_json(content(self)).encode()).hexdigest()
        return f"{self.kind}-{digest[:_VERSION_CHARACTERS]}"


@dataclass(frozen=True)
class BacktestReport:
    """The model on days it had not seen.

    ``metrics``: metric, value (null: has no meaning), split; one row each. ``calibration_bins``: bin_number,
    customers, mean_probability, observed_rate of the test day. ``note``: what was done for want of history.
    """

    model_version: str
    metrics: pl.DataFrame
    calibration_bins: pl.DataFrame
    note: str


def backtest_report(model: TrainedModel) -> BacktestReport:
    """The metrics and the reliability table of the untouched test day, as tables to publish."""
    return BacktestReport(
        model_version=model.model_version,
        metrics=pl.DataFrame(
            [asdict(metric) for metric in model.metrics],
            schema={"metric": pl.String, "value": pl.Float64, "split": pl.String},
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
    """The model as JSON types; dates as ISO text."""
    return json.loads(json.dumps(asdict(model), default=str))  # type: ignore[no-any-return]


def canonical_json(value: dict[str, Any]) -> str:
    """The one text of ``value``: sorted keys, no spaces, shortest exact numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
