"""Whether each feed came as often as it usually does: a check that warns and holds nothing up.

Belongs here: the check. Does not belong here: the rule of late (``ops.feed_health``).
"""

from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    ResourceParam,
    multi_asset_check,
)

from pipelines.contract.feeds import FEEDS
from pipelines.warehouse.build import Build
from pipelines.warehouse.database import open_warehouse


@multi_asset_check(
    specs=[
        AssetCheckSpec(
            "on_time",
            asset=AssetKey(["raw", feed]),
            additional_deps=[AssetKey(["ops", "feed_health"])],
            description="The newest row is not older than the cadence of the feed allows.",
            metadata={"owner": "team:data-engineering"},
        )
        for feed in FEEDS
    ],
)
def feeds_on_time(build: ResourceParam[Build]) -> Iterator[AssetCheckResult]:
    """Warn of each feed that is late by its own cadence; one that never came, or too seldom to tell, is not late."""
    with open_warehouse(build.warehouse, read_only=True) as connection:
        rows = connection.execute(
            "select feed, is_late, hours_since_last_row, late_after_hours from ops.feed_health"
        ).fetchall()
    health = {feed: rest for feed, *rest in rows}
    for feed in FEEDS:
        is_late, hours, limit = health.get(feed, (None, None, None))
        yield AssetCheckResult(
            passed=not is_late,
            severity=AssetCheckSeverity.WARN,
            check_name="on_time",
            asset_key=AssetKey(["raw", feed]),
            description=f"The newest row is {hours:.0f} hours old, over {limit:.0f}." if is_late else None,
        )
