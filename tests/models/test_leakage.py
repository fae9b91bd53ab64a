"""The gate fires on planted leaks and stays silent on honest tables."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from models.estimators import Booleans
from models.flat_table import read_table
from models.judging import LeakError, judge
from models.leakage import column_auc, joint_refusal, names_an_outcome, rate_refusal, refusal, suspicions
from tests.conftest import SHARED_DATA

ROWS = 2000


@pytest.fixture(scope="module")
def churned() -> Booleans:
    return np.random.default_rng(1).random(ROWS) < 0.2


def noise(seed: int = 2) -> pl.Series:
    return pl.Series(np.random.default_rng(seed).normal(size=ROWS))


def test_leaks_of_every_shape_are_seen(churned: Booleans) -> None:
    """A date that only leavers have, a two-sided number and a free text each once passed as an honest column."""
    random = np.random.default_rng(5)
    sign = random.choice([-1, 1], ROWS)
    shapes = {
        "value": pl.Series(churned + random.normal(0, 0.2, ROWS)),
        "reversed": pl.Series(-1.0 * churned + random.normal(0, 0.2, ROWS)),
        "two_sided": pl.Series(np.where(churned, sign * 5.0, 0.0) + random.normal(0, 0.5, ROWS)),
        "only_leavers_have_it": pl.Series([float(n) if left else None for n, left in enumerate(churned)]),
        "text": pl.Series(["moved" if left else None for left in churned]),
        "category": pl.Series(["gone" if left else "here" for left in churned]),
    }
    for name, column in shapes.items():
        assert column_auc(column, churned) > 0.95, name


def test_noise_is_no_leak_however_many_values_it_has(churned: Booleans) -> None:
    texts = pl.Series([f"text {number}" for number in range(ROWS)])
    few = pl.Series([f"level {number % 300}" for number in range(ROWS)])
    for column in (noise(), texts, few, pl.Series([1.0] * ROWS), pl.Series([None] * ROWS, dtype=pl.Float64)):
        assert column_auc(column, churned) < 0.6


@pytest.mark.parametrize(("spread", "verdicts"), [(0.40, [True]), (0.46, [False]), (0.58, [])])
def test_columns_on_both_sides_of_the_limits(churned: Booleans, spread: float, verdicts: list[bool]) -> None:
    """Two normal distributions one apart: areas of .96, .94 and .89, limits at .95 and .90."""
    column = pl.Series(churned + np.random.default_rng(6).normal(0, spread, ROWS))
    assert [each.is_blocking for each in suspicions(pl.DataFrame({"column": column}), churned)] == verdicts


def test_limits_block_or_ask_for_a_waiver(churned: Booleans) -> None:
    random = np.random.default_rng(6)
    frame = pl.DataFrame(
        {
            "honest": noise(),
            "strong": pl.Series(churned + random.normal(0, 0.5, ROWS)),
            "churnProbability": noise(7),
        }
    )
    found = suspicions(frame, churned)
    assert [(each.column, each.is_blocking) for each in found] == [("strong", False), ("churnProbability", False)]
    assert 0.90 < found[0].auc < 0.95
    assert "waive it in writing" in str(refusal(found, {}))
    assert refusal(found, {"strong": "known at sign-up", "churnProbability": "of last year"}) is None
    blocked = suspicions(pl.DataFrame({"answer": pl.Series(churned.astype(float))}), churned)
    assert "answer" in str(refusal(blocked, {"answer": "no waiver lets it in"}))


@pytest.mark.parametrize("name", ["churn_score", "Churn Reason", "CancellationReason", "exit-probability", "riskScore"])
def test_names_that_follow_from_the_outcome(name: str) -> None:
    assert names_an_outcome(name)


@pytest.mark.parametrize("name", ["CreditScore", "tenure", "season", "problem_calls", "underscore", "monthly_charges"])
def test_names_that_do_not(name: str) -> None:
    assert not names_an_outcome(name)


def test_too_good_together_and_rates_that_no_business_has() -> None:
    assert joint_refusal(0.95) is None
    assert "AUC 0.990" in str(joint_refusal(0.99))
    assert rate_refusal(0.05, 30) is None
    for rate in (0.0005, 0.48):
        assert "outside" in str(rate_refusal(rate, 30))


def flat(churned: Booleans, **columns: pl.Series) -> pl.DataFrame:
    outcome = pl.Series(["yes" if left else "no" for left in churned])
    return pl.DataFrame({"honest": noise(), **columns, "churn": outcome})


def test_a_table_with_a_planted_leak_is_refused(churned: Booleans) -> None:
    leak = pl.Series(churned + np.random.default_rng(8).normal(0, 0.1, ROWS))
    with pytest.raises(LeakError, match="days_inactive"):
        judge(read_table(flat(churned, days_inactive=leak), "churn"), {})
    with pytest.raises(LeakError, match="churn_score"):
        judge(read_table(flat(churned, churn_score=noise(9)), "churn"), {})


PUBLIC = [("telco/Telco-Customer-Churn.csv", "Churn"), ("churn5000/churn.csv", "churn")]


@pytest.mark.parametrize(("name", "target"), PUBLIC)
def test_public_tables_pass(name: str, target: str) -> None:
    path = SHARED_DATA / name
    if not path.is_file():
        pytest.skip(f"the public data set {name} is absent: the gate is not tried on it")
    read = read_table(pl.read_csv(path, infer_schema=False), target)
    assert suspicions(read.suspects, read.churned) == []
