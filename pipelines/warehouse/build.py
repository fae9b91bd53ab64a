"""One build, as every step of it sees it: which environment, as of when, in which warehouse file.

Belongs here: the Dagster resource that carries a build, and its lock. Does not belong here: the steps.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
from dagster import ConfigurableResource, DagsterEventType, DagsterInstance, InitResourceContext

from pipelines.errors import UserError
from pipelines.lake.integrity import require_sound
from pipelines.lake.store import Lake
from pipelines.locks import waiting_for
from pipelines.settings import Settings
from pipelines.warehouse.build_record import (
    BuildRecord,
    failure_sentence,
    last_build,
    now,
    started_by,
    write_record,
)
from pipelines.warehouse.continuation import (
    State,
    begin_build,
    files_of,
    finished_state,
    remember_finished_state,
    take_previous_as_of,
)
from pipelines.warehouse.database import (
    open_warehouse,
    parse_as_of,
    register_feeds,
    register_lake,
    resolve_as_of,
    resolve_reporting_currency,
)
from pipelines.warehouse.dbt import project_fingerprint

_MOVING = ("latest", "now")


@dataclass(frozen=True)
class BuildFacts:
    """What the first step of a build settled for all that follow; ``as_of`` is UTC without an offset."""

    as_of: datetime
    reporting_currency: str
    timezone: str
    lake_version: int

    def dbt_environment(self, *, previous_as_of: datetime | None = None) -> dict[str, str]:
        """The variables that the dbt project takes from the environment; without a previous as-of it does it all."""
        return {
            "CHURNIQ_BUILD_AS_OF": self.as_of.isoformat(sep=" "),
            "CHURNIQ_BUILD_REPORTING_CURRENCY": self.reporting_currency,
            "CHURNIQ_BUILD_TIMEZONE": self.timezone,
            "CHURNIQ_BUILD_PREVIOUS_AS_OF": previous_as_of.isoformat(sep=" ") if previous_as_of else "",
        }


@contextmanager
def only_build(settings: Settings) -> Iterator[None]:
    """Hold the build lock of an environment; waits while another build holds it."""
    lock, holder = settings.locks / "build.lock", f"Another build of {settings.home}"
    with waiting_for(lock, holder=holder, seconds=settings.wait_seconds):
        yield


def _close_killed_run(settings: Settings, instance: DagsterInstance) -> None:
    """Mark as failed the run of a build whose process was killed; to be called while the lock is held."""
    try:
        record = last_build(settings)
    except UserError:
        return  # What a broken record named is not known; it is about to be written anew.
    killed = instance.get_run_by_id(record.run_id) if record else None
    if killed is not None and not killed.is_finished:
        instance.report_run_failed(killed, "The process of this run was killed.")


def _failure(settings: Settings, instance: DagsterInstance, run_id: str, began: float) -> str | None:
    """Why a run failed, if it did."""
    records = instance.get_records_for_run(run_id, of_type=DagsterEventType.STEP_FAILURE).records
    for record in records:
        event = record.event_log_entry.dagster_event
        if event and event.step_failure_data.error:
            return failure_sentence(settings, event.step_failure_data.error, began)
    return None


class Build(ConfigurableResource):  # type: ignore[type-arg]
    """A build as of ``latest``, ``now`` or a timestamp; only one runs in an environment at a time."""

    as_of: str = "latest"
    full_refresh: bool = False

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["Build"]:
        """Hold the environment's build lock for as long as the run lasts, and record how it went."""
        settings, run, instance = self.settings.prepare(), context.dagster_run, context.instance
        with only_build(settings):
            if run is None or instance is None:
                yield self
                return
            _close_killed_run(settings, instance)
            began = time.time()
            record = BuildRecord(self.as_of, now(), None, None, started_by(run.tags), run.run_id)
            write_record(settings, record)
            try:
                yield self
            finally:
                failure = _failure(settings, instance, run.run_id, began)
                write_record(settings, replace(record, ended_at=now(), failure=failure))

    @property
    def settings(self) -> Settings:
        """The settings of the environment."""
        return Settings()

    @property
    def is_current(self) -> bool:
        """Whether the build moves the snapshot that everything reads by default."""
        return self.as_of in _MOVING

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that the build works in."""
        if self.is_current:
            return self.settings.warehouse
        return self.settings.work / f"warehouse-{parse_as_of(self.as_of):%Y%m%dT%H%M%S.%f}.duckdb"

    def begin(self) -> BuildFacts:
        """Show the lake in the warehouse, settle the facts of the build and whether it continues the one before."""
        lake = Lake(self.settings.lake)
        require_sound(lake, lake.contents(), self.settings.work / "checked_files.json")
        state = self._state(lake)
        previous = None if self.full_refresh or not self.is_current else self._finished_state()
        if previous is not None and not previous.is_continued_by(state, lake):
            previous = None
        if previous is None:
            self.discard_warehouse()
        with open_warehouse(self.warehouse) as connection:
            register_lake(connection, lake, earlier_files=previous.file_counts() if previous else None)
            previous_as_of = previous.as_of if previous else None
            begin_build(connection, state, lake_version=lake.version, previous_as_of=previous_as_of)
        return self.facts()

    def _state(self, lake: Lake) -> State:
        """What the tables are to follow from."""
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            register_feeds(connection, lake.root, lake.contents())
            as_of = resolve_as_of(connection, self.as_of)
            currency = resolve_reporting_currency(connection, self.settings, as_of)
        return State(as_of, currency, self.settings.timezone, project_fingerprint(), files_of(lake))

    def _finished_state(self) -> State | None:
        if not self.warehouse.exists():
            return None
        with open_warehouse(self.warehouse, read_only=True) as connection:
            return finished_state(connection)

    @contextmanager
    def changing_tables(self, *, all_of_them: bool) -> Iterator[datetime | None]:
        """Around whatever changes the tables of the dbt project: gives the as-of of the build to continue, if any.

        Tables of which only some are changed are computed anew, and the next build continues nothing.
        """
        with open_warehouse(self.warehouse) as connection:
            previous_as_of = take_previous_as_of(connection)
        yield previous_as_of if all_of_them else None
        if all_of_them:
            with open_warehouse(self.warehouse) as connection:
                remember_finished_state(connection)

    def facts(self) -> BuildFacts:
        """What ``begin`` settled."""
        with open_warehouse(self.warehouse, read_only=True) as connection:
            row = connection.execute(
                "select as_of, reporting_currency, timezone, lake_version from raw.build"
            ).fetchall()[0]
        return BuildFacts(*row)

    def discard_warehouse(self) -> None:
        """Remove the warehouse file: everything in it can be built again from the lake."""
        for suffix in ("", ".wal"):
            self.warehouse.with_name(self.warehouse.name + suffix).unlink(missing_ok=True)
