"""The live track record: scores as they were published, against what came, and how far the world has moved since.

Belongs here: joining recorded scores with outcomes, live calibration and lift, drift of features and scores. Does not
belong here: keeping the scores (``pipelines.readings.score_record``), the backtest (``models.backtesting``).
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta

import numpy as np
import polars as pl

from models.drift import stability_index
from models.evaluation import evaluate, reliability
from models.features import NAMES
from models.history import History
from models.target import churned_by

RECORDED = ("as_of_date", "customer_id", "horizon_days", "churn_probability", "risk_band", "model_version")
OUTCOMES = {
    "as_of_date": pl.Date,
    "customer_id": pl.String,
    "horizon_days": pl.Int32,
    "churn_probability": pl.Float64,
    "risk_band": pl.String,
    "model_version": pl.String,
    "outcome_date": pl.Date,
    "has_churned": pl.Boolean,
    "is_settled": pl.Boolean,
}
METRICS = {
    "as_of_date": pl.Date,
    "model_version": pl.String,
    "horizon_days": pl.Int32,
    "is_settled": pl.Boolean,
    "metric": pl.String,
    "value": pl.Float64,
}
BINS = {
    "bin_number": pl.Int32,
    "customers": pl.Int64,
    "mean_probability": pl.Float64,
    "observed_rate": pl.Float64,
}
DRIFT = {
    "feature": pl.String,
    "then_date": pl.Date,
    "now_date": pl.Date,
    "then_rows": pl.Int64,
    "now_rows": pl.Int64,
    "stability_index": pl.Float64,
    "verdict": pl.String,
}
SCORE = "churn_probability"
_SHIFTED, _OTHER = 0.1, 0.25


def track_record(recorded: pl.DataFrame, history: History) -> dict[str, pl.DataFrame]:
    """The tables of the record, by name, of scores published before (``RECORDED``, one row a day and customer).

    ``fct_score_outcomes``: each score whose horizon is over with what came of it; settled once nothing but a
    correction can change it. ``score_track_record``: the metrics of each day on which scores were published; without
    a day those of all settled ones. ``score_track_bins``: predicted against observed, settled days together.
    ``score_drift``: features and scores against those of the newest feature day a horizon or more ago.
    """
    outcomes = _outcomes(recorded, history)
    settled = outcomes.filter("is_settled")
    rows = [row for _, day in outcomes.group_by("as_of_date", maintain_order=True) for row in _metrics(day)]
    rows += _metrics(settled.with_columns(as_of_date=pl.lit(None, pl.Date), model_version=pl.lit(None, pl.String)))
    bins = reliability(settled[SCORE].to_numpy(), settled["has_churned"].to_numpy()) if settled.height else ()
    return {
        "fct_score_outcomes": outcomes,
        "score_track_record": pl.DataFrame(rows, schema=METRICS, orient="row"),
        "score_track_bins": pl.DataFrame([asdict(one) for one in bins], schema=BINS),
        "score_drift": _drift(recorded, history),
    }


def _outcomes(recorded: pl.DataFrame, history: History) -> pl.DataFrame:
    today = history.scoring_day
    parts = []
    for (horizon,), rows in recorded.group_by("horizon_days", maintain_order=True):
        over = rows.with_columns(outcome_date=pl.col("as_of_date") + pl.duration(days=horizon)).filter(
            pl.col("outcome_date") < today
        )
        due = over.rename({"as_of_date": "feature_date"})
        settles = pl.col("outcome_date") + pl.duration(days=history.settling_days) < today
        parts.append(
            over.with_columns(
                has_churned=pl.Series(churned_by(history.paying, due, int(str(horizon))), dtype=pl.Boolean),
                is_settled=settles,
            ).select(*OUTCOMES)
        )
    found = pl.concat(parts) if parts else pl.DataFrame(schema=OUTCOMES)
    return found.cast(OUTCOMES).sort("as_of_date", "customer_id")  # type: ignore[arg-type]


def _metrics(day: pl.DataFrame) -> list[tuple[object, ...]]:
    """Each metric of the scores of one day, or of all; none without rows."""
    if day.is_empty():
        return []
    first = day.row(0, named=True)
    own = (first["as_of_date"], first["model_version"], first["horizon_days"], first["is_settled"])
    chances = day[SCORE].to_numpy()
    churned = day["has_churned"].to_numpy().astype(np.bool_)
    observed = float(churned.mean())
    level = {"predicted_over_observed": float(chances.mean()) / observed if observed > 0 else None}
    return [(*own, name, value) for name, value in {**evaluate(chances, churned), **level}.items()]


def _drift(recorded: pl.DataFrame, history: History) -> pl.DataFrame:
    today = history.scoring_day
    now = history.features.filter(pl.col("feature_date") == today)
    horizon = int(recorded["horizon_days"].max() or 30) if recorded.height else 30  # type: ignore[arg-type]
    latest = today - timedelta(days=horizon)
    days = history.features.filter(pl.col("feature_date") <= latest)["feature_date"].unique().sort().to_list()
    rows: list[tuple[object, ...]] = []
    if days:
        then = history.features.filter(pl.col("feature_date") == days[-1])
        rows += [_moved(name, days[-1], today, then[name], now[name]) for name in NAMES]
    published = recorded.filter(pl.col("as_of_date") <= latest)["as_of_date"].max()
    scored = recorded.filter(pl.col("as_of_date") == today)
    if isinstance(published, date) and scored.height:
        earlier = recorded.filter(pl.col("as_of_date") == published)
        rows.append(_moved(SCORE, published, today, earlier[SCORE], scored[SCORE]))
    return pl.DataFrame(rows, schema=DRIFT, orient="row").sort("stability_index", descending=True, nulls_last=True)


def _moved(name: str, then_date: date, now_date: date, then: pl.Series, now: pl.Series) -> tuple[object, ...]:
    index = stability_index(then, now)
    verdict = "too few rows"
    if index is not None:
        verdict = "steady" if index < _SHIFTED else "shifted" if index < _OTHER else "another population"
    return (name, then_date, now_date, len(then), len(now), index, verdict)
