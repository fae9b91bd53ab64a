"""Scores of the present: who is likely to leave, in which band, and why.

Belongs here: ``train``, ``score`` and ``backtest_report`` as callers use them, and the risk bands.
Does not belong here: writing the scores anywhere.
"""

from __future__ import annotations

import polars as pl

from models.estimators import probability
from models.explanation import choose_reasons, concept_contributions
from models.features import features_as_of
from models.inputs import ScoringInputs
from models.terms import concept_of_terms, design
from models.trained import BacktestReport, TrainedModel, backtest_report
from models.training import train

__all__ = ["BacktestReport", "TrainedModel", "backtest_report", "score", "train"]

# Bands compare a customer's odds of leaving with the base odds, so that they mean the same at any churn rate.
HIGH_ODDS_RATIO = 3.0
MEDIUM_ODDS_RATIO = 1.0
PROBABILITY_DECIMALS = 6
COLUMNS = (
    "as_of_date",
    "customer_id",
    "subscription_id",
    "horizon_days",
    "churn_probability",
    "risk_band",
    "reason_1",
    "reason_2",
    "reason_3",
    "model_version",
)


def score(model: TrainedModel, inputs: ScoringInputs) -> pl.DataFrame:
    """The score of every customer paying at ``inputs.as_of``: one row each, by customer_id; ``COLUMNS``.

    ``churn_probability``: of having no MRR ``horizon_days`` after the day of ``as_of``, to six decimals.
    ``risk_band``: ``high`` when its odds are at least three times the base odds, ``low`` when below them, else
    ``medium``. ``reason_1`` to ``reason_3``: what raises it most, strongest first; null when fewer than three do.
    """
    features = features_as_of(inputs, inputs.scoring_day)
    levels = dict(model.levels)
    terms = design(features, model.horizon_days, levels)
    contributions = model.estimator.contributions(terms) * model.calibration.slope
    concepts = concept_of_terms(model.horizon_days, levels)
    by_concept = concept_contributions(contributions, model.estimator.terms, concepts)
    chances = probability(model.calibration.apply(model.estimator.log_odds(terms)))
    return (
        features.select(
            pl.lit(inputs.scoring_day).alias("as_of_date"),
            "customer_id",
            "subscription_id",
            pl.lit(model.horizon_days, dtype=pl.Int32).alias("horizon_days"),
            pl.Series("churn_probability", chances).round(PROBABILITY_DECIMALS),
        )
        .with_columns(risk_band=risk_band(pl.col("churn_probability"), model.base_rate))
        .hstack(choose_reasons(features, by_concept, model.horizon_days))
        .with_columns(model_version=pl.lit(model.model_version))
        .select(COLUMNS)
    )


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
