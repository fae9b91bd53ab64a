"""The landing suites as blocking checks: dbt never sees a batch that breaks the contract.

Belongs here: the checks. Does not belong here: the suites (``pipelines.contract.expectations``).
"""

import logging
from collections.abc import Iterator

from dagster import AssetCheckResult, AssetCheckSpec, AssetKey, ResourceParam, multi_asset_check

from pipelines.contract.feeds import FEEDS
from pipelines.contract.suites_process import Checked
from pipelines.lake.sql import canonical_select
from pipelines.lake.store import Lake
from pipelines.warehouse.build import Build

log = logging.getLogger("churniq")


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
    log.info("checking the newest rows of every feed")
    lake = Lake(build.settings.lake)
    for feed in FEEDS.values():
        files = lake.canonical_files(feed.name)
        newest = canonical_select(feed, files[-1:])
        checked = build.suites.check_landing(feed.name, newest) if files else Checked(0, [])
        yield AssetCheckResult(
            passed=not checked.broken,
            check_name="landing_suite",
            asset_key=AssetKey(["raw", feed.name]),
            description="; ".join(checked.broken) or None,
            metadata={"rows_checked": checked.rows},
        )
