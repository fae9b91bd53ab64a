"""Duplicates and conflicts: what becomes of judged rows beside one another and beside what the lake holds.

The judged rows of a batch lie in a table ``judged_<feed>`` for each feed they fill: file_number, row_number, the
columns of the feed, extra and reason. Settling writes ``settled_<feed>`` (the canonical rows that are not to be
loaded, with their verdict) and ``outcomes`` (the delivered rows of which nothing is loaded: file_number, row_number,
outcome, reason).

Belongs here: identity of rows. Does not belong here: the contract's rules (``judge``), files (``ingest``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Feed
from pipelines.lake.sql import quote


def settle(
    connection: duckdb.DuckDBPyConnection, accepted: Mapping[str, str], *, rows_are_split: bool, counts_unclear: bool
) -> dict[str, int]:
    """Settle the judged rows of each feed in ``accepted`` against the relation of its accepted rows.

    With ``counts_unclear`` it gives, for feeds that keep every version, how many keys have several rows that nothing
    tells apart.

    ``rows_are_split`` says that a delivered row may have become several canonical ones: they are loaded together or
    not at all, and the delivered row is a duplicate when all of them are.
    """
    if rows_are_split:
        _reject(
            connection, accepted, _union("judged", accepted, "file_number, row_number, reason", "reason is not null")
        )
    unclear: dict[str, int] = {}
    while True:
        for name, relation in accepted.items():
            _settle_feed(connection, FEEDS[name], relation)
            if counts_unclear and not FEEDS[name].conflict_key:
                unclear[name] = _unclear_keys(connection, FEEDS[name])
        conflicts = _union("settled", accepted, "file_number, row_number, 'conflict' as reason", "verdict = 'conflict'")
        # Whatever else a split row claimed is free again once it is rejected.
        if not _reject(connection, accepted, conflicts) or not rows_are_split:
            break
    _write_outcomes(connection, accepted, rows_are_split=rows_are_split)
    return unclear


def completions(connection: duckdb.DuckDBPyConnection, feed: Feed, accepted: str) -> dict[str, int]:
    """Of the conflicts of a feed that only add values where accepted rows have none: how many add which column."""
    if not feed.conflict_key:
        return {}
    settled = f"select * from settled_{feed.name} where verdict = 'conflict'"
    if connection.execute(f"select exists ({settled})").fetchall() == [(False,)]:
        return {}
    names = [quote(name) for name in feed.column_names]
    adds_only = " and ".join(f"(a.{name} is null or a.{name} is not distinct from s.{name})" for name in names)
    counts = ", ".join(f"count(*) filter (where a.{name} is null and s.{name} is not null)" for name in names)
    ((*added,),) = connection.execute(
        f"select {counts} from ({settled}) as s join ({accepted}) as a on {same_key(feed, 'a', 's')} where {adds_only}"
    ).fetchall()
    return {name: int(count) for name, count in zip(feed.column_names, added, strict=True) if count}


def _unclear_keys(connection: duckdb.DuckDBPyConnection, feed: Feed) -> int:
    """How many keys have rows of different content in this batch that were known at the same time."""
    key = ", ".join(quote(name) for name in feed.key)
    content = ", ".join(quote(name) for name in feed.column_names)
    ((count,),) = connection.execute(
        f"""
        select count(*) from (select distinct {key} from (
            select {key}, recorded_at
            from (
                select distinct {content} from judged_{feed.name} semi join contested using ({key}) where reason is null
            )
            group by {key}, recorded_at having count(*) > 1
        ))
        """
    ).fetchall()
    return int(count)


def same_key(feed: Feed, left: str, right: str) -> str:
    """The condition that two relations' rows have the same identity in a feed, as SQL."""
    return " and ".join(f"{left}.{quote(name)} is not distinct from {right}.{quote(name)}" for name in _identity(feed))


def same_row(feed: Feed, left: str, right: str) -> str:
    """The condition that two relations' rows of one delivered row are the same row of a feed, as SQL.

    Of a feed without conflicts one delivered row may make several rows of one key, of which only some are repeated.
    """
    names = feed.conflict_key or feed.column_names
    return " and ".join(f"{left}.{quote(name)} is not distinct from {right}.{quote(name)}" for name in names)


def _identity(feed: Feed) -> tuple[str, ...]:
    return feed.conflict_key or feed.key


