"""Builds that continue the one before: row for row what a build from scratch makes of the same lake.

The lake grows in slices, with rows that come late, early, twice or against the order of their happening; after a slice
every table is compared with that of a build beside it, which begins with nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

import pipelines.warehouse.build
from pipelines.lake.ingest import ingest
from pipelines.settings import Settings
from pipelines.warehouse.build import Build
from tests.warehouse.continuing import run_dbt, run_models
from tests.warehouse.growing import GrowingBusiness, write_csv

COMPARED_SCHEMAS = (
    "core",
    "revenue",
    "retention",
    "journey",
    "dunning",
    "offers",
    "engagement",
    "care",
    "conventions",
    "features",
    "intermediate",
)
# What a continued build lists or marks as moved, or reads for that, is about the build, not about the business.
ABOUT_THE_BUILD = (
    "int_affected_subscriptions",
    "int_affected_customers",
    "int_affected_purchases",
    "int_affected_dunning",
    "int_affected_identifiers",
    "int_affected_visitors",
    "int_affected_persons",
    "int_affected_viewing_months",
    "int_affected_payouts",
    "int_affected_redemptions",
    "int_affected_feature_days",
    "int_affected_feature_customers",
    "int_affected_feature_mart_days",
    "int_feature_watched_days",
)
MARKS = ("has_changed", "has_news", "is_kept", "computed_as_of")


@contextmanager
def _clock(monkeypatch: pytest.MonkeyPatch, instant: datetime) -> Iterator[Build]:
    """The build that moves the current snapshot, when it is ``instant``."""
    with monkeypatch.context() as patched:
        now = instant.astimezone(UTC).replace(tzinfo=None)
        patched.setattr(pipelines.warehouse.build, "resolve_as_of", lambda connection, requested: now)
        yield Build(as_of="now")


def _difference(build: Build, instant: datetime) -> str | None:
    """The first table that is another than that of a build from scratch as of the same instant; none if all agree."""
    scratch = Build(as_of=instant.astimezone(UTC).isoformat())
    assert run_models(scratch) is None
    with duckdb.connect() as connection:
        connection.execute(f"attach '{build.warehouse}' as continued (read_only)")
        connection.execute(f"attach '{scratch.warehouse}' as scratch (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'scratch' "
            f"and schema_name in {COMPARED_SCHEMAS} and table_name not in {ABOUT_THE_BUILD} or "
            "(database_name = 'scratch' and table_name in ('sequence_anomalies', 'data_warnings')) order by all"
        ).fetchall()
        assert len(tables) > 20
        for schema, table in tables:
            columns = ", ".join(
                row[0]
                for row in connection.execute(f"describe scratch.{schema}.{table}").fetchall()
                if row[0] not in MARKS
            )
            one, other = (f"select {columns} from {catalog}.{schema}.{table}" for catalog in ("continued", "scratch"))
            for side, queries in (("continued only", (one, other)), ("missing", (other, one))):
                rows = connection.execute(f"{' except all '.join(queries)} limit 1").fetchall()
                if rows:
                    return f"{schema}.{table}, {side}: {rows[0]}"
    scratch.discard_warehouse()
    return None


def _affected(build: Build) -> tuple[int, int]:
    """Subscriptions that the last build listed as affected, and all."""
    with duckdb.connect(str(build.warehouse), read_only=True) as connection:
        listed = connection.execute("select count(*) from intermediate.int_affected_subscriptions").fetchall()[0][0]
        known = connection.execute("select count(distinct subscription_id) from staging.stg_subscription_events")
        return listed, known.fetchall()[0][0]


def _environment(path: Path, timezone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHURNIQ_HOME", str(path))
    monkeypatch.setenv("CHURNIQ_TIMEZONE", timezone)
    monkeypatch.setenv("CHURNIQ_REPORTING_CURRENCY", "EUR")


def _grow(home: Path, monkeypatch: pytest.MonkeyPatch, seed: int, *, histories: int, slices: int, mode: str) -> None:
    """Build and compare after every slice."""
    business = GrowingBusiness(seed, histories=histories, slices=slices, mode=mode)
    previous = None
    for number, (instant, delivery) in enumerate(business.deliver(home / "deliveries")):
        ingest(Settings(), delivery)
        with _clock(monkeypatch, instant) as build:
            assert run_models(build) == previous, f"slice {number} was not built on the one before"
            previous = instant.astimezone(UTC).replace(tzinfo=None)
            if difference := _difference(build, instant):
                pytest.fail(f"seed {seed}, slice {number}: {difference}")


_HALF = ("--select", "+int_affected_subscriptions", "+int_exchange_rates", "+fct_subscriptions")


def _run_half(build: Build) -> datetime | None:
    return run_models(build, *_HALF)


def _run_and_be_killed(build: Build) -> None:
    with build.changing_tables(all_of_them=True) as previous_as_of:
        assert previous_as_of is not None
        run_dbt(build, previous_as_of, *_HALF)
        raise KeyboardInterrupt


def _run_again_after_a_kill(build: Build) -> datetime | None:
    """Half the tables of today on half of yesterday's: continuing from there would keep the mixture for good."""
    build.begin()
    with pytest.raises(KeyboardInterrupt):
        _run_and_be_killed(build)
    with build.changing_tables(all_of_them=True) as previous_as_of:
        assert previous_as_of is None, "a step that is done again continued from the middle of the first attempt"
        run_dbt(build, previous_as_of)
    return previous_as_of


