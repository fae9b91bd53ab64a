"""Inputs are checked where they come in, and importing the science stays cheap."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest

from models.inputs import ScoringInputs, last_closed_day, number_of_day


def test_a_missing_column_is_named_with_its_frame(world: ScoringInputs) -> None:
    with pytest.raises(ValueError, match="payment_events lacks the columns customer_id"):
        replace(world, payment_events=world.payment_events.drop("customer_id"))


def test_an_as_of_with_an_offset_is_refused(world: ScoringInputs) -> None:
    with pytest.raises(ValueError, match="naive UTC"):
        replace(world, as_of=datetime(2025, 6, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("as_of", "zone", "closed"),
    [
        ("2025-06-01T00:00:00", "UTC", date(2025, 5, 31)),
        ("2025-05-31T23:59:59.999999", "UTC", date(2025, 5, 30)),
        ("2025-05-31T23:00:00", "Europe/Warsaw", date(2025, 5, 31)),
        ("2025-06-01T03:00:00", "America/New_York", date(2025, 5, 30)),
    ],
)
def test_the_last_closed_day_is_one_of_the_report_calendar(as_of: str, zone: str, closed: date) -> None:
    assert last_closed_day(datetime.fromisoformat(as_of), zone) == closed


def test_the_close_of_a_day_is_its_midnight_but_never_after_as_of(world: ScoringInputs) -> None:
    warsaw = replace(world, time_zone="Europe/Warsaw")
    assert warsaw.close_of(date(2025, 3, 29)) == datetime.fromisoformat("2025-03-29T23:00:00")
    assert warsaw.close_of(date(2025, 3, 30)) == datetime.fromisoformat("2025-03-30T22:00:00")
    assert world.close_of(world.scoring_day) == world.as_of


def test_days_are_counted_as_polars_counts_them() -> None:
    day = date(2025, 6, 1)
    assert number_of_day(day) == pl.Series([day]).cast(pl.Int32).item()


def test_importing_the_science_does_not_import_scikit_learn() -> None:
    # It takes two seconds: every command that only scores or reads would pay for it.
    modules = "models.scoring, models.registry, models.inputs"
    script = f"import sys, {modules}; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
