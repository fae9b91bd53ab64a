"""Metrics against scikit-learn and against answers known by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from models.estimators import Booleans, Floats, probability
from models.evaluation import calibration_line, evaluate, reliability, top_gain


def drawn(size: int, seed: int, slope: float = 1.0, intercept: float = 0.0) -> tuple[Floats, Booleans]:
    """Log-odds, and outcomes whose true log-odds are ``slope`` x log-odds + ``intercept``."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(-2.0, 1.2, size).round(2)
    return log_odds, random.random(size) < probability(slope * log_odds + intercept)


def test_metrics_agree_with_scikit_learn_ties_included() -> None:
    log_odds, churned = drawn(3000, seed=1)
    chances = probability(log_odds)
    metrics = evaluate(chances, churned)
    assert metrics["auc"] == pytest.approx(roc_auc_score(churned, chances))
    assert metrics["average_precision"] == pytest.approx(average_precision_score(churned, chances))
    assert metrics["brier"] == pytest.approx(brier_score_loss(churned, chances))
    assert metrics["log_loss"] == pytest.approx(log_loss(churned, chances))


def test_gain_and_lift_of_the_top_tenth() -> None:
    chances = np.linspace(0.99, 0.01, 100)
    churned = np.zeros(100, dtype=bool)
    churned[[0, 3, 9, 10, 50]] = True
    metrics = evaluate(chances, churned)
    assert metrics["top_decile_gain"] == pytest.approx(3 / 5)
    assert metrics["top_decile_lift"] == pytest.approx(6.0)
    assert (metrics["capture_at_1_percent"], metrics["lift_at_1_percent"]) == pytest.approx((0.2, 20.0))
    assert (metrics["capture_at_20_percent"], metrics["lift_at_20_percent"]) == pytest.approx((0.8, 4.0))


def test_ties_at_the_edge_of_the_top_tenth_are_not_luck() -> None:
    churned = np.zeros(50, dtype=bool)
    churned[:10] = True
    assert top_gain(np.full(50, 0.2), churned, 0.1) == pytest.approx(0.1)
    assert top_gain(np.full(50, 0.2), churned[::-1], 0.1) == pytest.approx(0.1)


@pytest.mark.parametrize("outcome", [True, False])
def test_one_kind_of_outcome_has_no_ranking(outcome: bool) -> None:
    metrics = evaluate(np.linspace(0.1, 0.9, 20), np.full(20, outcome))
    for name in ("auc", "average_precision", "top_decile_gain", "top_decile_lift", "calibration_slope"):
        assert metrics[name] is None
    assert metrics["brier"] is not None


def test_nobody_to_judge_gives_no_numbers() -> None:
    metrics = evaluate(np.zeros(0), np.zeros(0, dtype=bool))
    assert metrics["customers"] == 0
    assert all(metrics[name] is None for name in metrics if name not in ("customers", "churners"))


def test_reliability_counts_everybody_once_and_keeps_equal_chances_together() -> None:
    chances = np.repeat([0.1, 0.2, 0.9], [70, 20, 10])
    churned = np.repeat([False, True], [60, 40])
    bins = reliability(chances, churned)
    assert sum(row.customers for row in bins) == 100
    assert [row.mean_probability for row in bins] == pytest.approx([0.1, 0.2, 0.9])
    assert [row.observed_rate for row in bins] == pytest.approx([1 / 7, 1.0, 1.0])


def test_the_calibration_line_is_found() -> None:
    log_odds, churned = drawn(200_000, seed=2, slope=0.6, intercept=0.4)
    line = calibration_line(log_odds, churned)
    assert line == pytest.approx((0.6, 0.4), abs=0.03)


def test_a_separated_outcome_has_no_calibration_line() -> None:
    log_odds = np.linspace(-3, 3, 50)
    assert calibration_line(log_odds, log_odds > 0) is None
