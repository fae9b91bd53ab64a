"""The retention marts against the slow, obviously right implementation, and survival against published numbers."""

from __future__ import annotations

import csv
import random
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines.readings.beginners import Beginners, cohort_cells, durations, survival_curves
from pipelines.settings import Settings
from tests.conftest import SHARED_DATA
from tests.reference import Event, random_history, write_feeds
from tests.reference.cohorts import CustomerEvent
from tests.reference.retention_marts import compute_retention
from tests.reference.survival import survival_curve
from tests.warehouse.building import build_warehouse
from tests.warehouse.comparing import assert_agrees

GRAINS = {
    "dim_customer_cohorts": ("customer_id",),
    "fct_cohort_retention": ("cohort_month", "period_number"),
    "fct_cohort_retention_by_dimension": ("cohort_month", "period_number", "dimension", "dimension_value"),
    "fct_cohort_retention_weekly": ("cohort_week", "period_number"),
    "fct_survival": ("day_number",),
    "fct_survival_by_dimension": ("dimension", "dimension_value", "day_number"),
    "fct_survival_by_period": ("dimension", "dimension_value", "period_number"),
    "fct_churn_monthly": ("month",),
    "fct_resubscribe_monthly": ("month",),
    "fct_serial_churners": ("customer_id",),
    "fct_trial_funnel": ("month",),
    "fct_trial_funnel_by_dimension": ("month", "dimension", "dimension_value"),
    "fct_renewals_calendar": ("due_date",),
    "fct_set_to_cancel_daily": ("close_date",),
}


@dataclass(frozen=True)
class Case:
    """A kind of histories, the calendar of the report, and the share of the events that had happened at T."""

    mode: str
    timezone: str
    share: float


def _with_coupons(events: list[Event], generator: random.Random) -> list[Event]:
    return [replace(event, coupon_code=generator.choice((None, None, "HELLO", "BYE"))) for event in events]


def _customer_events(events: list[Event], generator: random.Random) -> list[CustomerEvent]:
    """Of half the customers something is known, some of it more than once, late, or only later than T."""
    found: list[CustomerEvent] = []
    for customer in sorted({event.customer_id for event in events}):
        for number in range(generator.choice((0, 0, 1, 3))):
            at = generator.choice(events).occurred_at
            found.append(
                CustomerEvent(
                    event_id=f"{customer}-{generator.randint(0, 99)}-{number}",
                    occurred_at=at,
                    customer_id=customer,
                    recorded_at=generator.choice((None, at, at + timedelta(days=20))),
                    country=generator.choice((None, "NL", "FR")),
                    acquisition_channel=generator.choice((None, "search", "social")),
                    acquisition_campaign=generator.choice((None, "spring", "autumn")),
                )
            )
    return found


