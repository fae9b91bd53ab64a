"""Compaction of the lake and retention of snapshots as assets, every night before the build.

Belongs here: the assets. Does not belong here: when they run (``pipelines.defs.automation``), the work
(``pipelines.lake.compaction``, ``pipelines.publishing.retention``).
"""

from dagster import (
    AssetExecutionContext,
    MaterializeResult,
    asset,
)

from pipelines.lake.compaction import compact
from pipelines.publishing.pointers import published_pointers
from pipelines.publishing.retention import apply_retention, remove_leftovers
from pipelines.settings import Settings
from pipelines.warehouse.build import only_build

_OWNERS = ["team:data-engineering"]


@asset(key=["lake", "compacted_files"], group_name="maintenance", kinds={"parquet"}, owners=_OWNERS)
def compacted_files(context: AssetExecutionContext) -> MaterializeResult:  # type: ignore[type-arg]
    """Take the many small files of a feed together, where there are many."""
    settings = Settings().prepare()
    with only_build(settings):
        done = compact(settings, progress=context.log.info)
    return MaterializeResult(metadata={"files_before": done.before, "files_after": done.after})


@asset(key=["published", "kept_snapshots"], group_name="maintenance", kinds={"duckdb"}, owners=_OWNERS)
def kept_snapshots() -> MaterializeResult:  # type: ignore[type-arg]
    """Remove the snapshots that the policy does not keep, and what killed publishes left."""
    settings = Settings().prepare()
    with only_build(settings):
        remove_leftovers(settings)
        apply_retention(settings)
    return MaterializeResult(metadata={"snapshots": len(published_pointers(settings))})
