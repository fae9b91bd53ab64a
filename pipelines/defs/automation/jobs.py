"""The full build, every day and whenever files wait.

Belongs here: jobs, schedules, sensors. Does not belong here: assets.
"""

import hashlib

from dagster import (
    AssetSelection,
    RunRequest,
    ScheduleDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    sensor,
)

from pipelines.lake.inbox import quiet_files, waiting_files
from pipelines.settings import Settings

full_build = define_asset_job(
    "full_build",
    selection=AssetSelection.all(),
    # The steps share one warehouse file that only one process may write.
    executor_def=in_process_executor,
    description="Everything: land what waits, build and check, score, publish.",
)

daily_build = ScheduleDefinition(
    name="daily_build", job=full_build, cron_schedule="15 4 * * *", execution_timezone="UTC"
)


@sensor(job=full_build, minimum_interval_seconds=60)
def inbox_sensor(context: SensorEvaluationContext) -> RunRequest | SkipReason:  # noqa: ARG001 - Dagster gives it
    """Build when files wait in the inbox that nobody writes to any more."""
    settings = Settings()
    quiet = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in quiet_files(settings)]
    if quiet:
        return RunRequest(run_key=hashlib.sha256(repr(quiet).encode()).hexdigest())
    waiting = len(waiting_files(settings))
    if waiting:
        return SkipReason(f"{waiting} files wait; the build starts once they stop changing.")
    return SkipReason("No files wait in the inbox.")