def _write_customer_events(customer_events: list[CustomerEvent], folder: Path) -> None:
    target = folder / "customer_events"
    target.mkdir(parents=True)
    with (target / "customers.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*(field.name for field in fields(CustomerEvent)), "event_type"])
        writer.writerows([*astuple(event), "updated"] for event in customer_events)


def _compare(home: Path, seeds: range, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHURNIQ_HOME", str(home / "home"))
    monkeypatch.setenv("CHURNIQ_TIMEZONE", case.timezone)
    monkeypatch.setenv("CHURNIQ_REPORTING_CURRENCY", "EUR")
    generator = random.Random(seeds[0])
    histories = [random_history(seed, mode=case.mode) for seed in seeds]
    events = _with_coupons([event for history in histories for event in history[0]], generator)
    customer_events = _customer_events(events, generator)
    _, rates, _ = histories[0]
    as_of = sorted(event.occurred_at for event in events)[int(len(events) * case.share)]
    write_feeds(events, rates, home / "feeds", files=3, repeated=0.1, seed=seeds[0])
    _write_customer_events(customer_events, home / "feeds")
    warehouse = build_warehouse(
        Settings(),
        home / "feeds",
        as_of=as_of.astimezone(UTC).replace(tzinfo=None),
        select=("+path:models/marts/retention",),
        # The data tests take as long as the models, and wild histories try them harder.
        with_tests=case.mode == "wild",
    )
    expected = compute_retention(
        events, rates, customer_events, as_of=as_of, reporting_currency="EUR", timezone=case.timezone
    )
    # A young business may have no serial churners yet.
    assert {table for table in GRAINS if not expected[table]} <= {"fct_serial_churners"}
    for table, grain in GRAINS.items():
        assert_agrees(warehouse, f"select * from retention.{table}", grain, expected[table], all_columns=True)
    _compare_readings(warehouse.path, as_of.astimezone(ZoneInfo(case.timezone)).date())


def _compare_readings(warehouse: Path, as_of_date: date) -> None:
    """What pages count of those who are left by filters is, of everybody, what the marts say."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as built (read_only)")
        for schema in ("retention", "revenue", "ops"):
            connection.execute(f"create schema {schema}")
        connection.execute("create view retention.dim_customer_cohorts as from built.retention.dim_customer_cohorts")
        connection.execute("create view revenue.fct_mrr_movements as from built.intermediate.int_mrr_movements")
        connection.execute("create table ops.build_info as select $1 as as_of_date", [as_of_date])
        for sql, mart in (
            (cohort_cells(Beginners(), "months"), "select cohort_month as cohort, * from built.retention.{}"),
            (cohort_cells(Beginners(), "weeks"), "select cohort_week as cohort, * from built.retention.{}_weekly"),
            (
                cohort_cells(Beginners(), "months", "country"),
                "select cohort_month as cohort, * from built.retention.{}_by_dimension where dimension = 'country'",
            ),
        ):
            value = ", dimension_value" if "by_dimension" in mart else ""
            columns = (
                "cohort, period_number, cohort_size, retained_customers, is_complete, opening_mrr, retained_mrr, "
                f"retention_rate, mrr_retention_rate{value}"
            )
            left, right = (
                f"select {columns} from ({sql})",
                f"select {columns} from ({mart.format('fct_cohort_retention')})",
            )
            apart = connection.execute(
                f"(({left}) except all ({right})) union all (({right}) except all ({left}))"
            ).fetchall()
            assert apart == []
        for by, mart in ((None, "fct_survival"), ("country", "fct_survival_by_dimension where dimension = 'country'")):
            curves = survival_curves(connection.sql(durations(Beginners(), by)).pl())
            value = "dimension_value, " if by else ""
            published = connection.sql(f"select * from built.retention.{mart} order by {value}day_number").pl()
            keys = [*(["dimension_value"] if by else []), "day_number", "customers_at_risk", "churned_customers"]
            curves = curves.sort(keys[:2])
            assert curves.select(keys).rows() == published.select(keys).rows()
            for name in ("survival_probability", "standard_error", "lower_bound", "upper_bound"):
                assert curves[name].to_list() == pytest.approx(published[name].to_list(), abs=1e-12)


@pytest.mark.parametrize(
    ("first_seed", "case"),
    [
        (20_000, Case("wild", "UTC", share=0.9)),
        # Early, for trials that run and windows that are open; late, for years that are over.
        (30_000, Case("realistic", "America/New_York", share=0.35)),
        pytest.param(40_000, Case("realistic", "Asia/Kolkata", share=0.97), marks=pytest.mark.long),
    ],
)
def test_retention_marts_agree_with_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first_seed: int, case: Case
) -> None:
    """A cut that loses a customer, or a trial that converts a second late, looks plausible on every dashboard."""
    _compare(tmp_path, range(first_seed, first_seed + 50), case, monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("batch", range(12))
def test_retention_marts_agree_with_the_reference_on_many_histories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Rare orders of events are found by numbers alone."""
    case = Case(
        mode=("wild", "realistic")[batch % 2],
        timezone=("UTC", "Europe/Amsterdam", "Asia/Kolkata")[batch % 3],
        share=(0.3, 0.6, 0.8, 0.97)[batch % 4],
    )
    first = 300_000 + 1000 * batch
    _compare(tmp_path, range(first, first + 200), case, monkeypatch)


def test_the_reference_band_is_the_textbooks() -> None:
    """The 21 patients on 6-mercaptopurine (Freireich and others, 1963), as textbooks print them to four digits."""
    relapsed = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    curve = survival_curve([(week, True) for week in relapsed] + [(week, False) for week in censored])
    rows = {row["day_number"]: row for row in curve}
    columns = ("survival_probability", "standard_error", "lower_bound", "upper_bound")
    assert {week: [round(rows[week][name], 4) for name in columns] for week in (6, 10, 23)} == {
        6: [0.8571, 0.0764, 0.6197, 0.9516],
        10: [0.7529, 0.0963, 0.5032, 0.8894],
        23: [0.4482, 0.1346, 0.1881, 0.6801],
    }


def test_survival_of_real_customers_is_as_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """7,043 customers of a phone company, a day for each month of tenure: S(12) .8432 and S(24) .7887."""
    source = SHARED_DATA / "telco" / "Telco-Customer-Churn.csv"
    if not source.exists():
        pytest.skip("the customers of the phone company are not on this machine")
    now = datetime(2025, 6, 30, 12, tzinfo=UTC)
    events: list[Event] = []
    price: dict[str, Any] = {"amount": 1, "currency": "EUR", "billing_interval": "month"}
    with source.open(newline="") as stream:
        for row in csv.DictReader(stream):
            name = row["customerID"]
            began = now - timedelta(days=int(row["tenure"]))
            events.append(Event(f"{name}-1", "started", began, name, name, **price))
            if row["Churn"] == "Yes":
                events.append(Event(f"{name}-2", "ended", now, name, name))
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "home"))
    write_feeds(events, [], tmp_path / "feeds")
    warehouse = build_warehouse(
        Settings(), tmp_path / "feeds", as_of=now.replace(tzinfo=None), select=("+fct_survival",)
    )
    curve = {row["day_number"]: row for row in warehouse.rows("select * from retention.fct_survival")}
    assert [round(curve[months]["survival_probability"], 4) for months in (12, 24)] == [0.8432, 0.7887]
    assert curve[0]["customers_at_risk"] == len({event.customer_id for event in events})
    assert all(row["lower_bound"] <= row["survival_probability"] <= row["upper_bound"] for row in curve.values())
