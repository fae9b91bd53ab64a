"""Scores of the present: who is likely to leave, in which band, why, and what that would cost.

Belongs here: ``score`` and the risk bands. Does not belong here: training, writing the scores anywhere.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from models.estimators import probability
from models.explanation import ACTIONS, REASONS, choose_reasons
from models.history import History
from models.trained import TrainedModel

# Bands compare a customer's odds of leaving with the base odds, so that they mean the same at any churn rate.
HIGH_ODDS_RATIO = 3.0
MEDIUM_ODDS_RATIO = 1.0
PROBABILITY_DECIMALS = 6
# What a customer who stays is worth counts the MRR of this many months, as far as the usual customer lasts.
VALUE_MONTHS = 24
DAYS_IN_MONTH = 30
MONEY = pl.Decimal(38, 4)
COLUMNS = (
    "as_of_date",
    "customer_id",
    "subscription_id",
    "horizon_days",
    "churn_probability",
    "risk_band",
    *REASONS,
    "model_version",
    *ACTIONS,
    "value_at_risk",
    "expected_loss",
    "failure_probability",
    "choice_probability",
)


def score(model: TrainedModel, history: History) -> pl.DataFrame:
    """The score of every customer paying at ``history.as_of``: one row each, by customer_id; ``COLUMNS``.

    ``churn_probability``: of having no MRR ``horizon_days`` after the day of ``as_of``, to six decimals.
    ``risk_band``: ``high`` when its odds are at least three times the base odds, ``low`` when below them, else
    ``medium``. Reasons and actions are of the medium and high bands only. ``value_at_risk``: the MRR of the next 24
    months that a customer who stays brings, if then as likely to leave as the usual one; ``expected_loss``: that times
    the probability. ``failure_probability``: the part of the chance that is for failing to pay; ``choice_probability``:
    the rest, which is mostly by choice; both null where no end was told the kind of.
    """
    rows = history.of_scoring_day()
    chances = pl.Series("churn_probability", probability(model.log_odds(rows))).round(PROBABILITY_DECIMALS)
    kept = (1 - model.base_rate) ** (DAYS_IN_MONTH / model.horizon_days)
    months = round(float(np.sum(kept ** np.arange(1, VALUE_MONTHS + 1))), 4)
    value = (pl.col("mrr").cast(pl.Float64).fill_null(0.0) * months).round(4)
    scored = rows.with_columns(chances).with_columns(risk_band=risk_band(pl.col("churn_probability"), model.base_rate))
    reasons = _reasons(model, rows, scored["risk_band"] != "low")
    return (
        scored.select(
            pl.lit(history.scoring_day).alias("as_of_date"),
            "customer_id",
            "subscription_id",
            pl.lit(model.horizon_days, dtype=pl.Int32).alias("horizon_days"),
            "churn_probability",
            "risk_band",
            value_at_risk=value.cast(MONEY),
            expected_loss=(value * pl.col("churn_probability")).round(4).cast(MONEY),
        )
        .hstack(reasons)
        .with_columns(_failing(model, rows))
        .with_columns(choice_probability=pl.col("churn_probability") - pl.col("failure_probability"))
        .with_columns(pl.col("choice_probability").round(PROBABILITY_DECIMALS))
        .with_columns(model_version=pl.lit(model.model_version))
        .select(COLUMNS)
    )


def _failing(model: TrainedModel, rows: pl.DataFrame) -> pl.Expr:
    part = None if model.causes is None else model.causes.failing_part(rows)
    if part is None:
        return pl.lit(None, dtype=pl.Float64).alias("failure_probability")
    chance = (pl.col("churn_probability") * pl.Series(part)).round(PROBABILITY_DECIMALS)
    return chance.alias("failure_probability")


def _reasons(model: TrainedModel, rows: pl.DataFrame, speaks: pl.Series) -> pl.DataFrame:
    """The reasons of the rows that speak, nothing for the others, of which nothing is worked out either."""
    place = pl.int_range(rows.height, dtype=pl.UInt32, eager=True).alias("place")
    spoken = rows.filter(speaks)
    contributions = model.contributions(spoken) if spoken.height else {}
    reasons = choose_reasons(spoken, contributions, model.horizon_days).with_columns(place.filter(speaks))
    return place.to_frame().join(reasons, on="place", how="left", maintain_order="left").drop("place")


def risk_band(churn_probability: pl.Expr, base_rate: float) -> pl.Expr:
    """The band of each probability by its odds over those of ``base_rate``."""
    base_odds = base_rate / (1 - base_rate)
    high, medium = (ratio * base_odds / (1 + ratio * base_odds) for ratio in (HIGH_ODDS_RATIO, MEDIUM_ODDS_RATIO))
    return (
        pl.when(churn_probability >= round(high, PROBABILITY_DECIMALS))
        .then(pl.lit("high"))
        .when(churn_probability >= round(medium, PROBABILITY_DECIMALS))
        .then(pl.lit("medium"))
        .otherwise(pl.lit("low"))
    )
