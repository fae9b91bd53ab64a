"""Intervals by resampling customers: those that a plain bootstrap of whole customers finds, number by number."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from models.evaluation import evaluate
from models.resampling import FEWEST_OF_EACH, RESAMPLES, draws, interval, intervals


def _drawn(customers: int, months: int) -> tuple[np.ndarray, np.ndarray, pl.Series]:
    """Chances with ties, and outcomes by them; each customer is as good or bad in every month."""
    random = np.random.default_rng(3)
    inclined = np.repeat(random.normal(-2.0, 1.0, customers), months)
    chances = np.round(1 / (1 + np.exp(-inclined)), 2).clip(0.01, 0.99)
    churned = random.random(customers * months) < chances
    return chances, churned, pl.Series(np.repeat([f"c{number:04}" for number in range(customers)], months))


def test_they_are_those_of_drawing_the_rows_of_customers() -> None:
    chances, churned, customers = _drawn(250, 4)
    drawn = draws(customers)
    found = intervals(chances, churned, drawn)
    rows = np.arange(1000).reshape(250, 4)
    plain: dict[str, list[float]] = {}
    for times in drawn.times.T.astype(int):
        taken = np.repeat(rows, times, axis=0).ravel()
        numbers = evaluate(chances[taken], churned[taken])
        numbers["predicted_over_observed"] = float(chances[taken].mean() / churned[taken].mean())
        for name, value in numbers.items():
            plain.setdefault(name, []).append(float(value or 0.0))
    assert set(found) == set(plain) - {"customers", "churners"}
    for name, (low, high) in found.items():
        expected = interval(np.array(plain[name]))
        # Bins are drawn anew by evaluate, and its line ends where ours takes one step to.
        loose = name.startswith(("expected", "calibration"))
        tolerance = 0.35 * (expected[1] - expected[0]) if loose else 1e-9
        if not name.endswith("_1_percent"):  # Ten rows, of which a share is rounded up there.
            assert (low, high) == pytest.approx(expected, abs=tolerance), name


def test_an_interval_leaves_out_a_fortieth_on_each_side() -> None:
    assert interval(np.arange(1001.0)) == (25, 975)


def test_months_of_a_customer_are_drawn_together() -> None:
    """Taken row by row, eight months of a customer would count as eight customers and look surer than they are."""
    chances, churned, customers = _drawn(200, 1)
    once = intervals(chances, churned, draws(customers))["brier"]
    often = intervals(np.tile(chances, 8), np.tile(churned, 8), draws(pl.concat([customers] * 8)))["brier"]
    assert often == pytest.approx(once)


def test_the_same_draws_every_time() -> None:
    customers = pl.Series([f"c{number % 20}" for number in range(60)])
    drawn = draws(customers)
    assert drawn.times.shape == (20, RESAMPLES)
    assert (drawn.times == draws(customers).times).all()
    assert (drawn.sums(np.ones(60)) == 60).all()


def test_a_part_is_drawn_with_the_whole() -> None:
    """An origin or a segment has the draws of everybody, so its rows are more in one draw and fewer in another."""
    chances, churned, customers = _drawn(300, 2)
    kept = np.arange(600) % 3 > 0
    drawn = draws(customers)
    found = intervals(chances[kept], churned[kept], drawn.of(kept))
    plain = []
    for times in drawn.times.T:
        weights = times[drawn.customer][kept]
        plain.append(float(np.average((chances[kept] - churned[kept]) ** 2, weights=weights)))
    assert found["brier"] == pytest.approx(interval(np.array(plain)))


def test_too_few_of_one_outcome_have_no_intervals() -> None:
    chances, _, customers = _drawn(50, 1)
    drawn = draws(customers)
    assert intervals(chances, np.zeros(50, dtype=bool), drawn) == {}
    assert intervals(chances, np.arange(50) < FEWEST_OF_EACH - 1, drawn) == {}
    assert intervals(chances, np.arange(50) >= FEWEST_OF_EACH - 1, drawn) == {}
    assert intervals(chances[:0], np.zeros(0, dtype=bool), drawn.of(np.zeros(50, dtype=bool))) == {}
    assert intervals(chances, np.arange(50) < FEWEST_OF_EACH, drawn)
