"""One build, as every step of it sees it: which environment, as of when, in which warehouse file.

Belongs here: what a build settles for its steps, and its lock. Does not belong here: the steps, and Dagster
(``pipelines.orchestration``).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.contract.suites_process import SuitesProcess
from pipelines.errors import UserError
from pipelines.lake.healing import heal
from pipelines.lake.integrity import require_sound
from pipelines.lake.store import Lake
from pipelines.locks import waiting_for
from pipelines.settings import WAREHOUSE_NAME, Settings
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
    require_readable,
    resolve_as_of,
    resolve_reporting_currency,
)
from pipelines.warehouse.dbt import project_fingerprint
from pipelines.warehouse.dbt_process import DbtProcess

log = logging.getLogger("churniq")

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


class Build:
    """A build as of ``latest``, ``now`` or a timestamp in the environment of ``settings`` (the process's own if none).

    ``dbt`` and ``suites`` are the processes that carry out its commands and check its rows, where they were started.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        as_of: str = "latest",
        full_refresh: bool = False,
        dbt: DbtProcess | None = None,
        suites: SuitesProcess | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.as_of = as_of
        self.full_refresh = full_refresh
        self._dbt = dbt
        self._suites = suites
        self._facts: BuildFacts | None = None

    @property
    def dbt(self) -> DbtProcess:
        """The process that carries out dbt's commands."""
        if self._dbt is None:
            raise RuntimeError("This build was begun without a process of dbt.")
        return self._dbt

    @property
    def suites(self) -> SuitesProcess:
        """The process that checks batches of rows."""
        if self._suites is None:
            raise RuntimeError("This build was begun without a process that checks suites.")
        return self._suites

    @property
    def is_current(self) -> bool:
        """Whether the build moves the snapshot that everything reads by default."""
        return self.as_of in _MOVING

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that the build works in."""
        if self.is_current:
            return self.settings.warehouse
        return self.settings.work / "as_of" / f"{parse_as_of(self.as_of):%Y%m%dT%H%M%S.%f}" / WAREHOUSE_NAME

    def begin(self) -> BuildFacts:
        """Show the lake in the warehouse, settle the facts of the build and whether it continues the one before."""
        lake = self._sound_lake()
        state = self._state(lake)
        previous = None if self.full_refresh or not self.is_current else self._finished_state()
        if previous is not None and not previous.is_continued_by(state, lake):
            previous = None
        if previous is None:
            self.discard_warehouse()
        self.warehouse.parent.mkdir(parents=True, exist_ok=True)
        with open_warehouse(self.warehouse) as connection:
            register_lake(connection, lake, earlier_files=previous.file_counts() if previous else None)
            previous_as_of = previous.as_of if previous else None
            begin_build(connection, state, lake_version=lake.version, previous_as_of=previous_as_of)
        self._facts = None
        return self.facts()

    def has_nothing_new(self, *, published_as_of: datetime) -> bool:
        """Whether every table would be as it is: the last build led to what this one would lead to, and published it.

        Every feed counts here, also those whose tables are computed anew by each build: the lake has no new version.
        """
        if self.full_refresh or self.as_of != "latest":
            return False
        state = self._finished_state()
        return state is not None and state.as_of == published_as_of and state == self._state(self._sound_lake())

    def _sound_lake(self) -> Lake:
        """The lake, those of its files checked that have not been as they are now; what is damaged is healed first."""
        lake, checked = Lake(self.settings.lake), self.settings.work / "checked_files.json"
        try:
            require_sound(lake, lake.contents(), checked)
        except UserError:
            if not heal(self.settings, log.warning):
                raise
            require_sound(lake, lake.contents(), checked)
        return lake

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
        try:
            with open_warehouse(self.warehouse, read_only=True) as connection:
                return finished_state(connection)
        except duckdb.Error as error:
            if "Could not set lock" in str(error):
                reason = " ".join(str(error).split())[:200]
                raise UserError(
                    f"The warehouse {self.warehouse} is open in another program ({reason}): close it there, then run "
                    "this again."
                ) from error
            return None  # A damaged warehouse is built anew from the lake.

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
        """What ``begin`` settled, read once: to open the warehouse takes longer than to read of it."""
        if self._facts is None:
            with open_warehouse(self.warehouse, read_only=True) as connection:
                row = connection.execute(
                    "select as_of, reporting_currency, timezone, lake_version from raw.build"
                ).fetchall()[0]
            self._facts = BuildFacts(*row)
        return self._facts

    def discard_damaged_warehouse(self) -> bool:
        """Remove the warehouse file if DuckDB cannot read all of it, so that the next build begins anew; whether."""
        if not self.warehouse.exists():
            return False
        try:
            with open_warehouse(self.warehouse, read_only=True) as connection:
                require_readable(connection)
        except duckdb.Error as error:
            if "Could not set lock" in str(error):
                return False
            self.discard_warehouse()
            return True
        return False

    def discard_warehouse(self) -> None:
        """Remove the warehouse file: everything in it can be built again from the lake."""
        for suffix in ("", ".wal"):
            self.warehouse.with_name(self.warehouse.name + suffix).unlink(missing_ok=True)
        if not self.is_current and self.warehouse.parent.exists():
            self.warehouse.parent.rmdir()
