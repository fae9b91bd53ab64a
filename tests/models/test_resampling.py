"""Intervals by resampling customers: those that a plain bootstrap of whole customers finds, number by number."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from models.evaluation import evaluate
from models.resampling import RESAMPLES, draws, interval, intervals


def _drawn(customers: int, months: int) -> tuple[np.ndarray, np.ndarray, pl.Series]:
    """Chances with ties, and outcomes by them; each customer is as good or bad in every month."""
    random = np.random.default_rng(3)
    inclined = np.repeat(random.normal(-2.0, 1.0, customers), months)
    chances = np.round(1 / (1 + np.exp(-inclined)), 2).clip(0.01, 0.99)
    churned = random.random(customers * months) < chances
    return chances, churned, pl.Series(np.repeat([f"c{number:04}" for number in range(customers)], months))


def test_they_are_those_of_drawing_the_rows_of_customers() -> None:
    chances, churned, customers = _drawn(250, 4)
    found = intervals(chances, churned, customers)
    rows = np.arange(1000).reshape(250, 4)
    plain: dict[str, list[float]] = {}
    for drawn in draws(250):
        taken = np.repeat(rows, drawn, axis=0).ravel()
        numbers = evaluate(chances[taken], churned[taken])
        numbers["predicted_over_observed"] = float(chances[taken].mean() / churned[taken].mean())
        for name, value in numbers.items():
            plain.setdefault(name, []).append(float(value or 0.0))
    assert set(found) == set(plain) - {"customers", "churners"}
    for name, (low, high) in found.items():
        expected = interval(plain[name])
        # Bins are drawn anew by evaluate, and its line ends where ours takes one step to.
        loose = name.startswith(("expected", "calibration"))
        tolerance = 0.35 * (expected[1] - expected[0]) if loose else 1e-9
        if not name.endswith("_1_percent"):  # Ten rows, of which a share is rounded up there.
            assert (low, high) == pytest.approx(expected, abs=tolerance), name


def test_months_of_a_customer_are_drawn_together() -> None:
    """Taken row by row, eight months of a customer would count as eight customers and look surer than they are."""
    chances, churned, customers = _drawn(100, 1)
    once = intervals(chances, churned, customers)["brier"]
    often = intervals(np.tile(chances, 8), np.tile(churned, 8), pl.concat([customers] * 8))["brier"]
    assert often == pytest.approx(once)


def test_the_same_draws_every_time() -> None:
    assert [each.tolist() for each in draws(20)] == [each.tolist() for each in draws(20)]
    assert sum(1 for _ in draws(5)) == RESAMPLES


def test_one_kind_of_outcome_has_no_intervals() -> None:
    chances, _, customers = _drawn(50, 1)
    assert intervals(chances, np.zeros(50, dtype=bool), customers) == {}
