"""The landing suites as blocking checks: dbt never sees a batch that breaks the contract.

Belongs here: the checks. Does not belong here: the suites (``pipelines.contract.expectations``).
"""

from collections.abc import Iterator

from dagster import AssetCheckResult, AssetCheckSpec, AssetKey, ResourceParam, multi_asset_check

from pipelines.contract.expectations import BATCH_ROWS, failures, landing_suite
from pipelines.contract.feeds import FEEDS
from pipelines.lake.sql import canonical_select
from pipelines.lake.store import Lake
from pipelines.warehouse.build import Build
from pipelines.warehouse.database import open_warehouse


@multi_asset_check(
    specs=[
        AssetCheckSpec(
            "landing_suite",
            asset=AssetKey(["raw", feed]),
            blocking=True,
            description="The contract's rules.",
            metadata={"owner": "team:data-engineering"},
        )
        for feed in FEEDS
    ],
)
def landing_suites(build: ResourceParam[Build]) -> Iterator[AssetCheckResult]:
    """Check the newest batch of every feed against the contract."""
    lake = Lake(build.settings.lake)
    with open_warehouse(build.warehouse, read_only=True) as connection:
        for feed in FEEDS.values():
            files = lake.canonical_files(feed.name)
            rows = None
            if files:
                columns = ", ".join(feed.column_names)
                newest = canonical_select(feed, files[-1:])
                rows = connection.execute(f"select {columns} from ({newest}) limit {BATCH_ROWS}").df()
            broken = [] if rows is None else failures(rows, landing_suite(feed))
            yield AssetCheckResult(
                passed=not broken,
                check_name="landing_suite",
                asset_key=AssetKey(["raw", feed.name]),
                description="; ".join(broken) or None,
                metadata={"rows_checked": 0 if rows is None else len(rows)},
            )
