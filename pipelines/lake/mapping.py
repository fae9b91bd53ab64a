"""A sender's delivered rows as judged rows of canonical feeds.

Belongs here: running a source's selects and rejections. Does not belong here: what they say (``pipelines.sources``).
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pyarrow as pa

from pipelines.contract.feeds import FEEDS
from pipelines.lake.dialects import UnreadableFileError
from pipelines.lake.judge import judged_select
from pipelines.lake.layout import first_line
from pipelines.lake.read import Rows
from pipelines.lake.remarks import near_misses
from pipelines.lake.sql import literal, quote
from pipelines.lake.workspace import make_table
from pipelines.sources.base import Source, Verify
from pipelines.sources.sql import names_a_key_twice

_DELIVERED = "with delivered as (select * exclude (reason, key_hash) from delivered_by_source where reason is null)"


def prepare(connection: duckdb.DuckDBPyConnection, source: Source, rows: Rows, is_sealed: Callable[[str], bool]) -> int:
    """Make the table ``delivered_by_source`` of the rows as the sender's mappings see them, and why some are ruled out.

    The tables that the source derives from it are made, too. ``is_sealed`` says of a payload that it was changed here,
    when a person was erased: the sender's signature cannot hold then, and need not. Gives the number of rows that tell
    the source nothing and were left out.

    Raises ``UnreadableFileError`` when the rows lack what the source needs.
    """
    _require_columns(source, rows)
    verify = source.verify() if source.verify else None
    _find_unverified(connection, rows, verify, is_sealed)
    reasons = "\n".join(f"when {condition} then {literal(code)}" for condition, code in source.rejections)
    select = _parsed(source, rows.relation) if source.parsed else _table(source, rows)
    keys = "exclude (document_hash), document_hash" if source.documents else ", null"
    verdict = f"case {reasons} end" if reasons else "null"
    try:
        connection.execute(
            f"""
            create or replace temp table delivered_by_source as
            select delivered.* {keys} as key_hash, coalesce(unverified.reason, {verdict}) as reason
            from ({select}) as delivered left join unverified using (file_number, row_number)
            """
        )
        if source.documents:
            _rule_out_ambiguous(connection, source.documents, rows)
        left_out = 0
        if source.left_out:
            deleted = f"delete from delivered_by_source where reason is null and ({source.left_out})"
            ((left_out,),) = connection.execute(deleted).fetchall()
        for name, derived in source.derived.items():
            connection.execute(f"create or replace temp table {name} as {_DELIVERED} select * from ({derived})")
    except duckdb.Error as error:
        raise UnreadableFileError(first_line(error)) from error
    return int(left_out)


def _require_columns(source: Source, rows: Rows) -> None:
    """Refuse a file without a column that conditions and expressions read: its name may be mistyped."""
    missing = [name for name in source.must_have if rows.fields and name not in rows.fields and name.isidentifier()]
    if missing:
        near = near_misses(rows.fields, missing)
        hint = "".join(f"; its column {sent!r} is nearly {known}" for sent, known in near.items())
        raise UnreadableFileError(f"it lacks the columns {', '.join(missing)} that {source.name} reads{hint}")


def spread_outcomes(connection: duckdb.DuckDBPyConnection, grouped_by: str) -> None:
    """Give every delivered row the outcome of the canonical row that it went into together with others."""
    connection.execute(
        f"""
        insert into outcomes
        select member.file_number, member.row_number, outcomes.outcome, outcomes.reason
        from (
            select file_number, row_number, min(row_number) over (partition by {grouped_by}) as first_row
            from delivered_by_source where reason is null
        ) as member
        join outcomes on outcomes.file_number = member.file_number and outcomes.row_number = member.first_row
        where member.row_number <> member.first_row
        """
    )


def _parsed(source: Source, relation: str) -> str:
    return f"{_payloads(relation)} {source.parsed}"


def _payloads(relation: str) -> str:
    return f"with payloads as (select * from {relation})"


def _rule_out_ambiguous(connection: duckdb.DuckDBPyConnection, documents: str, rows: Rows) -> None:
    """Rule out the rows whose encoded documents name a key twice; one row of each set of keys is looked at."""
    one_of_each = f"""(
        select payloads.* from {rows.relation} as payloads semi join (
            select min_by(file_number, row_number) as file_number, min(row_number) as row_number
            from delivered_by_source group by key_hash
        ) using (file_number, row_number)
    )"""
    connection.execute(
        f"""
        update delivered_by_source set reason = 'duplicate_key' where key_hash in (
            select document_hash from ({_payloads(one_of_each)} {documents})
            where {names_a_key_twice("document_keys")}
        )
        """
    )


def mapped_select(connection: duckdb.DuckDBPyConnection, source: Source, feed: str, currency: str) -> str | None:
    """The select of judged rows of one feed that ``delivered_by_source`` tells; none where it tells nothing of it.

    Raises ``UnreadableFileError`` when the rows cannot be mapped.
    """
    try:
        make_table(connection, f"mapped_{feed}", f"{_DELIVERED} select * from ({source.mappings[feed](currency)})")
    except duckdb.Error as error:
        raise UnreadableFileError(first_line(error)) from error
    (is_told,) = connection.execute(f"select exists (from mapped_{feed})").fetchall()[0]
    if not is_told:
        return None
    described = connection.execute(f"describe mapped_{feed}").fetchall()
    columns = {row[0]: row[1] for row in described if row[0] in FEEDS[feed].column_names}
    return judged_select(FEEDS[feed], Rows(f"mapped_{feed}", columns, "null", lambda _: "null"))


def let_wait(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Rule out the rows whose context is not known yet; the views ``known_<feed>`` show what is."""
    for condition, code in source.waiting:
        connection.execute(
            f"update delivered_by_source as delivered set reason = {literal(code)} where reason is null and {condition}"
        )


