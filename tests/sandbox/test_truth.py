"""The true hazard is true, and the business has the shape that ``docs/sandbox.md`` promises."""

from __future__ import annotations

import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from tests.sandbox.conftest import Sandbox
from tests.sandbox.profile import churn_rates, customer_months, headlines, month_end_states, read_feed, retention

MONTHS = 24


@pytest.fixture(scope="module")
def states(sandbox: Sandbox) -> pl.DataFrame:
    return month_end_states(read_feed(sandbox.folder, "subscription_events"), MONTHS)


@pytest.fixture(scope="module")
def months(states: pl.DataFrame) -> pl.DataFrame:
    return customer_months(states)


@pytest.fixture(scope="module")
def outcomes(sandbox: Sandbox, states: pl.DataFrame) -> pl.DataFrame:
    """The true hazard of each paying subscription and month, and what became of it by the month's close."""
    truth = pl.read_parquet(sandbox.folder / "truth" / "hazard.parquet")
    closes = truth.with_columns(closes=pl.col("month").cast(pl.Datetime("us")).dt.offset_by("1mo"))
    return closes.join(states, on=["subscription_id", "closes"], how="inner")


def test_truth_has_one_row_a_paying_subscription_and_month(sandbox: Sandbox, states: pl.DataFrame) -> None:
    truth = pl.read_parquet(sandbox.folder / "truth" / "hazard.parquet")
    assert truth.height == sandbox.summary.truth_rows
    assert not truth.select("subscription_id", "month").is_duplicated().any()
    parts = truth["hazard_voluntary"] + truth["hazard_involuntary"] + truth["hazard_other"]
    assert ((truth["hazard"] - parts).abs() < 1e-12).all()
    assert truth["hazard"].is_between(0, 1.000001).all()
    opens = states.filter(pl.col("pays")).select("subscription_id", month=pl.col("closes").dt.date())
    assert truth.join(opens, on=["subscription_id", "month"], how="semi").height > 0.98 * truth.height


def test_the_true_hazard_orders_realised_churn(outcomes: pl.DataFrame) -> None:
    left = (~outcomes["pays"]).to_numpy()
    assert roc_auc_score(left, outcomes["hazard"].to_numpy()) > 0.80
    undecided = outcomes.filter(pl.col("hazard").is_between(0.001, 0.5))
    assert roc_auc_score((~undecided["pays"]).to_numpy(), undecided["hazard"].to_numpy()) > 0.65


def test_the_true_hazard_has_the_size_of_realised_churn(outcomes: pl.DataFrame) -> None:
    realised = (~outcomes["pays"]).mean()
    assert outcomes["hazard"].mean() == pytest.approx(realised, rel=0.12)
    kinds = {kind: (outcomes["kind"] == kind).fill_null(value=False).mean() for kind in ("voluntary", "involuntary")}
    assert outcomes["hazard_voluntary"].mean() == pytest.approx(kinds["voluntary"], rel=0.15)
    assert outcomes["hazard_involuntary"].mean() == pytest.approx(kinds["involuntary"], rel=0.30)


def test_churn_looks_like_a_streaming_business(sandbox: Sandbox, months: pl.DataFrame) -> None:
    figures = headlines(
        read_feed(sandbox.folder, "subscription_events"), months, sandbox.rows("engagement_daily").height
    )
    assert 45 < figures["trial conversion"] < 65
    assert 20 < figures["involuntary share of churn"] < 40
    assert 18 < figures["back within 12 months of leaving"] < 40
    assert 8 < figures["viewing days a paying customer and month"] < 16
    assert figures["leavers who left more than once"] > 3


def test_monthly_offers_churn_by_the_month_and_annual_ones_by_the_year(months: pl.DataFrame) -> None:
    rates = {row["offer"]: row["monthly_churn"] for row in churn_rates(months, "offer").iter_rows(named=True)}
    assert 4 < rates["S-BASIC-M"] < 7
    assert 4 < rates["S-PREMIUM-M"] < 7
    assert rates["S-BASIC-Y"] < 3
    assert rates["S-WEEK"] > 10
    kept = {row["offer_id"]: row for row in retention(months).iter_rows(named=True)}
    assert 45 < kept["S-BASIC-M"]["12"] < 66
    assert kept["S-BASIC-Y"]["11"] - kept["S-BASIC-M"]["11"] > 30
    assert kept["S-BASIC-Y"]["13"] < kept["S-BASIC-Y"]["11"] - 10


def test_the_end_of_a_season_drives_its_fans_away(sandbox: Sandbox, outcomes: pl.DataFrame) -> None:
    """The league ends with May: in June those who watched it live leave more readily than others, in May not."""
    share = (
        sandbox.rows("engagement_daily")
        .group_by("customer_id")
        .agg(live=pl.col("live_minutes").sum() / pl.col("minutes_watched").sum())
    )
    monthly = outcomes.filter(pl.col("offer_id").str.ends_with("-M")).join(share, on="customer_id")
    is_fan, calendar_month = pl.col("live") > 0.15, pl.col("month").dt.month()

    def fans_against_others(month: int) -> float:
        there = monthly.filter(calendar_month == month)
        fans, others = there.filter(is_fan)["hazard_voluntary"], there.filter(~is_fan)["hazard_voluntary"]
        assert min(len(fans), len(others)) > 100
        return float(fans.mean()) / float(others.mean())  # type: ignore[arg-type]

    assert fans_against_others(6) > 1.4 * fans_against_others(5)
