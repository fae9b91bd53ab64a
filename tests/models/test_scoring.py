"""Scores as the public table promises them."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from models.inputs import ScoringInputs
from models.scoring import COLUMNS, risk_band, score
from models.target import paying_at_close
from models.trained import TrainedModel


@pytest.fixture(scope="module")
def scores(world: ScoringInputs, model: TrainedModel) -> pl.DataFrame:
    return score(model, world)


def test_one_row_a_paying_customer_of_the_scoring_day(world: ScoringInputs, scores: pl.DataFrame) -> None:
    assert tuple(scores.columns) == COLUMNS
    paying = paying_at_close(world.paying, world.scoring_day)
    assert scores["customer_id"].to_list() == paying["customer_id"].to_list()
    assert scores["as_of_date"].unique().to_list() == [world.scoring_day]
    assert scores.schema["as_of_date"] == pl.Date
    assert scores["subscription_id"].null_count() == 0


def test_probabilities_are_probabilities_to_six_decimals(scores: pl.DataFrame) -> None:
    chances = scores["churn_probability"]
    assert chances.dtype == pl.Float64
    assert chances.is_between(0, 1).all()
    assert (chances - chances.round(6)).abs().max() == 0
    assert chances.n_unique() > 100


def test_bands_follow_the_odds_over_the_base_odds() -> None:
    # Base rate 0.2: odds 1/4. Three times that is 3/4, a probability of 3/7.
    chances = pl.DataFrame({"p": [0.199999, 0.2, 0.428570, 0.428571, 0.9]})
    bands = chances.select(risk_band(pl.col("p"), 0.2)).to_series().to_list()
    assert bands == ["low", "medium", "medium", "high", "high"]


def test_higher_bands_are_riskier(scores: pl.DataFrame) -> None:
    ranges = scores.group_by("risk_band").agg(pl.col("churn_probability").min(), top=pl.col("churn_probability").max())
    by_band = {row["risk_band"]: row for row in ranges.iter_rows(named=True)}
    assert set(by_band) == {"high", "medium", "low"}
    assert by_band["low"]["top"] < by_band["medium"]["churn_probability"]
    assert by_band["medium"]["top"] < by_band["high"]["churn_probability"]


def test_reasons_fill_from_the_first(scores: pl.DataFrame) -> None:
    filled = scores.select(pl.col("^reason_.$").is_not_null())
    assert not (filled["reason_2"] & ~filled["reason_1"]).any()
    assert not (filled["reason_3"] & ~filled["reason_2"]).any()
    assert filled["reason_1"].any()
    assert not filled["reason_3"].all()


def test_nobody_paying_is_an_empty_table(world: ScoringInputs, model: TrainedModel, scores: pl.DataFrame) -> None:
    gone = world.paying.with_columns(valid_to=pl.lit(world.scoring_day))
    assert score(model, replace(world, paying=gone)).schema == scores.schema
    assert score(model, replace(world, paying=gone)).height == 0


def test_the_version_is_that_of_the_model(scores: pl.DataFrame, model: TrainedModel) -> None:
    assert scores["model_version"].unique().to_list() == [model.model_version]
