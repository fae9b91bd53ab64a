"""Rejected rows that a later delivery mended: what they would have told has been accepted since.

Such a row leaves the quarantine and counts as a duplicate of its file, since its key is loaded.

Belongs here: which rows these are, and the change that takes them out. Does not belong here: judging.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Feed
from pipelines.lake.redo import Redone
from pipelines.lake.sql import canonical_select, json_pointer, known_select, literal, quarantine_select, quote
from pipelines.lake.store import Contents, Lake
from pipelines.lake.workspace import write_parquet
from pipelines.settings import Settings
from pipelines.sources import SOURCES, find_source
from pipelines.sources.base import Source

# A conflict is with what was accepted before; of a row that cannot be read nobody knows the key.
_MENDABLE = (
    *("missing:", "invalid:", "negative:", "out_of_range:", "not_allowed:", "not_positive:", "order:"),
    *("too_long:", "control_character:"),
)
_REFUSED = "with delivered as (from refused_by_source)"
_SAME_ROW = (
    "mended.source_file = rejected.source_file and mended.file = rejected.file "
    "and mended.row_number = coalesce(rejected.row_number, 0)"
)


def take_out_mended(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    contents: Contents,
    added: Mapping[str, Sequence[str]],
    *,
    name: str,
) -> Redone:
    """The change that takes the rows out of the quarantine whose keys came again in the ``added`` canonical files."""
    result = Redone()
    lake = Lake(settings.lake)
    if not contents.quarantine or not added:
        return result
    _show_times(connection, contents)
    connection.execute("create or replace temp table mended (file VARCHAR, source_file VARCHAR, row_number BIGINT)")
    rejected = [lake.root / file for file in contents.quarantine]
    _find_renamed(connection, contents, rejected)
    for feed, files in added.items():
        connection.execute(f"insert into mended {_mended(FEEDS[feed], rejected, [lake.root / file for file in files])}")
    _find_mapped(connection, settings, contents, rejected, added)
    rows = connection.execute(
        "select source_file, file, count(distinct row_number) from mended group by source_file, file"
    ).fetchall()
    if not rows:
        return result
    by_path = {str(lake.root / file): file for file in contents.quarantine}
    concerned = connection.execute(
        f"select distinct filename from read_parquet($1, filename = true) as rejected semi join mended on {_SAME_ROW}",
        [list(by_path)],
    ).fetchall()
    for number, (path,) in enumerate(sorted(concerned), start=1):
        result.removed.append(by_path[path])
        target = f"quarantine/{name}-mended-{number:05d}.parquet"
        rest = f"select * from ({quarantine_select([Path(path)])}) as rejected anti join mended on {_SAME_ROW}"
        if write_parquet(connection, lake.root / target, rest):
            result.quarantine.append(target)
    counts = {(str(source_file), str(file)): int(count) for source_file, file, count in rows}
    result.redone = sorted({source_file for source_file, _ in counts})
    for account in contents.accounts:
        count = min(counts.get((account.sha256, account.file), 0), account.rows_quarantined)
        if account.sha256 in result.redone:
            result.accounts.append(
                replace(
                    account,
                    rows_duplicate=account.rows_duplicate + count,
                    rows_quarantined=account.rows_quarantined - count,
                )
            )
    result.is_different = True
    return result


def _show_times(connection: duckdb.DuckDBPyConnection, contents: Contents) -> None:
    """The table ``first_times``: when each content was first loaded, since only what came later can mend."""
    connection.execute("create or replace temp table first_times (source_file VARCHAR, loaded_at VARCHAR)")
    times: dict[str, str] = {}
    for account in contents.accounts:
        times[account.sha256] = min(account.loaded_at, times.get(account.sha256, account.loaded_at))
    if times:
        connection.execute("insert into first_times select unnest($1), unnest($2)", [list(times), list(times.values())])


def _find_renamed(connection: duckdb.DuckDBPyConnection, contents: Contents, rejected: Sequence[Path]) -> None:
    """Add to ``mended`` the files that nobody could read under the name they came with, and under another were."""
    loaded = sorted({account.sha256 for account in contents.accounts if account.rows_loaded + account.rows_duplicate})
    connection.execute(
        f"insert into mended select file, source_file, 0 from ({quarantine_select(rejected)}) where row_number is null "
        "and starts_with(reason, 'unreadable:') and source_file in (select unnest($1::VARCHAR[]))",
        [loaded],
    )


def _find_mapped(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    contents: Contents,
    rejected: Sequence[Path],
    added: Mapping[str, Sequence[str]],
) -> None:
    """Add to ``mended`` the rejected rows of mapped files and senders, by the keys that their mapping gives them.

    Of a sender only the ids of events count: links and purchases of one message are told by others, too. Each row is
    mapped by itself, as a file of its own, beside what is known.
    """
    lake = Lake(settings.lake)
    versions: dict[tuple[str, str], list[str]] = {}
    for account in contents.accounts:
        if account.feed not in FEEDS and account.rows_quarantined:
            versions.setdefault((account.feed, account.mapping), []).append(account.sha256)
    for (name, version), hashes in sorted(versions.items()):
        source = find_source(name, settings, version)
        feeds = [
            feed
            for feed in source.mappings
            if feed in added and (source.name not in SOURCES or FEEDS[feed].key == ("event_id",))
        ]
        if not source.parsed or not feeds:
            continue
        connection.execute(
            f"""
            create or replace temp table refused as
            select row_number() over () as number, file, source_file, row_number, raw
            from ({quarantine_select(rejected)})
            where feed = $1 and source_file in (select unnest($2)) and ({_is_mendable()}) and json_valid(raw)
            """,
            [name, hashes],
        )
        if not connection.execute("select exists (from refused)").fetchall()[0][0]:
            continue
        # What the rejections keep from a mapping may be what it fails on: such rows stay.
        with suppress(duckdb.DataError, duckdb.InvalidInputException):
            _map_each(connection, source, lake, contents)
            for feed in feeds:
                _find_told(connection, settings, source, feed, [lake.root / file for file in added[feed]])


def _find_told(
    connection: duckdb.DuckDBPyConnection, settings: Settings, source: Source, feed: str, files: Sequence[Path]
) -> None:
    """Add to ``mended`` the ``refused`` rows whose keys in a feed are in its canonical files."""
    rows = source.mappings[feed](settings.reporting_currency or "EUR")
    keys = ", ".join(quote(key) for key in FEEDS[feed].key)
    reported = f"{_REFUSED} select row_number as number, {keys} from ({rows})"
    same = " and ".join(
        f"trim(cast(told.{quote(key)} as VARCHAR)) = cast(accepted.{quote(key)} as VARCHAR)" for key in FEEDS[feed].key
    )
    connection.execute(
        f"""
        insert into mended
        select refused.file, refused.source_file, refused.row_number
        from refused
        join ({reported}) as told using (number)
        join first_times as arrived using (source_file)
        join ({_arrivals(FEEDS[feed], files)}) as accepted on {same} and accepted.loaded_at > arrived.loaded_at
        """
    )


def _map_each(connection: duckdb.DuckDBPyConnection, source: Source, lake: Lake, contents: Contents) -> None:
    """Make what the mappings of a source read: the table of the ``refused`` rows, and what is known beside them."""

    def rows(feed: str) -> str:
        return canonical_select(FEEDS[feed], [lake.root / file for file in contents.canonical.get(feed, [])])

    for feed in source.context:
        connection.execute(f"create or replace temp view known_{feed} as {known_select(FEEDS[feed], rows(feed))}")
    for feed in source.reads:
        connection.execute(f"create or replace temp view accepted_{feed} as {rows(feed)}")
    connection.execute(
        f"""
        create or replace temp table refused_by_source as
        with payloads as (select number as file_number, number as row_number, raw as payload from refused)
        select * from ({source.parsed})
        """
    )
    for name, select in (*source.derived.items(), *source.informed.items()):
        connection.execute(f"create or replace temp table {name} as {_REFUSED} select * from ({select})")


def _is_mendable() -> str:
    return " or ".join(f"starts_with(reason, {literal(reason)})" for reason in _MENDABLE)


def _arrivals(feed: Feed, added: Sequence[Path]) -> str:
    """The keys in canonical files, each with the time at which it was last loaded."""
    keys = ", ".join(quote(key) for key in feed.key)
    return (
        f"select {keys}, max(loaded_at) as loaded_at from ({canonical_select(feed, added)}) "
        f"join first_times using (source_file) group by {keys}"
    )


def _mended(feed: Feed, rejected: Sequence[Path], added: Sequence[Path]) -> str:
    sent = " and ".join(
        f"trim(json_extract_string(rejected.raw, {json_pointer(key)})) = cast(accepted.{quote(key)} as VARCHAR)"
        for key in feed.key
    )
    return f"""
        select rejected.file, rejected.source_file, rejected.row_number
        from (
            select * from ({quarantine_select(rejected)})
            where feed = {literal(feed.name)} and ({_is_mendable()}) and json_valid(raw)
        ) as rejected
        join first_times as arrived using (source_file)
        join ({_arrivals(feed, added)}) as accepted on {sent} and accepted.loaded_at > arrived.loaded_at
    """
