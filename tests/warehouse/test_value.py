"""The step that projects lifetimes and purchases, on a small business whose lifetimes were drawn."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from models.value.cohorts import fit_beta_discrete_weibull, fit_shifted_beta_geometric
from models.value.projections import FEWEST_AT_RISK
from pipelines.settings import Settings
from pipelines.warehouse.results import write_tables
from pipelines.warehouse.value import broken_projections, broken_purchase_values, value_tables
from tests.warehouse.building import Warehouse, build_warehouse

AS_OF = datetime(2026, 1, 20, 12)  # noqa: DTZ001 - stored without an offset
MONTHS = 12
A_MONTH = 60
_EVENTS = (
    "event_id event_type occurred_at customer_id subscription_id offer_id amount currency billing_interval end_reason"
)
_PAYMENTS = "event_id event_type occurred_at customer_id transaction_id amount currency product_kind"


def _started(month: int, customer: int) -> datetime:
    return datetime(2025, 1 + month, 1 + customer % 28, 8)  # noqa: DTZ001


def _business(folder: Path, lifetimes: list[list[int]]) -> None:
    """A cohort a month, each customer leaving at the renewal that was drawn, on the day of the month they began on."""
    rows = []
    for month, cohort in enumerate(lifetimes):
        for customer, renewals in enumerate(cohort):
            name, at = f"c{month:02d}{customer:03d}", _started(month, customer)
            price = ("basic", "10", "EUR", "month")
            rows.append((f"{name}-s", "started", at.isoformat(), name, f"s{name}", *price, ""))
            months = at.month - 1 + renewals
            ended = at.replace(year=at.year + months // 12, month=months % 12 + 1)
            if ended <= AS_OF:
                rows.append((f"{name}-e", "ended", ended.isoformat(), name, f"s{name}", *price, "customer_cancelled"))
    _write(folder / "subscription_events" / "rows.csv", _EVENTS, rows)


def _write(file: Path, header: str, rows: list[tuple[str, ...]]) -> None:
    file.parent.mkdir(parents=True)
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header.split())
        writer.writerows(rows)


def _cohorts(lifetimes: list[list[int]]) -> list[list[int]]:
    """Survivors after each renewal that was due in a month that is over."""
    return [
        [sum(renewals > period for renewals in cohort) for period in range(MONTHS - month)]
        for month, cohort in enumerate(lifetimes)
    ]


def _purchases(folder: Path) -> None:
    """Buyers who come back at a rate of their own, of whom every fifth stops after a purchase."""
    random = np.random.default_rng(4)
    rows = []
    for buyer in range(300):
        day, rate, stops = int(random.integers(0, 250)), random.gamma(1.5, 1 / 40), random.beta(1, 4)
        while day < 380:
            at = AS_OF - timedelta(days=380 - day)
            number = f"p{buyer:03d}-{day}"
            amount = f"{random.gamma(8, 2.5):.2f}"
            rows.append((number, "succeeded", at.isoformat(), f"b{buyer:03d}", f"t{number}", amount, "EUR", "ppv"))
            if random.random() < stops:
                break
            day += max(1, int(random.exponential(1 / rate)))
    _write(folder / "payment_events" / "rows.csv", _PAYMENTS, rows)


def _built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lifetimes: list[list[int]], *, buyers: bool) -> Warehouse:
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "home"))
    _business(tmp_path / "feeds", lifetimes)
    if buyers:
        _purchases(tmp_path / "feeds")
    return build_warehouse(
        Settings(),
        tmp_path / "feeds",
        as_of=AS_OF,
        select=("+fct_survival_by_period", "+fct_purchase_days", "+build_info"),
        with_tests=False,
    )


def test_what_is_published_is_the_estimator_on_the_cohorts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(9)
    lifetimes = [
        [int(random.geometric(max(chance, 1e-6))) for chance in random.beta(0.9, 3.0, A_MONTH)] for _ in range(MONTHS)
    ]
    warehouse = _built(tmp_path, monkeypatch, lifetimes, buyers=True)
    tables = value_tables(warehouse.path)
    shares = tables["fct_cohort_projections"]
    assert set(shares.select("dimension", "dimension_value").unique().rows()) == {
        ("all", "(all)"), ("first_interval", "month"), ("first_offer", "basic"),
    }  # fmt: skip
    cohorts = _cohorts(lifetimes)
    for name, fit in (
        ("shifted_beta_geometric", fit_shifted_beta_geometric),
        ("beta_discrete_weibull", fit_beta_discrete_weibull),
    ):
        expected = fit(cohorts)
        found = shares.filter(pl.col("model") == name, pl.col("dimension") == "all").sort("period_number")
        periods = found["period_number"].to_list()
        assert periods == list(range(1, MONTHS - 1 + 24 + 1))
        assert found["projected_share"].to_list() == pytest.approx(expected.survival(periods), abs=1e-4)
    first = next(found.iter_rows(named=True))
    assert first["customers_at_risk"] == A_MONTH * (MONTHS - 1)
    gone = sum(cohort[0] - cohort[1] for cohort in cohorts if len(cohort) > 1)
    assert first["observed_share"] == pytest.approx(1 - gone / first["customers_at_risk"])
    observed = found.filter(pl.col("customers_at_risk") >= FEWEST_AT_RISK)
    assert found["observed_share"].drop_nulls().len() == observed.height
    assert found["as_of_date"].unique().to_list() == [date(2026, 1, 20)]
    bought = tables["fct_purchase_values"]
    assert bought.height == 300
    assert bought["expected_revenue"].is_not_null().all()
    _is_judged(warehouse.path, tables)


def _is_judged(warehouse: Path, tables: dict[str, pl.DataFrame]) -> None:
    """What the step wrote passes its checks, and what cannot be right does not."""
    write_tables(warehouse, tables)
    assert broken_projections(warehouse) == []
    assert broken_purchase_values(warehouse) == []
    assert all(value_tables(warehouse)[name].equals(frame) for name, frame in tables.items()), "the same input"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update scoring.fct_cohort_projections set projected_share = 0.99 where period_number = 5")
        connection.execute("insert into scoring.fct_purchase_values from scoring.fct_purchase_values limit 1")
        connection.execute("update scoring.fct_purchase_values set expected_purchases = -1")
    assert "shares that are none, rise, or lie outside their band" in " ".join(broken_projections(warehouse))
    assert [told.split(" ", 1)[1] for told in broken_purchase_values(warehouse)] == [
        "buyers twice", "expectations that are none or below nothing",
    ]  # fmt: skip


def test_a_small_business_has_sentences_and_no_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = _built(tmp_path, monkeypatch, [[1, 2, 3, 40, 40]] * MONTHS, buyers=False)
    tables = value_tables(warehouse.path)
    assert [name for name, frame in tables.items() if frame.height] == ["value_notes"]
    notes = dict(tables["value_notes"].select("dimension", "note").iter_rows())
    assert notes["all"] == "Customers who were followed for a renewal: 55, and a projection takes 100."
    assert notes["purchases"].startswith("0 customers bought a pass")
    write_tables(warehouse.path, tables)
    assert broken_projections(warehouse.path) + broken_purchase_values(warehouse.path) == []
