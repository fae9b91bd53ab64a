"""The lake's events beside published snapshots: which were known to which, and the file and row of each.

Belongs here: opening snapshots and the lake in one connection. Does not belong here: questions (``restatement``,
``explanation``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import PurePosixPath

import duckdb
import polars as pl

from pipelines.errors import UserError, WrongUsageError
from pipelines.lake.sql import literal
from pipelines.lake.store import Contents, Lake
from pipelines.publishing.snapshots import Pointer
from pipelines.settings import Settings
from pipelines.warehouse.database import register_feeds


@contextmanager
def open_beside_lake(
    settings: Settings, snapshots: Mapping[str, Pointer], *, since: int = 0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with each snapshot attached under its name, and the lake as the newest of them saw it.

    The feeds are views of the schema ``raw`` whose rows have ``arrived_since`` when their file came after the version
    ``since`` of the lake. The table ``deliveries`` names the file behind a ``source_file``.
    """
    newest = max(pointer.lake_version for pointer in snapshots.values())
    lake = Lake(settings.lake)
    contents = lake.contents()
    visible = {
        feed: [name for name in names if _commit_of(name) <= newest] for feed, names in contents.canonical.items()
    }
    earlier = {feed: sum(_commit_of(name) <= since for name in names) for feed, names in visible.items()}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        for name, pointer in snapshots.items():
            connection.execute(f"attach {literal(str(settings.published / pointer.file))} as {name} (read_only)")
        register_feeds(connection, lake.root, replace(contents, canonical=visible), earlier_files=earlier)
        _register_deliveries(connection, contents)
        yield connection


def frame_of(connection: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    """The rows of a query."""
    frame = pl.from_arrow(connection.sql(query).to_arrow_table())
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table, not a column, for the type checker
    return frame


def subscription_events(connection: duckdb.DuckDBPyConnection, snapshot: str) -> str:
    """The lake's subscription events as SQL, each under the subscription that a snapshot has it in.

    Snapshots of before subscriptions were followed under several ids know none but those of the senders.
    """
    found = connection.execute(
        "select 1 from duckdb_tables() where database_name = ? and table_name = 'dim_subscription_ids'", [snapshot]
    )
    if not found.fetchall():
        return "select * from raw.subscription_events"
    return f"""
        select sent.* replace (coalesce(ids.subscription_id, sent.subscription_id) as subscription_id)
        from raw.subscription_events as sent
        left join {snapshot}.core.dim_subscription_ids as ids on ids.sent_subscription_id = sent.subscription_id
        """


def report_date(connection: duckdb.DuckDBPyConnection, snapshot: str, instant: str) -> str:
    """The day of an instant in the report time zone of a snapshot, as SQL."""
    timezone = connection.execute(f"select timezone from {snapshot}.ops.build_info").fetchall()[0][0]
    return f"cast({instant} at time zone 'UTC' at time zone {literal(timezone)} as date)"


def parse_month(text: str) -> date:
    """The first day of a month such as 2026-07; raises ``WrongUsageError`` for anything else."""
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no time zone
    except ValueError as error:
        raise WrongUsageError(f"{text} is not a month: give one such as 2026-07.") from error


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def require_month(connection: duckdb.DuckDBPyConnection, month: date, *snapshots: str) -> None:
    """Raise ``UserError`` that names the months there are, unless all snapshots have the month."""
    for name in snapshots:
        first, last = connection.execute(
            f"select min(month), max(month) from {name}.revenue.fct_mrr_monthly"
        ).fetchall()[0]
        if first is None:
            raise UserError("Nobody has paid a recurring price yet, so there is no month to explain.")
        if not first <= month <= last:
            as_of = connection.execute(f"select as_of from {name}.ops.build_info").fetchall()[0][0]
            raise UserError(
                f"There is no month {month:%Y-%m} as of {as_of.isoformat()}Z: choose one from {first:%Y-%m} "
                f"to {last:%Y-%m}."
            )


def _register_deliveries(connection: duckdb.DuckDBPyConnection, contents: Contents) -> None:
    connection.execute("create temp table deliveries (source_file VARCHAR, file VARCHAR, loaded_at VARCHAR)")
    # The same bytes may have come under several names; the first of them is the one that was loaded.
    first = {account.sha256: account for account in reversed(contents.accounts)}
    rows = [[sha256, account.file, account.loaded_at] for sha256, account in first.items()]
    if rows:
        frame = pl.DataFrame(rows, schema=["source_file", "file", "loaded_at"], orient="row")
        connection.register("accounts", frame.to_arrow())
        connection.execute("insert into deliveries select source_file, file, loaded_at from accounts")
        connection.unregister("accounts")


def _commit_of(name: str) -> int:
    """The number of the commit that added a file of the lake: its name begins with it."""
    return int(PurePosixPath(name).name.partition("-")[0])
