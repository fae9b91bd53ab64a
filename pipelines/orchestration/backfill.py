"""Snapshots of days as they were known at their close, from the command line: a partition of Dagster's each.

A day that is published already is not built again, so that it stays as it was reported; killed at any moment, the same
command goes on with the days that are missing.

Belongs here: going through the days. Does not belong here: the asset (``pipelines.defs.days``), what the snapshot of a
day is as of (``pipelines.publishing.days``).
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import UserError
from pipelines.lake.store import Lake
from pipelines.locks import waiting_for
from pipelines.orchestration.progress import DbtProgress
from pipelines.orchestration.run import dagster_home
from pipelines.orchestration.stopping import ended_at_once
from pipelines.publishing.days import close_of, days_between, snapshot_of_day
from pipelines.settings import Settings
from pipelines.warehouse.database import known_span, register_feeds

if TYPE_CHECKING:
    from dagster import DagsterInstance

log = logging.getLogger("churniq")

JOB = "day_snapshots"
_STARTED_BY = "churniq backfill"


@dataclass(frozen=True)
class Backfilled:
    """What a backfill did: the days that it built, and those that were there."""

    built: tuple[date, ...]
    skipped: tuple[date, ...]


def backfill(settings: Settings, first: date, last: date) -> Backfilled:
    """Publish the snapshot of each day that has none; raises ``UserError`` at the first that cannot be built."""
    settings.prepare()
    days = list(days_between(first, last))
    _require_known(settings, days)
    with waiting_for(settings.locks / "backfill.lock", holder="Another backfill", seconds=settings.wait_seconds):
        skipped = [day for day in days if snapshot_of_day(settings, day)]
        missing = [day for day in days if day not in skipped]
        log.info("%s days to build, %s are published already", len(missing), len(skipped))
        if missing:
            with ended_at_once(_tell_stopped):
                _build(settings, missing)
    return Backfilled(tuple(missing), tuple(skipped))


_STOPPED = "The backfill was stopped: run the same command again, which goes on with the days that are missing."


def _tell_stopped() -> None:
    sys.stderr.write(f"churniq: {_STOPPED}\n")


def _build(settings: Settings, days: Sequence[date]) -> None:
    from dagster import DagsterInstance

    os.environ["DAGSTER_HOME"] = str(dagster_home(settings))
    from pipelines.orchestration.definitions import defs

    job = defs.resolve_job_def(JOB)
    with DagsterInstance.get() as instance:
        _close_killed_runs(instance)
        for number, day in enumerate(days, start=1):
            log.info("day %s, %s of %s", day, number, len(days))
            with redirect_stdout(DbtProgress()):
                result = job.execute_in_process(
                    instance=instance,
                    partition_key=day.isoformat(),
                    tags={"churniq/started_by": _STARTED_BY},
                    run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                    raise_on_error=False,
                )
            if not result.success:
                raise UserError(f"The backfill stopped at {day}: {_reason(settings)}")


def _close_killed_runs(instance: DagsterInstance) -> None:
    """Mark as failed the runs of killed backfills: only one runs at a time, and this is it."""
    from dagster import DagsterRunStatus, RunsFilter

    unfinished = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED]
    tags = {"churniq/started_by": _STARTED_BY}
    for run in instance.get_runs(RunsFilter(job_name=JOB, statuses=unfinished, tags=tags)):
        instance.report_run_failed(run, "The process of this run was killed.")


def _reason(settings: Settings) -> str:
    from pipelines.warehouse.build_record import last_build

    record = last_build(settings)
    return record.failure if record and record.failure else "see churniq status."


def _require_known(settings: Settings, days: Sequence[date]) -> None:
    """Refuse at once what the build of a day would only find out after a while."""
    if not days:
        raise UserError("There is no day between --from and --to: give an earlier --from, or a later --to.")
    lake = Lake(settings.lake)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        register_feeds(connection, lake.root, lake.contents())
        earliest, latest = known_span(connection)
    if close_of(days[0], settings.timezone) < earliest:
        raise UserError(
            f"At the close of {days[0]} nothing was known, since the first row of the lake was recorded at "
            f"{earliest.isoformat()}Z: give --from that day or a later one."
        )
    if close_of(days[-1], settings.timezone) > latest:
        raise UserError(
            f"The day {days[-1]} is not over by what the lake knows, whose newest row was recorded at "
            f"{latest.isoformat()}Z: give --to a day before, or ingest what came since."
        )
