"""Days as they were known at their close: which instant that is, and that a published one is not built again."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.orchestration import backfill as backfilling
from pipelines.publishing.days import close_of, days_between, snapshot_of_day
from pipelines.publishing.snapshots import publish
from pipelines.settings import Settings
from tests.cli.conftest import Churniq
from tests.conftest import write_rows
from tests.lake.contents import cancellation, deliver


@pytest.mark.parametrize(
    ("day", "timezone", "close"),
    [
        ("2026-05-31", "UTC", "2026-05-31T23:59:59.999999"),
        ("2026-05-31", "Europe/Amsterdam", "2026-05-31T21:59:59.999999"),
        ("2026-03-29", "Europe/Amsterdam", "2026-03-29T21:59:59.999999"),
        ("2026-10-25", "Europe/Amsterdam", "2026-10-25T22:59:59.999999"),
        ("2026-05-31", "America/New_York", "2026-06-01T03:59:59.999999"),
    ],
)
def test_a_day_closes_with_its_last_instant(day: str, timezone: str, close: str) -> None:
    """Midnight itself belongs to the next day: a snapshot as of it would have an empty day more."""
    assert close_of(date.fromisoformat(day), timezone) == datetime.fromisoformat(close)


def _deliver_five_days(settings: Settings, folder: Path) -> None:
    times = {"a": "2026-05-01T12:00:00Z", "b": "2026-05-05T00:00:00Z"}
    rows = [cancellation(event, occurred_at=time) for event, time in times.items()]
    deliver(settings, write_rows(folder / "in" / "subscription_events" / "a.csv", rows))


def test_a_backfill_builds_what_is_missing_only(
    churniq: Churniq, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day that was reported must stay as it was reported, and a killed backfill must not begin anew."""
    _deliver_five_days(settings, tmp_path)
    asked: list[date] = []

    def build(_: Settings, days: list[date]) -> None:
        """As a killed backfill, which publishes two days at most."""
        for day in days[:2]:
            asked.append(day)
            instant = close_of(day, "UTC")
            publish(settings, tmp_path / "w.duckdb", name=str(day), as_of=instant, lake_version=1, is_current=False)

    monkeypatch.setattr(backfilling, "_build", build)
    duckdb.connect(str(tmp_path / "w.duckdb")).close()
    command = ("backfill", "--from", "2026-05-01", "--to", "2026-05-04")
    churniq(*command)
    assert churniq(*command).out == "built 2 days, skipped 2 that were published already\n"
    assert asked == list(days_between(date(2026, 5, 1), date(2026, 5, 4)))
    assert churniq(*command).out == "built 0 days, skipped 4 that were published already\n"
    pointer = snapshot_of_day(settings, date(2026, 5, 2))
    assert pointer is not None
    (settings.published / pointer.file).unlink()
    assert churniq(*command).out == "built 1 days, skipped 3 that were published already\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("2026-05-01", "yesterday"), "--to yesterday is not understood: give a day"),
        (("2026-05-03", "2026-05-02"), "There is no day between --from and --to"),
        (("2026-04-30", "2026-05-02"), "At the close of 2026-04-30 nothing was known"),
        (("2026-05-02", "2026-05-05"), "The day 2026-05-05 is not over by what the lake knows"),
    ],
)
def test_days_that_nobody_knows_are_refused_at_once(
    arguments: tuple[str, str], sentence: str, churniq: Churniq, settings: Settings, tmp_path: Path
) -> None:
    """A backfill of a year failed at its last day, after a night."""
    _deliver_five_days(settings, tmp_path)
    assert sentence in churniq("backfill", "--from", arguments[0], "--to", arguments[1]).sentence
