"""The feeds as they are delivered, and the accepted rows of each as a table of the schema ``raw``.

Belongs here: the assets and their metadata. Does not belong here: landing and judging (``pipelines.lake``).
"""

import logging
from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, ResourceParam, multi_asset

from pipelines.backup.taking import tell_targets_of_erasure
from pipelines.contract.feeds import FEEDS
from pipelines.lake.inbox import ingest_inbox
from pipelines.lake.store import Lake
from pipelines.privacy.erase import erase_deleted
from pipelines.warehouse.build import Build

log = logging.getLogger("churniq")

feeds = [
    AssetSpec(AssetKey(["feeds", feed.name]), group_name="feeds", description=f"Files of {feed.name} as delivered.")
    for feed in FEEDS.values()
]


def _raw_specs() -> Iterator[AssetSpec]:
    for feed in FEEDS.values():
        yield AssetSpec(
            AssetKey(["raw", feed.name]),
            deps=[AssetKey(["feeds", feed.name])],
            group_name="landing",
            kinds={"duckdb", "parquet"},
            description=f"The accepted rows of {feed.name}; key: {', '.join(feed.key)}.",
        )
    accounts = {"ingest_files": "The lake's account of every delivered file.", "quarantine": "The rejected rows."}
    for name, description in accounts.items():
        yield AssetSpec(
            AssetKey(["raw", name]),
            deps=[AssetKey(["feeds", feed]) for feed in FEEDS],
            group_name="landing",
            kinds={"duckdb"},
            description=description,
        )


@multi_asset(specs=list(_raw_specs()))
def raw(context: AssetExecutionContext, build: ResourceParam[Build]) -> Iterator[MaterializeResult]:  # type: ignore[type-arg]
    """Ingest what waits in the inbox, then show the lake's rows in the warehouse and settle the as-of."""
    log.info("taking the files that wait")
    for account in ingest_inbox(build.settings, progress=context.log.info):
        context.log.info(f"{account.file}: {account.rows_loaded} of {account.rows_read} rows loaded")
    if erased := erase_deleted(build.settings, context.log.info):
        context.log.info(f"erased {erased} people whom a sender deleted, or ended an erasure that was stopped")
        for sentence in tell_targets_of_erasure(build.settings):
            context.log.warning(sentence)
    facts = build.begin()
    context.log.info(f"building as of {facts.as_of.isoformat()} in {facts.reporting_currency}")
    accounts = Lake(build.settings.lake).contents().accounts
    for spec in _raw_specs():
        own = [account for account in accounts if account.feed == spec.key.path[-1]]
        yield MaterializeResult(
            asset_key=spec.key,
            metadata={
                "files": len(own),
                "rows_loaded": sum(account.rows_loaded for account in own),
                "rows_quarantined": sum(account.rows_quarantined for account in own),
                "as_of": facts.as_of.isoformat(),
            },
        )
