"""The best that anybody could do with what is visible of the sandbox: how far the champion is from it.

``python -m tests.bench.ceiling HOME FEEDS``: HOME is an environment that was built from FEEDS, which the command
``churniq sandbox`` wrote. The simulator's true chance of leaving within the month is learnt from the visible features
as a soft label, so that no luck of single customers is in it: customers in five parts, each part told by the other
four, over the month ends of the backtest and with the future of others in sight. No product model may have either.

Belongs here: the ceiling and the comparison. Does not belong here: anything that the product imports.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np
import polars as pl

from models.boosting import matrix
from models.encoding import learn_levels
from models.estimators import Booleans, Floats
from models.evaluation import auc, calibration_line, log_loss
from models.features import CATEGORIES
from models.history import History, Sample
from models.trained import TrainedModel
from models.training import settled_sample, train

PARTS = 5
ROUNDS = 400
_PARAMETERS = {
    "objective": "cross_entropy",
    "verbosity": -1,
    "deterministic": True,
    "seed": 0,
    "num_threads": 1,
    "max_bin": 63,
    "num_leaves": 12,
    "learning_rate": 0.05,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.7,
}


@dataclass(frozen=True)
class Comparison:
    """Pooled over the same customers and month ends; ``truth`` knows decided ends and hidden frailty."""

    customer_months: int
    auc: dict[str, float]
    log_loss: dict[str, float]
    auc_share: float
    log_loss_excess: float


def compare(history: History, truth: pl.DataFrame, model: TrainedModel) -> Comparison:
    """The champion of ``history`` against the ceiling on the month ends that it was judged on."""
    judged = settled_sample(history, model.horizon_days).on(model.origins)
    hazards = _hazards(judged, truth)
    known = np.isfinite(hazards)
    churned = judged.churned[known]
    by_ceiling = _levelled(_ceiling(judged, hazards)[known], churned)
    by_truth = _levelled(_log_odds(hazards[known]), churned)
    found = {"champion": _pooled(model, "auc"), "ceiling": auc(by_ceiling, churned), "truth": auc(by_truth, churned)}
    losses = {
        "champion": _pooled(model, "log_loss"),
        "ceiling": log_loss(by_ceiling, churned),
        "truth": log_loss(by_truth, churned),
    }
    return Comparison(
        customer_months=int(known.sum()),
        auc=found,
        log_loss=losses,
        auc_share=found["champion"] / found["ceiling"],
        log_loss_excess=losses["champion"] / losses["ceiling"] - 1,
    )


def print_levels(model: TrainedModel, history: History, truth: pl.DataFrame) -> None:
    """By month end of the backtest: what the champion predicted over what came, and the same of the true chances."""
    judged = settled_sample(history, model.horizon_days).on(model.origins)
    by_truth = (
        judged.rows.select("feature_date", hazard=pl.Series(_hazards(judged, truth)), churned=pl.Series(judged.churned))
        .filter(pl.col("hazard").is_not_nan())
        .group_by("feature_date")
        .agg(pl.col("hazard").sum() / pl.col("churned").sum())
    )
    true = dict(by_truth.iter_rows())
    for each in model.metrics:
        asked = ("everybody", model.kind, "predicted_over_observed")
        if each.origin is not None and (each.population, each.estimator, each.metric) == asked:
            told = f"{each.value or 0:.3f}   true chances {true.get(each.origin) or 0:.3f}"
            click.echo(f"  {each.origin}  predicted over observed {told}")


def _hazards(sample: Sample, truth: pl.DataFrame) -> Floats:
    """The true chance of each row, of the month that begins the day after; NaN of a customer it says nothing of."""
    months = truth.group_by("customer_id", "month").agg(pl.col("hazard").max())
    rows = sample.rows.select("customer_id", month=pl.col("feature_date") + pl.duration(days=1))
    found = rows.join(months, on=["customer_id", "month"], how="left", maintain_order="left")["hazard"]
    return found.fill_null(float("nan")).to_numpy()


def _ceiling(sample: Sample, hazards: Floats) -> Floats:
    """The log-odds that the visible features and the month give, each customer told by others."""
    import lightgbm

    levels = learn_levels(sample.frame, CATEGORIES)
    days = sample.days
    month = sample.rows["feature_date"].replace_strict({day: n for n, day in enumerate(days)}, return_dtype=pl.Float64)
    columns = tuple(sample.frame.columns)
    values = np.column_stack([matrix(sample.frame, columns, levels), month.to_numpy().astype(np.float32)])
    categorical = [*(columns.index(name) for name in CATEGORIES), len(columns)]
    part = (sample.rows["customer_id"].rank("dense").to_numpy() % PARTS).astype(np.int64)
    told = np.zeros(len(values))
    for held in range(PARTS):
        seen = (part != held) & np.isfinite(hazards)
        data = lightgbm.Dataset(values[seen], hazards[seen].clip(0, 1), categorical_feature=categorical)
        booster = lightgbm.train(_PARAMETERS, data, ROUNDS)
        told[part == held] = _log_odds(np.asarray(booster.predict(values[part == held]), dtype=np.float64))
    return told


def _log_odds(chances: Floats) -> Floats:
    clipped = np.clip(chances, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float64)


def _levelled(log_odds: Floats, churned: Booleans) -> Floats:
    """A month is no thirty days: the ceiling may know the line from its log-odds to those of everybody's outcomes."""
    line = calibration_line(log_odds, churned)
    return log_odds if line is None else line[0] * log_odds + line[1]


def _pooled(model: TrainedModel, metric: str) -> float:
    value = model.pooled(metric)
    if value is None:
        raise click.ClickException(f"The champion has no {metric}: {model.note}")
    return value


@click.command()
@click.argument("home", type=click.Path(path_type=Path, exists=True))
@click.argument("feeds", type=click.Path(path_type=Path, exists=True))
def main(home: Path, feeds: Path) -> None:
    """Print AUC and log loss of the champion, the ceiling and the simulator's truth, and the levels by month end."""
    os.environ["CHURNIQ_HOME"] = str(home)
    from pipelines.warehouse.build import Build
    from pipelines.warehouse.scoring import read_history

    build = Build()
    history = read_history(build.warehouse, build.facts())
    truth = pl.read_parquet(feeds / "truth" / "*.parquet")
    model = train(history)
    click.echo(json.dumps(asdict(compare(history, truth, model)), indent=1))
    print_levels(model, history, truth)


if __name__ == "__main__":
    main()
