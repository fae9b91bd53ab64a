"""What is published, whether what comes in is as usual, and what was rejected: a whole environment as facts.

Belongs here: gathering them from the published snapshot, the lake and the records of runs. Does not belong here: the
rules of late and unusual, which ``ops.feed_health`` of the snapshot has applied, and how it is said
(``pipelines.cli.status``).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pipelines.rows import rows_of
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.lake.store import Contents
    from pipelines.publishing.snapshots import Pointer

Facts = dict[str, Any]
COUNTS = ("rows_read", "rows_loaded", "rows_duplicate", "rows_quarantined")
_NEWEST_REASONS = 5


def gather_status(settings: Settings) -> Facts:
    """Everything of an environment as JSON holds it; each part is there, empty, where there is nothing to tell."""
    from pipelines.lake.inbox import waiting_by_folder
    from pipelines.lake.store import Lake
    from pipelines.orchestration.run_history import runs_to_tell
    from pipelines.publishing.snapshots import published_pointers
    from pipelines.readings.operation import build_state
    from pipelines.warehouse.build_record import last_build

    lake = Lake(settings.lake)
    contents = lake.contents()
    accounts = contents.accounts
    pointers = published_pointers(settings)
    record = last_build(settings)
    rejected: Counter[str] = Counter()
    for account in accounts:
        rejected[account.feed] += account.rows_quarantined
    return {
        "environment": settings.env,
        "home": str(settings.home),
        "lake": {
            "ingests": lake.version,
            "ingests_not_built": lake.version - pointers[0].lake_version if pointers else lake.version,
            "files": len(accounts),
            **{name: sum(getattr(account, name) for account in accounts) for name in COUNTS},
        },
        "published": [asdict(pointer) for pointer in pointers],
        "last_build": asdict(record) | {"state": build_state(settings, record)} if record else None,
        "inbox": [asdict(waiting) for waiting in waiting_by_folder(settings)],
        "runs": [asdict(run) for run in runs_to_tell(settings, record.run_id if record else None)],
        "feeds": _feeds(contents, _health(settings, pointers[0]) if pointers else {}, rejected),
        "warnings": _warnings(settings, pointers[0]) if pointers else {},
        "quarantine": {
            "rows_by_feed": dict(sorted((+rejected).items())),
            "newest_reasons": _newest_reasons(settings, contents),
        },
    }


def _feeds(contents: Contents, health: dict[str, Facts], rejected: Counter[str]) -> list[Facts]:
    """One entry a feed: whether it is in the lake, and its health where a build has judged it."""
    from pipelines.contract.feeds import FEEDS

    return [
        {
            "feed": feed,
            "is_landed": bool(contents.canonical.get(feed)),
            "rows_quarantined": rejected[feed],
            "health": health.get(feed),
        }
        for feed in FEEDS
    ]


def _health(settings: Settings, pointer: Pointer) -> dict[str, Facts]:
    """The rows of ``ops.feed_health`` of a snapshot by feed; none in snapshots of before it was measured."""
    from pipelines.publishing.snapshots import open_snapshot

    with open_snapshot(settings, pointer.as_of_instant) as connection:
        found = "select 1 from duckdb_tables() where schema_name = 'ops' and table_name = 'feed_health'"
        if not connection.execute(found).fetchall():
            return {}
        rows = rows_of(connection, "select * from ops.feed_health order by feed").records()
    return {row.pop("feed"): row for row in rows}


def _warnings(settings: Settings, pointer: Pointer) -> dict[str, int]:
    """How many rows of ``ops.data_warnings`` a snapshot has by what they warn of; none in those of before."""
    from pipelines.publishing.snapshots import open_snapshot

    with open_snapshot(settings, pointer.as_of_instant) as connection:
        found = "select 1 from duckdb_tables() where schema_name = 'ops' and table_name = 'data_warnings'"
        if not connection.execute(found).fetchall():
            return {}
        return dict(
            connection.execute("select warning, count(*) from ops.data_warnings group by all order by all").fetchall()
        )


def _newest_reasons(settings: Settings, contents: Contents) -> list[Facts]:
    """The reasons for which rows were rejected most lately: feed, reason, rows, when last, UTC."""
    import duckdb

    from pipelines.lake.store import reading_quarantine

    files = [settings.lake / name for name in contents.quarantine]
    if not files:
        return []
    query = """
        with accounts as (
            select unnest($digests) as source_file, unnest($instants) as loaded_at
        )
        select feed, reason, count(*) as rows, max(arrived.loaded_at) as last_loaded_at
        from read_parquet($files) left join (
            select source_file, max(loaded_at) as loaded_at from accounts group by source_file
        ) as arrived using (source_file)
        group by feed, reason order by last_loaded_at desc nulls last, rows desc, feed, reason limit $limit
        """
    values = {
        "files": [str(file) for file in files],
        "digests": [account.sha256 for account in contents.accounts],
        "instants": [account.loaded_at for account in contents.accounts],
        "limit": _NEWEST_REASONS,
    }
    with reading_quarantine(files):
        rows = duckdb.execute(query, values).fetchall()
    names = ("feed", "reason", "rows", "last_loaded_at")
    return [dict(zip(names, row, strict=True)) for row in rows]
