"""The projection under the survival curve and the expectations of a buyer, over small published snapshots."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from app.formatting import NOTHING
from models.value.cohorts import fit_beta_discrete_weibull
from models.value.projections import project
from pipelines.cli import main
from tests.app.conftest import write_snapshot
from tests.app.test_pages import metrics_of, open_page, words_of
from tests.app.test_parts import open_part
from tests.models.test_projections import periods
from tests.models.test_value import HIGH_END

_AS_OF = date(2025, 3, 20)
_BUYER = """
    create table scoring.fct_purchase_values as select 'dora' as customer_id, cast(4 as bigint) as purchase_days,
        date '2024-05-01' as first_purchase_date, date '2025-03-01' as last_purchase_date,
        cast(63.96 as decimal(38, 4)) as revenue, 365 as horizon_days, 0.9 as active_probability,
        2.25 as expected_purchases, cast(15 as decimal(38, 4)) as expected_purchase_value,
        cast(33.75 as decimal(38, 4)) as expected_revenue, date '2025-03-20' as as_of_date
"""


def published(home: Path, rows: pl.DataFrame, folder: Path, *others: str) -> None:
    """Publish the small business with the projections of these survivors."""
    changes = list(others)
    for name, frame in project(rows, _AS_OF).items():
        file = folder / f"{name}.parquet"
        frame.write_parquet(file)
        changes.append(f"create table scoring.{name} as select * from '{file}'")
    write_snapshot(home, *changes)


def test_the_page_and_the_command_say_what_the_estimator_says(home: Path, tmp_path: Path) -> None:
    published(home, periods(HIGH_END, months=12), tmp_path, _BUYER)
    expected = fit_beta_discrete_weibull([HIGH_END]).survival([3])[0]
    page = open_part("retention", "survival")
    assert f"{expected:.1%} (95% band" in words_of(page).replace("\\", "")
    assert "A fit that had not seen months 72 to 84 was off by" in words_of(page)
    told = CliRunner().invoke(main, ["value", "--discount", "10"])
    assert told.exit_code == 0, told.output
    assert f"(all): Of those who start, {expected:.1%}" in told.output
    assert "discounted_payments" in told.output
    assert "1 buyers are expected to buy 2 times within 365 days, 33.7500 of revenue." in told.output


def test_where_nothing_can_be_known_the_reason_stands(home: Path, tmp_path: Path) -> None:
    published(home, periods([50, 30, 20, 10, 5]), tmp_path, _BUYER.replace("'dora'", "'nobody'") + " where false")
    page = open_part("retention", "survival")
    assert "Customers who were followed for a renewal: 50" in words_of(page)
    told = CliRunner().invoke(main, ["value"])
    assert told.exit_code == 0, told.output
    assert told.output.startswith("note: (all): Customers who were followed for a renewal: 50")


def test_a_snapshot_from_before_has_no_projection(published_home: Path) -> None:
    page = open_part("retention", "survival")
    assert "Projected" not in words_of(page)
    told = CliRunner().invoke(main, ["value"])
    assert told.exit_code != 0
    assert "run churniq build" in str(told.exception)


@pytest.mark.parametrize(("revenue", "shown"), [("33.75", "33.75"), ("null", NOTHING)])
def test_a_buyer_has_expected_purchases(home: Path, revenue: str, shown: str) -> None:
    write_snapshot(home, _BUYER.replace("cast(33.75", f"cast({revenue}"))
    page = open_page("customer", customer_id="dora")
    metrics = metrics_of(page)
    assert metrics["Expected within 365 days"] == "2.25"
    assert shown in metrics["Expected revenue"]
