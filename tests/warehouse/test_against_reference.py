"""The marts against the slow, obviously right implementation of the definitions, on histories made to be awkward."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Settings
from tests.reference import compute, random_history, write_feeds
from tests.warehouse.building import Row, Warehouse, build_warehouse

GRAINS = {
    "core.fct_subscriptions": ("subscription_id",),
    "core.fct_subscription_periods": ("subscription_id", "valid_from"),
    "revenue.fct_mrr_movements": ("customer_id", "movement_date"),
    "revenue.fct_mrr_monthly": ("month",),
    "retention.fct_cohort_retention": ("cohort_month", "period_number"),
}
BUILT = ("+fct_subscriptions", "+path:models/marts/revenue", "+path:models/marts/retention", "sequence_anomalies")


def _comparable(value: Any) -> Any:
    """One form for the same value: instants without an offset, rates as floats, money as Decimal."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, Fraction):
        return round(float(value), 12)
    if isinstance(value, float):
        return round(value, 12)
    return value


def _by_grain(rows: Iterable[Row], grain: tuple[str, ...], columns: set[str]) -> dict[tuple[Any, ...], Row]:
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(_comparable(row[name]) for name in grain)
        if key in found:
            pytest.fail(f"{key} is there twice")
        found[key] = {name: _comparable(row[name]) for name in columns}
    return found


def assert_agrees(warehouse: Warehouse, expected: Any) -> None:
    """Every mart has the reference's rows, no more and no fewer, equal in every column that the reference has."""
    for table, grain in GRAINS.items():
        wanted_rows = getattr(expected, table.split(".")[1])
        assert wanted_rows, f"the histories say nothing of {table}"
        columns = set(wanted_rows[0])
        wanted = _by_grain(wanted_rows, grain, columns)
        built = _by_grain(warehouse.rows(f"select * from {table}"), grain, columns)
        # A plain failure: explaining an assertion on tens of thousands of rows takes pytest minutes.
        if missing := built.keys() ^ wanted.keys():
            pytest.fail(f"{table}: {len(missing)} keys on one side only: {sorted(map(str, missing))[:5]}")
        if different := [(key, built[key], wanted[key]) for key in wanted if built[key] != wanted[key]]:
            pytest.fail(f"{table}: {len(different)} rows differ, the first: {different[0]}")
    anomalies = {row["event_id"] for row in warehouse.rows("select event_id from ops.sequence_anomalies")}
    assert anomalies == set(expected.sequence_anomalies)


def _compare(home: Path, seeds: range, mode: str, timezone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHURNIQ_HOME", str(home / "home"))
    monkeypatch.setenv("CHURNIQ_TIMEZONE", timezone)
    monkeypatch.setenv("CHURNIQ_REPORTING_CURRENCY", "EUR")
    histories = [random_history(seed, mode=mode) for seed in seeds]
    events = [event for history in histories for event in history[0]]
    # One lake has one "now" and one set of rates: those of the first history.
    _, rates, as_of = histories[0]
    write_feeds(events, rates, home / "feeds", files=4, repeated=0.2, seed=seeds[0])
    warehouse = build_warehouse(
        Settings(),
        home / "feeds",
        as_of=as_of.astimezone(UTC).replace(tzinfo=None),
        select=BUILT,
        # The data tests take as long as the models, and wild histories try them harder.
        with_tests=mode == "wild",
    )
    expected = compute(events, rates, as_of=as_of, reporting_currency="EUR", timezone=timezone)
    assert_agrees(warehouse, expected)
    durations = [(row["days"], bool(row["churned"])) for row in expected.survival_durations]
    at_risk = {
        row["day_number"]: (row["customers_at_risk"], row["churned_customers"])
        for row in warehouse.rows("select * from retention.fct_survival")
    }
    expected_at_risk = {
        day: (sum(days >= day for days, _ in durations), sum(churned for days, churned in durations if days == day))
        for day in {days for days, _ in durations}
    }
    if at_risk != expected_at_risk:
        pytest.fail("the survival curve counts other customers at risk than the reference")


@pytest.mark.parametrize(
    ("seeds", "mode", "timezone"),
    # Realistic histories are long, and the plain replay takes its time.
    [(range(150), "wild", "UTC"), (range(10_000, 10_060), "realistic", "Europe/Amsterdam")],
    ids=["wild", "realistic"],
)
def test_marts_agree_with_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeds: range, mode: str, timezone: str
) -> None:
    """Set-based SQL and a plain replay of the events have to tell the same story, to the last digit."""
    _compare(tmp_path, seeds, mode, timezone, monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("batch", range(20))
def test_marts_agree_with_the_reference_on_thousands_of_histories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Rare orders of events are found by numbers alone."""
    mode = ("wild", "realistic")[batch % 2]
    timezone = ("UTC", "America/New_York", "Asia/Kolkata")[batch % 3]
    first = 100_000 + 1000 * batch
    _compare(tmp_path, range(first, first + 400), mode, timezone, monkeypatch)


def test_half_up_is_not_half_even() -> None:
    """The comparison itself must notice the last digit."""
    assert _comparable(Decimal("0.0001")) != _comparable(Decimal("0.0002"))
