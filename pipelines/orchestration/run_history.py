"""The runs of Dagster that somebody should know of: those that failed, and those that nobody carries out any more.

It is read from the file of Dagster's instance itself: importing Dagster takes seconds, and ``churniq status`` must not.

Belongs here: reading that file. Does not belong here: running, the record of the last build.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from pipelines.locks import is_held
from pipelines.settings import Settings
from pipelines.warehouse.build_record import started_by

_SHOWN = 5
# A run that has started imports much before it takes the lock of builds: seconds, or longer on a busy machine.
_SECONDS_TO_LOCK = 120
_UNFINISHED = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING")


@dataclass(frozen=True)
class ToldRun:
    """A run: of which job, and for which day if one of a backfill; who started it, and when (ISO 8601, UTC).

    ``state`` is ``failed``, ``dead``, ``waiting`` or ``running``.
    """

    run_id: str
    job: str
    started_by: str
    created_at: str
    state: str


def runs_to_tell(settings: Settings, building_run: str | None) -> list[ToldRun]:
    """The runs that have not ended, and those that failed since the last that succeeded; newest first.

    A run that began a while ago and has not ended while nobody holds the lock of builds is dead: its process was
    killed. ``building_run`` is the run that the record of builds says is going on.
    """
    path = settings.work / "dagster" / "history" / "runs.db"
    if not path.exists():
        return []
    is_building = is_held(settings.locks / "build.lock")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
            rows = connection.execute(
                "select run_id, pipeline_name, status, create_timestamp, start_time from runs where status in "
                f"({', '.join('?' for _ in _UNFINISHED)}) or (status = 'FAILURE' and id > coalesce("
                "(select max(id) from runs where status = 'SUCCESS'), 0)) order by id desc limit ?",
                [*_UNFINISHED, _SHOWN],
            ).fetchall()
            tags = {
                run_id: dict(connection.execute("select key, value from run_tags where run_id = ?", [run_id]))
                for run_id, *_ in rows
            }
    except sqlite3.Error:
        return []  # The instance is disposable: the next run makes it anew.
    return [
        ToldRun(
            run_id,
            _name(str(job), tags[run_id]),
            started_by(tags[run_id]),
            _instant(created),
            _state(status, started, is_building=is_building, is_this_one=run_id == building_run),
        )
        for run_id, job, status, created, started in rows
    ]


def _name(job: str, tags: Mapping[str, str]) -> str:
    """Dagster calls a run of assets that somebody chose by a name of its own; a backfill has one a day."""
    name = "chosen assets" if job.startswith("__ASSET_JOB") else job
    day = tags.get("dagster/partition")
    return f"{name} for {day}" if day else name


def _state(status: str, started: float | None, *, is_building: bool, is_this_one: bool) -> str:
    """A run that is queued or about to start needs no lock yet; one that has started holds it while it lives."""
    if status == "FAILURE":
        return "failed"
    if is_building:
        return "running" if is_this_one else "waiting"
    if status not in {"STARTED", "CANCELING"} or started is None:
        return "waiting"
    return "dead" if time.time() - started > _SECONDS_TO_LOCK else "waiting"


def _instant(text: str) -> str:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat(timespec="seconds")