def inform(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Make the tables that a source derives from its rows and from what is known.

    Raises ``UnreadableFileError`` when they cannot be made.
    """
    try:
        for name, informed in source.informed.items():
            connection.execute(f"create or replace temp table {name} as {_DELIVERED} select * from ({informed})")
    except duckdb.Error as error:
        raise UnreadableFileError(first_line(error)) from error


def _table(source: Source, rows: Rows) -> str:
    missing = [name for name in source.required if name not in rows.columns]
    if missing:
        raise UnreadableFileError(f"it lacks the columns {', '.join(missing)} of source {source.name}")
    fields = ", ".join(
        f"cast({quote(name) if name in rows.columns else 'null'} as VARCHAR) as {quote(name)}"
        for name in (*source.required, *source.optional)
    )
    return f"select file_number, row_number, {fields} from {rows.relation}"


def _find_unverified(
    connection: duckdb.DuckDBPyConnection, rows: Rows, verify: Verify | None, is_sealed: Callable[[str], bool]
) -> None:
    """The table ``unverified`` (file_number, row_number, reason) of the payloads whose signature does not hold."""
    connection.execute(
        "create or replace temp table unverified (file_number INTEGER, row_number BIGINT, reason VARCHAR)"
    )
    if verify is None:
        return
    payloads = connection.execute(f"select file_number, row_number, payload from {rows.relation}")
    broken = []
    while found := payloads.fetchmany(10_000):
        judged = ((number, row, None if is_sealed(payload) else verify(payload)) for number, row, payload in found)
        broken += [row for row in judged if row[2] is not None]
    if broken:
        columns = zip(*broken, strict=True)
        table = pa.table(dict(zip(("file_number", "row_number", "reason"), columns, strict=True)))
        connection.register("broken_signatures", table)
        connection.execute("insert into unverified select * from broken_signatures")
        connection.unregister("broken_signatures")
