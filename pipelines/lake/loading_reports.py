"""Why nothing of a file was loaded, or rows of it were not, found out of its rows.

Belongs here: the facts of such a file. Does not belong here: the words (``remarks``), the accounting (``loading``).
"""

from __future__ import annotations

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.lake.dialects import wrong_encoding, wrong_lines
from pipelines.lake.files import Format, LandedFile
from pipelines.lake.layout import start_of
from pipelines.lake.read import Rows
from pipelines.lake.remarks import (
    missing_columns_sentence,
    near_misses,
    nothing_loaded_sentence,
    unreadable_rows_sentence,
)
from pipelines.sources.base import Source


def nothing_loaded(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    number: int,
    file: LandedFile,
    rows: Rows,
    *,
    is_trial: bool,
) -> str:
    """What to say of a file of the batch of which no row was loaded, and why, as far as all of its rows show it."""
    path = file.delivery.path
    missing = [] if source.mappings else _missing_columns(connection, number, file, rows)
    near = near_misses(rows.fields, missing or source.columns_read)
    if missing:
        return missing_columns_sentence(path, file.delivery.feed, missing, near=near)
    reasons = connection.execute(
        """
        select reason, count(*) from (
            select reason from rejected where file_number = $1
            union all
            select reason from outcomes where file_number = $1 and outcome = 'quarantined'
        ) group by reason order by count(*) desc, reason
        """,
        [number],
    ).fetchall()
    return nothing_loaded_sentence(
        path,
        sum(n for _, n in reasons),
        reasons,
        near=near,
        problem=_misreading(source, file),
        is_trial=is_trial,
    )


def unreadable_rows(connection: duckdb.DuckDBPyConnection, source: Source, number: int, file: LandedFile) -> str | None:
    """What to say of a file of which some rows are malformed as it is written; None of any other file."""
    ((rows,),) = connection.execute(
        "select count(*) from rejected where file_number = $1 and reason = 'malformed_row'", [number]
    ).fetchall()
    problem = _misreading(source, file) if rows else None
    return unreadable_rows_sentence(file.delivery.path, rows, problem) if problem else None


def _misreading(source: Source, file: LandedFile) -> str | None:
    """What about the form of a file makes its rows malformed, as the end of a sentence; None where nothing is seen."""
    if file.delivery.format not in {Format.CSV, Format.JSON_LINES} or source.files.encoding:
        return None
    start = start_of(file)
    return wrong_encoding(start) or (wrong_lines(start) if file.delivery.format is Format.JSON_LINES else None)


def _missing_columns(connection: duckdb.DuckDBPyConnection, number: int, file: LandedFile, rows: Rows) -> list[str]:
    """The required columns that are in none of a file's rows, be it without a value."""
    feed = FEEDS[file.delivery.feed]
    is_sent = rows.is_sent or (lambda name: str(name in rows.fields).lower())
    sent = ", ".join(f"coalesce(bool_or({is_sent(name)}), true)" for name in feed.required_names)
    (are_sent,) = connection.execute(f"select {sent} from {rows.relation} where file_number = {number}").fetchall()
    return [name for name, was_sent in zip(feed.required_names, are_sent, strict=True) if not was_sent]
