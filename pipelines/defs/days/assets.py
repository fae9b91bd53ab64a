"""The snapshot of a day as it was known at its close: a daily partition, to be backfilled for any range of days.

Belongs here: the asset and its partitions. Does not belong here: the build (``pipelines.orchestration.run``),
the same from the command line (``pipelines.orchestration.backfill``).
"""

from datetime import date

from dagster import (
    AssetExecutionContext,
    AssetKey,
    DailyPartitionsDefinition,
    MaterializeResult,
    asset,
)

from pipelines.contract.feeds import FEEDS
from pipelines.publishing.days import close_of, snapshot_of_day
from pipelines.publishing.snapshots import find_snapshot
from pipelines.settings import Settings

# Before any subscription of a streaming service; what nothing was known of fails with a sentence.
DAYS = DailyPartitionsDefinition(start_date="2010-01-01")


@asset(
    key=["published", "day_snapshot"],
    deps=[AssetKey(["feeds", feed]) for feed in FEEDS],
    partitions_def=DAYS,
    group_name="publishing",
    kinds={"duckdb"},
    owners=["team:data-engineering"],
)
def day_snapshot(context: AssetExecutionContext) -> MaterializeResult:  # type: ignore[type-arg]
    """Build everything as of the close of a day, in the report time zone; a day that is published stays as reported."""
    from pipelines.orchestration.run import run_build_within

    settings, day = Settings().prepare(), date.fromisoformat(context.partition_key)
    pointer = snapshot_of_day(settings, day)
    is_new = pointer is None
    if pointer is None:
        instant = close_of(day, settings.timezone)
        run_build_within(settings, as_of=instant.isoformat(), started_by=f"the backfill of {day}")
        pointer = find_snapshot(settings, instant)
    return MaterializeResult(metadata={"file": pointer.file, "as_of": pointer.as_of, "is_new": is_new})
