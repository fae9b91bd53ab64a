"""What runs and when: the full build, every day and whenever files wait; maintenance, training, days as reported.

Belongs here: jobs, schedules, sensors. Does not belong here: assets.
"""

import hashlib
import time
from datetime import UTC, datetime
from typing import Any

from dagster import (
    AssetSelection,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    PartitionsDefinition,
    RunRecord,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    sensor,
)

from pipelines.defs.days.assets import DAYS
from pipelines.errors import UserError
from pipelines.lake.inbox import quiet_files, waiting_files
from pipelines.lake.store import Lake
from pipelines.locks import is_held
from pipelines.publishing.pointers import current_path, read_pointer
from pipelines.settings import Settings
from pipelines.warehouse.build_record import BuildRecord, last_build

_FILES = "churniq/files"  # the tag of a run that the sensor asked for: a digest of the files that waited
_ATTEMPT = "churniq/attempt_after_kill"  # how many builds in a row were begun because the one before was killed
_LONGEST_WAIT_SECONDS = 3600
_STARTING_SECONDS = 600
# Each of a build's five hundred events would be a line in the stream of churniq up; Dagster's pages have them.
_LINES = {"loggers": {"console": {"config": {"log_level": "INFO"}}}}
_WITH_A_PROCESS = {DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING}


def _job(name: str, selection: AssetSelection, description: str, days: PartitionsDefinition | None = None) -> Any:
    # The steps share one warehouse file that only one process may write.
    return define_asset_job(
        name, selection=selection, executor_def=in_process_executor, partitions_def=days, description=description
    )


def _schedule(name: str, job: Any, cron: str, run_config: dict[str, Any] | None = None) -> ScheduleDefinition:
    """A schedule in UTC that is on in a started deployment."""
    return ScheduleDefinition(
        name=name,
        job=job,
        cron_schedule=cron,
        run_config=run_config,
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
    )


_DAY_SNAPSHOT = AssetSelection.assets(["published", "day_snapshot"])
full_build = _job(
    "full_build",
    # A snapshot of a day is a build of its own, which people and programs launch for the days that they want.
    AssetSelection.all() - _DAY_SNAPSHOT - AssetSelection.groups("maintenance", "training"),
    "Everything: land what waits, build and check, score, publish.",
)
day_snapshots = _job(
    "day_snapshots",
    _DAY_SNAPSHOT,
    "Days as they were known at their close, a partition each: launch a backfill of any range.",
    days=DAYS,
)
maintenance = _job(
    "maintenance",
    AssetSelection.groups("maintenance"),
    "Compaction and retention; each waits for a build that is running.",
)
training = _job(
    "training",
    AssetSelection.groups("training"),
    "The champion of each horizon, judged and trained on the published snapshot.",
)

daily_build = _schedule("daily_build", full_build, "15 4 * * *", _LINES)
nightly_maintenance = _schedule("nightly_maintenance", maintenance, "45 3 * * *")
weekly_training = _schedule("weekly_training", training, "15 6 * * 1")


@sensor(job=full_build, minimum_interval_seconds=60, default_status=DefaultSensorStatus.RUNNING)
def inbox_sensor(context: SensorEvaluationContext) -> RunRequest | SkipReason:
    """Build when files wait in the inbox that nobody writes to; a build that failed or was killed is tried again."""
    settings = Settings()
    quiet = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in quiet_files(settings)]
    if quiet:
        if _is_busy(settings):
            return SkipReason("A build is running: the files that wait are looked at again once it has ended.")
        files = hashlib.sha256(repr(quiet).encode()).hexdigest()
        earlier = context.instance.get_runs_count(RunsFilter(tags={_FILES: files}))
        newest = context.instance.get_run_records(RunsFilter(tags={_FILES: files}), limit=1)
        if newest and not newest[0].dagster_run.is_finished and not _is_dead(newest[0], settings):
            return SkipReason("A build of the files that wait has been launched.")
        # A run that ended while its files still wait has failed; Dagster starts each key once.
        waits = min(60 * 2**earlier, _LONGEST_WAIT_SECONDS)
        if newest and time.time() - newest[0].create_timestamp.timestamp() < waits:
            return SkipReason(f"The last build of the files that wait failed: trying again within {waits} seconds.")
        return RunRequest(run_key=f"{files}-{earlier}", run_config=_LINES, tags={_FILES: files})
    waiting = len(waiting_files(settings))
    if waiting:
        return SkipReason(f"{waiting} files wait; the build starts once they stop changing.")
    return _what_a_build_left(context, settings) or SkipReason("No files wait in the inbox.")


def _is_busy(settings: Settings) -> bool:
    """Whether somebody holds the lock of builds, other than a day of a backfill, after which who waits is next."""
    if not is_held(settings.locks / "build.lock"):
        return False
    try:
        record = last_build(settings)
    except UserError:
        return True
    return record is None or record.ended_at is not None or record.as_of in {"latest", "now"}


def _is_dead(record: RunRecord, settings: Settings) -> bool:
    """Whether the process of a run is gone: nobody holds the lock that a build waits for within its first minutes."""
    age = time.time() - record.create_timestamp.timestamp()
    is_old = record.dagster_run.status in _WITH_A_PROCESS and age > _STARTING_SECONDS
    return is_old and not is_held(settings.locks / "build.lock")


def _what_a_build_left(context: SensorEvaluationContext, settings: Settings) -> RunRequest | SkipReason | None:
    """A build of what the last one took from the inbox and did not publish: nothing waits there that would ask."""
    try:
        record = last_build(settings)
        if record is None or _is_busy(settings):
            return None
        if record.as_of != "latest":
            return _after_an_earlier_instant(settings)
    except UserError:
        return None  # The next build writes it anew, or says what is broken.
    return None if record.ended_at else _after_a_kill(context, record)


def _after_an_earlier_instant(settings: Settings) -> RunRequest | None:
    """A snapshot of an earlier instant shows nothing that came since: the current one has to."""
    published, version = read_pointer(current_path(settings)), Lake(settings.lake).version
    if version == (published.lake_version if published else 0):
        return None
    return RunRequest(run_key=f"not-built-{version}", run_config=_LINES)


def _after_a_kill(context: SensorEvaluationContext, record: BuildRecord) -> RunRequest | SkipReason:
    """The build that was killed again, each time after waiting longer."""
    killed = context.instance.get_run_by_id(record.run_id)
    attempt = int(killed.tags.get(_ATTEMPT, "0")) if killed else 0
    waits = min(60 * 2**attempt, _LONGEST_WAIT_SECONDS)
    if time.time() - datetime.fromisoformat(record.started_at).replace(tzinfo=UTC).timestamp() < waits:
        return SkipReason(f"The last build was killed: building again within {waits} seconds.")
    return RunRequest(run_key=f"after-{record.run_id}", run_config=_LINES, tags={_ATTEMPT: str(attempt + 1)})