def _union(table: str, feeds: Iterable[str], columns: str, condition: str) -> str:
    # Of deliveries that tell nothing there is no feed.
    nothing = (
        f"select {columns} from (select 0 as file_number, 0 as row_number, '' as reason, '' as verdict) where false"
    )
    return " union all ".join([nothing, *(f"select {columns} from {table}_{feed} where {condition}" for feed in feeds)])


def _reject(connection: duckdb.DuckDBPyConnection, feeds: Iterable[str], broken: str) -> bool:
    """Give every canonical row of a broken delivered row its reason; whether there was any."""
    connection.execute(
        "create or replace temp table broken as select file_number, row_number, min(reason) as reason "
        f"from ({broken}) group by file_number, row_number"
    )
    if not connection.execute("select exists (from broken)").fetchall()[0][0]:
        return False
    for feed in feeds:
        connection.execute(
            f"update judged_{feed} as judged set reason = broken.reason from broken where judged.reason is null "
            "and broken.file_number = judged.file_number and broken.row_number = judged.row_number"
        )
    return True


def _settle_feed(connection: duckdb.DuckDBPyConnection, feed: Feed, accepted: str) -> None:
    """Find the rows that repeat or contradict an accepted row, or an earlier one of the batch."""
    key = ", ".join(quote(name) for name in _identity(feed))
    connection.execute(
        f"""
        create or replace temp table contested as
        select {key} from judged_{feed.name} where reason is null group by {key} having count(*) > 1
        union
        select {key} from {accepted} as a
        where exists (select 1 from judged_{feed.name} as b where b.reason is null and {same_key(feed, "a", "b")})
        """
    )
    columns = ", ".join(quote(name) for name in feed.column_names)
    if not connection.execute("select exists (from contested)").fetchall()[0][0]:
        nothing = f"select file_number, row_number, cast(null as VARCHAR) as verdict, {columns} from judged_{feed.name}"
        connection.execute(f"create or replace temp table settled_{feed.name} as {nothing} limit 0")
        return
    pool = f"""
        select 0 as origin, 0 as file_number, 0 as row_number, {columns} from {accepted} as a
        where exists (select 1 from contested as b where {same_key(feed, "a", "b")})
        union all
        select 1 as origin, file_number, row_number, {columns} from judged_{feed.name} as a
        where reason is null and exists (select 1 from contested as b where {same_key(feed, "a", "b")})
    """
    # What nobody knows is no content: an export that gains a column tells nothing else of its old rows.
    content = columns
    if feed.conflict_key:
        first = f"(partition by {key} order by origin, file_number, row_number)"
        verdict = f"""
            case
                when row_number() over {first} = 1 then 'first'
                when row({content}) is not distinct from first_value(row({content})) over {first} then 'duplicate'
                else 'conflict'
            end"""
    else:
        repetition = f"(partition by {content} order by origin, file_number, row_number)"
        verdict = f"case when row_number() over {repetition} = 1 then 'first' else 'duplicate' end"
    connection.execute(
        f"""
        create or replace temp table settled_{feed.name} as
        select file_number, row_number, verdict, {", ".join(quote(name) for name in feed.column_names)}
        from (select *, {verdict} as verdict from ({pool}))
        where origin = 1 and verdict <> 'first'
        """
    )


def _write_outcomes(connection: duckdb.DuckDBPyConnection, feeds: Iterable[str], *, rows_are_split: bool) -> None:
    rejected = _union("judged", feeds, "file_number, row_number, reason", "reason is not null")
    duplicates = _union("settled", feeds, "file_number, row_number", "verdict = 'duplicate'")
    if rows_are_split:
        kept = _union("judged", feeds, "file_number, row_number", "reason is null")
        duplicates = f"""
            select file_number, row_number
            from (select file_number, row_number, count(*) as rows from ({duplicates}) group by all) as repeated
            join (
                select file_number, row_number, count(*) as rows
                from ({kept}) semi join ({duplicates}) using (file_number, row_number) group by all
            ) as kept using (file_number, row_number, rows)
        """
    connection.execute(
        f"""
        create or replace temp table outcomes as
        select file_number, row_number, 'quarantined' as outcome, min(reason) as reason
        from ({rejected}) group by file_number, row_number
        union all
        select file_number, row_number, 'duplicate', null from ({duplicates})
        """
    )
