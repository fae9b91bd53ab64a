"""What a build may continue from: the state in which the last finished one left a warehouse.

A build that continues another computes only what moved since. That is right while the lake has merely grown, time
has moved on and nothing that every number depends on is another: the reporting currency, the time zone, the dbt
project. A warehouse has no such state from the moment its tables begin to change until the last of them is done, so
a build that was killed is followed by one that computes everything.

Belongs here: the state, the rule, and where it is kept. Does not belong here: what a build computes (``dbt_project``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from pipelines.lake.store import Lake
from pipelines.warehouse.project_variables import incremental_feeds


@dataclass(frozen=True)
class State:
    """What the tables of a warehouse follow from.

    ``as_of`` is UTC without an offset; ``project`` is a digest of the dbt project; ``files`` has, for each feed whose
    rows become incremental tables, the number of the lake's files and a digest of their names.
    """

    as_of: datetime
    reporting_currency: str
    timezone: str
    project: str
    files: dict[str, tuple[int, str]]

    def is_continued_by(self, later: State, lake: Lake) -> bool:
        """Whether a build that leads to ``later`` may compute only what moved since this state."""
        canonical = lake.contents().canonical
        return (
            self.as_of <= later.as_of
            and (self.reporting_currency, self.timezone, self.project)
            == (later.reporting_currency, later.timezone, later.project)
            and all(_digest(canonical.get(feed, [])[:count]) == digest for feed, (count, digest) in self.files.items())
        )

    def file_counts(self) -> dict[str, int]:
        """How many of the lake's files of each feed, oldest first, the tables hold."""
        return {feed: count for feed, (count, _) in self.files.items()}


def files_of(lake: Lake) -> dict[str, tuple[int, str]]:
    """The ``files`` of a state whose tables hold what the lake holds now."""
    canonical = lake.contents().canonical
    files = {feed: canonical.get(feed, []) for feed in incremental_feeds()}
    return {feed: (len(names), _digest(names)) for feed, names in files.items()}


def _digest(names: Sequence[str]) -> str:
    # Files are immutable and their names are never used again, so names stand for content.
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def finished_state(connection: duckdb.DuckDBPyConnection) -> State | None:
    """The state of a warehouse; none while its tables are unfinished, or nothing was built yet."""
    tables = connection.execute(
        "select 1 from information_schema.tables where table_schema = 'raw' and table_name = 'finished_build'"
    ).fetchall()
    if not tables:
        return None
    as_of, currency, timezone, project, files = connection.execute(
        "select as_of, reporting_currency, timezone, project, files from raw.finished_build"
    ).fetchall()[0]
    counted = {feed: (count, digest) for feed, (count, digest) in json.loads(files).items()}
    return State(as_of, currency, timezone, project, counted)


def forget_finished_state(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on the tables are unfinished."""
    connection.execute("drop table if exists raw.finished_build")


def remember_finished_state(connection: duckdb.DuckDBPyConnection) -> None:
    """Record that all tables match this build's inputs."""
    connection.execute(
        "create or replace table raw.finished_build as "
        "select as_of, reporting_currency, timezone, project, files from raw.build"
    )


def begin_build(
    connection: duckdb.DuckDBPyConnection, state: State, *, lake_version: int, previous_as_of: datetime | None
) -> None:
    """Write down what a build is to lead to; ``previous_as_of`` is that of the build which it continues."""
    connection.execute(
        "create or replace table raw.build as select $1 as as_of, $2 as reporting_currency, $3 as timezone, "
        "$4 as lake_version, $5 as project, $6 as files, cast($7 as timestamp) as previous_as_of",
        [
            state.as_of,
            state.reporting_currency,
            state.timezone,
            lake_version,
            state.project,
            json.dumps(state.files),
            previous_as_of,
        ],
    )


def take_previous_as_of(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """The as-of instant of the build to continue, once: whoever asks again after a failure computes everything."""
    connection.execute("begin")
    row = connection.execute("select previous_as_of from raw.build").fetchall()[0]
    connection.execute("update raw.build set previous_as_of = null")
    forget_finished_state(connection)
    connection.execute("commit")
    previous: datetime | None = row[0]
    return previous
