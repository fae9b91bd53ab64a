"""Training goes by the calendar, says so when it cannot, and gives the same model every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from synthetic import make_inputs

from models.calibration import fit_calibration
from models.features import features_as_of
from models.inputs import ScoringInputs
from models.scoring import backtest_report, score, train
from models.split import closed_windows, temporal_split
from models.target import churn_target
from models.terms import design
from models.trained import BASE_RATE, LOGISTIC, TrainedModel

LAST = date(2025, 5, 31)


def value(model: TrainedModel, metric: str, split: str) -> float:
    found = [row.value for row in model.metrics if (row.metric, row.split) == (metric, split)]
    assert len(found) == 1
    assert found[0] is not None
    return found[0]


def test_no_target_window_of_a_set_reaches_into_a_later_set() -> None:
    split = temporal_split(date(2023, 1, 1), LAST, 30)
    assert split is not None
    days = [*split.training_days, split.calibration_day, split.test_day]
    assert len(split.training_days) == 12
    assert all(later - earlier == timedelta(days=30) for earlier, later in pairwise(days))
    assert split.test_day + timedelta(days=30) == LAST


@pytest.mark.parametrize("horizon", [7, 30, 90])
def test_the_shortest_history_is_three_horizons_and_two_weeks(horizon: int) -> None:
    enough = LAST - timedelta(days=3 * horizon + 14)
    assert temporal_split(enough + timedelta(days=1), LAST, horizon) is None
    split = temporal_split(enough, LAST, horizon)
    assert split is not None
    assert split.training_days == (enough + timedelta(days=14),)


def test_closed_windows_lie_end_to_end_within_the_history() -> None:
    assert closed_windows(date(2025, 4, 1), LAST, 30) == (date(2025, 4, 1), date(2025, 5, 1))
    assert closed_windows(date(2025, 5, 2), LAST, 30) == ()


def test_a_model_tells_churners_from_stayers_on_the_untouched_day(model: TrainedModel) -> None:
    assert model.kind == LOGISTIC
    assert model.note == ""
    assert value(model, "auc", "test") > 0.7
    assert value(model, "top_decile_lift", "test") > 2
    rate = value(model, "churn_rate", "test")
    assert value(model, "brier", "test") < rate * (1 - rate)


def test_a_world_without_pattern_gives_no_skill(world: ScoringInputs) -> None:
    # Reasons to distrust a high score are leaks: shuffled outcomes must leave nothing to find.
    names = world.paying.select("customer_id").sample(fraction=1.0, shuffle=True, seed=5)
    shuffled = world.paying.with_columns(names["customer_id"]).sort("customer_id")
    events = world.subscription_events.head(0)
    blind = replace(world, paying=shuffled, subscription_events=events, payment_events=world.payment_events.head(0))
    model = train(blind)
    # Tenure still tells a little, being true of whoever bears the name.
    assert value(model, "auc", "test") < 0.65


def test_the_report_is_two_tables_of_the_days_it_names(model: TrainedModel) -> None:
    report = backtest_report(model)
    assert report.metrics.columns == ["metric", "value", "split"]
    assert set(report.metrics["split"]) == {"training", "calibration", "test", "test_uncalibrated"}
    assert report.metrics.select("metric", "split").is_duplicated().sum() == 0
    assert report.calibration_bins["customers"].sum() == value(model, "customers", "test")
    assert report.model_version == model.model_version


def test_calibration_is_learnt_on_its_own_day_alone(world: ScoringInputs, model: TrainedModel) -> None:
    (day,) = dict(model.days)["calibration"]
    log_odds = model.estimator.log_odds(design(features_as_of(world, day), 30, dict(model.levels)))
    churned = churn_target(world.paying, day, 30, as_of=world.as_of)["churned"].to_numpy()
    assert fit_calibration(log_odds, churned) == model.calibration
    assert value(model, "auc", "test") == pytest.approx(value(model, "auc", "test_uncalibrated"))
    assert value(model, "log_loss", "test") != value(model, "log_loss", "test_uncalibrated")


def test_the_future_of_the_training_days_does_not_reach_the_model(world: ScoringInputs, model: TrainedModel) -> None:
    """Cutting the inputs at an earlier now equals having trained then."""
    then = world.as_of - timedelta(days=60)
    day = pl.lit(then.date())
    as_known = world.paying.filter(pl.col("valid_from") < day).with_columns(
        valid_to=pl.when(pl.col("valid_to") < day).then("valid_to")
    )
    trained_then = train(replace(world, as_of=then, paying=as_known))
    feeds = {
        "subscription_events": world.subscription_events.filter(pl.col("recorded_at") <= then),
        "payment_events": world.payment_events.filter(pl.col("recorded_at") <= then),
        "engagement_daily": world.engagement_daily.filter(pl.col("recorded_at") <= then),
    }
    cut = train(replace(world, as_of=then, paying=as_known, **feeds))
    assert cut.model_version == trained_then.model_version
    assert cut.model_version != model.model_version


def test_the_same_inputs_give_the_same_model_and_scores(world: ScoringInputs, model: TrainedModel) -> None:
    shuffled = {
        name: getattr(world, name).sample(fraction=1.0, shuffle=True, seed=9)
        for name in ("paying", "subscription_events", "payment_events", "engagement_daily", "customers")
    }
    again = replace(world, **shuffled)
    retrained = train(again)
    assert retrained == model
    assert retrained.model_version == model.model_version
    assert score(retrained, again).equals(score(model, world))


def test_another_horizon_is_another_model(world: ScoringInputs, model: TrainedModel) -> None:
    week = train(world, horizon_days=7)
    assert week.model_version != model.model_version
    assert week.base_rate < model.base_rate


def test_a_short_history_falls_back_to_the_observed_rate_and_says_so() -> None:
    inputs = make_inputs(customers=800, history_days=140)
    short = train(inputs)
    assert short.kind == BASE_RATE
    assert short.model_version.startswith("base-rate-")
    assert "shorter than three horizons" in short.note
    scores = score(short, inputs)
    assert scores["churn_probability"].n_unique() == 1
    assert scores["churn_probability"][0] == pytest.approx(short.base_rate, abs=1e-6)
    assert scores["reason_1"].null_count() == scores.height
    assert set(scores["risk_band"]) == {"medium"}
    assert {row.split for row in short.metrics} == {"test"}
    assert next(row.value for row in short.metrics if row.metric == "auc") == 0.5


def test_few_churners_fall_back_to_the_observed_rate_and_say_how_few() -> None:
    few = train(make_inputs(customers=60, history_days=400))
    assert few.kind == BASE_RATE
    assert "left, too little to tell customers apart" in few.note


def test_a_first_day_has_the_prior_and_no_metrics() -> None:
    inputs = make_inputs(customers=50, history_days=10)
    fresh = train(inputs)
    assert fresh.base_rate == pytest.approx(0.05)
    assert fresh.metrics == ()
    assert backtest_report(fresh).metrics.height == 0
    assert score(fresh, inputs).height > 0


def test_nobody_ever_paying_is_a_model_that_says_so_and_scores_nobody(world: ScoringInputs) -> None:
    """A lake with nothing but trials once failed the whole build at the scores."""
    nobody = replace(world, paying=world.paying.head(0))
    model = train(nobody)
    assert model.note.startswith("Nobody has paid yet")
    assert score(model, nobody).height == 0


def test_outcomes_that_a_lapse_may_still_take_back_are_not_learnt_from(
    world: ScoringInputs, model: TrainedModel
) -> None:
    """On an export without end events the newest month of outcomes called nearly all leavers stayed."""
    test_day = dict(model.days)["test"][0]
    assert test_day + timedelta(days=30 + world.settling_days) == world.last_closed_day


def test_bare_feeds_still_train(world: ScoringInputs) -> None:
    bare = replace(
        world,
        subscription_events=world.subscription_events.head(0),
        payment_events=world.payment_events.head(0),
        engagement_daily=world.engagement_daily.head(0),
        customers=world.customers.head(0),
    )
    scores = score(train(bare), bare)
    assert np.isfinite(scores["churn_probability"].to_numpy()).all()
