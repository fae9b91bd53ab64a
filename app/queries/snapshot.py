"""What a snapshot is as of, which tables it has and how fresh its feeds are.

Belongs here: the build, feeds, files and rejected rows. Does not belong here: business numbers (the modules beside it).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from app.queries.rows import Rows, select


def build_info(file: str) -> dict[str, Any]:
    """as_of, as_of_date, reporting_currency and timezone of the build."""
    return select(file, "select as_of, as_of_date, reporting_currency, timezone from ops.build_info").row(0, named=True)


def tables(file: str) -> frozenset[str]:
    """The public tables that this snapshot has, as schema.table: scores come only with enough history."""
    names = select(file, "select table_schema || '.' || table_name as name from information_schema.tables")
    return frozenset(names["name"].to_list())


def freshness(file: str) -> pl.DataFrame:
    """One row a feed: known rows, newest occurrence and record, and the minutes from that record to the as-of."""
    return select(
        file,
        """
        select feed, known_rows, last_occurred_at, last_recorded_at,
            date_diff('minute', last_recorded_at, as_of) as quiet_for
        from ops.feed_freshness cross join ops.build_info order by known_rows = 0, feed
        """,
    )


def file_totals() -> Rows:
    """The accounting of all files together, one row."""
    return Rows(
        """
        select cast(coalesce(sum(rows_read), 0) as bigint) as rows_read,
            cast(coalesce(sum(rows_loaded), 0) as bigint) as rows_loaded,
            cast(coalesce(sum(rows_duplicate), 0) as bigint) as rows_duplicate,
            cast(coalesce(sum(rows_quarantined), 0) as bigint) as rows_quarantined
        from ops.ingest_files
        """
    )


def ingested_files() -> Rows:
    """The files that were ingested, the newest first."""
    return Rows("select * from ops.ingest_files order by loaded_at desc, feed, file")


def quarantine_reasons(file: str) -> pl.DataFrame:
    """Quarantined rows by feed and reason."""
    return select(
        file, "select feed, reason, count(*) as rows from ops.quarantine group by all order by rows desc, feed, reason"
    )


def quarantined_rows() -> Rows:
    """The shape of the quarantined rows; churniq quarantine show has the rows themselves."""
    return Rows("select feed, file, row_number, reason, raw from ops.quarantine order by feed, file, row_number")


def anomalies() -> Rows:
    """Events that could not apply to their subscription, the newest first."""
    return Rows("select * from ops.sequence_anomalies order by occurred_at desc, event_id")


def columns(file: str) -> frozenset[str]:
    """The columns of the public tables, as schema.table.column."""
    rows = select(file, "select table_schema, table_name, column_name from information_schema.columns")
    return frozenset(".".join(row) for row in rows.iter_rows())
