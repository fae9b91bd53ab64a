"""The full build, every day and whenever files wait.

Belongs here: jobs, schedules, sensors. Does not belong here: assets.
"""

import hashlib
import time

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    sensor,
)

from pipelines.lake.inbox import quiet_files, waiting_files
from pipelines.locks import is_held
from pipelines.settings import Settings

_FILES = "churniq/files"  # the tag of a run that the sensor asked for: a digest of the files that waited
_LONGEST_WAIT_SECONDS = 3600

full_build = define_asset_job(
    "full_build",
    selection=AssetSelection.all(),
    # The steps share one warehouse file that only one process may write.
    executor_def=in_process_executor,
    description="Everything: land what waits, build and check, score, publish.",
)

daily_build = ScheduleDefinition(
    name="daily_build",
    job=full_build,
    cron_schedule="15 4 * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
)


@sensor(job=full_build, minimum_interval_seconds=60, default_status=DefaultSensorStatus.RUNNING)
def inbox_sensor(context: SensorEvaluationContext) -> RunRequest | SkipReason:
    """Build when files wait in the inbox that nobody writes to any more; a build that failed is tried again."""
    settings = Settings()
    quiet = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in quiet_files(settings)]
    if quiet:
        if is_held(settings.locks / "build.lock"):
            return SkipReason("A build is running: the files that wait are looked at again once it has ended.")
        files = hashlib.sha256(repr(quiet).encode()).hexdigest()
        earlier = context.instance.get_runs_count(RunsFilter(tags={_FILES: files}))
        newest = context.instance.get_run_records(RunsFilter(tags={_FILES: files}), limit=1)
        if newest and not newest[0].dagster_run.is_finished:
            return SkipReason("A build of the files that wait has been launched.")
        # A run that ended while its files still wait has failed; Dagster starts each key once.
        waits = min(60 * 2**earlier, _LONGEST_WAIT_SECONDS)
        if newest and time.time() - newest[0].create_timestamp.timestamp() < waits:
            return SkipReason(f"The last build of the files that wait failed: trying again within {waits} seconds.")
        return RunRequest(run_key=f"{files}-{earlier}", tags={_FILES: files})
    waiting = len(waiting_files(settings))
    if waiting:
        return SkipReason(f"{waiting} files wait; the build starts once they stop changing.")
    return SkipReason("No files wait in the inbox.")