def test_a_lake_that_grows_is_built_as_if_it_had_always_been_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is off by one late event stays off until somebody rebuilds everything, and nobody knows when.

    The second build is killed in the middle, of half the tables as the first is, for the others are computed anew in
    any case; the third continues what it made when it ran again.
    """
    _environment(tmp_path / "home", "Europe/Amsterdam", monkeypatch)
    one, two, three = GrowingBusiness(1, histories=60, slices=3, mode="wild").deliver(tmp_path / "feeds")
    for (instant, delivery), run in ((one, _run_half), (two, _run_again_after_a_kill), (three, run_models)):
        ingest(Settings(), delivery)
        with _clock(monkeypatch, instant) as build:
            previous_as_of = run(build)
    assert previous_as_of == two[0].astimezone(UTC).replace(tzinfo=None), "it was not built on the one before"
    assert (difference := _difference(build, instant)) is None, difference
    with _clock(monkeypatch, instant) as build:
        # Nothing came and no time passed since, so there is nothing to do.
        assert _run_half(build) == instant.astimezone(UTC).replace(tzinfo=None)
        assert _affected(build)[0] == 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 14))
def test_many_lakes_that_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Rare orders of arrival are found by numbers alone."""
    _environment(tmp_path / "home", ("UTC", "Asia/Kolkata", "America/New_York")[seed % 3], monkeypatch)
    mode = ("wild", "realistic")[seed % 2]
    _grow(tmp_path, monkeypatch, seed, histories=150, slices=10, mode=mode)


def test_a_link_that_comes_later_moves_the_viewing_of_earlier_months(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a customer had watched under a device stayed the device's, since only the months with new viewing moved."""
    _environment(tmp_path / "home", "UTC", monkeypatch)
    viewing = [("device:tv", "2025-01-30"), ("c1", "2025-01-31"), ("device:tv", "2025-03-31"), ("c2", "2025-02-27")]
    rows = [{"customer_id": who, "activity_date": day, "minutes_watched": 9} for who, day in viewing]
    write_csv(tmp_path / "1" / "engagement_daily" / "rows.csv", rows)
    link = {"alias_kind": "device", "alias_value": "tv", "customer_id": "c1", "recorded_at": "2025-04-02"}
    write_csv(tmp_path / "2" / "identity_links" / "rows.csv", [link])
    found = []
    for number in (1, 2):
        ingest(Settings(), tmp_path / str(number))
        with _clock(monkeypatch, datetime(2025, 4, number, 12, tzinfo=UTC)) as build:
            previous = run_models(build, "--select", "+int_engagement_months")
            assert (previous is not None) == (number == 2)
            with duckdb.connect(str(build.warehouse), read_only=True) as connection:
                query = (
                    "select customer_id, viewing_month, next_days from intermediate.int_engagement_months order by 2, 1"
                )
                found.append([(who, month.month, days) for who, month, days in connection.execute(query).fetchall()])
    assert found == [
        [("c1", 1, 1), ("device:tv", 1, 1), ("c2", 2, 1), ("device:tv", 3, 1)],
        [("c1", 1, 2), ("c2", 2, 1), ("c1", 3, 1)],
    ]
