"""The DuckDB file that one build works in: the lake's rows as tables of the schema ``raw``.

Belongs here: opening the file, showing the lake in it, and what the lake says of the as-of instant and currencies.
Does not belong here: metrics (``dbt_project``) and what readers see (``pipelines.publishing.snapshots``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.alerts.journal import deliveries
from pipelines.contract.feeds import FEEDS
from pipelines.contract.vocabulary import PRICED_EVENT_TYPES
from pipelines.errors import UserError, WrongUsageError
from pipelines.lake.sql import canonical_select, literal, quarantine_select, quote
from pipelines.lake.store import Contents, Lake
from pipelines.privacy.masks import masked_reason, masked_row
from pipelines.settings import Settings

_ACCOUNT_COLUMNS = {
    "feed": "VARCHAR",
    "file": "VARCHAR",
    "sha256": "VARCHAR",
    "rows_read": "BIGINT",
    "rows_loaded": "BIGINT",
    "rows_duplicate": "BIGINT",
    "rows_quarantined": "BIGINT",
    "loaded_at": "TIMESTAMP",
}
_DELIVERY_COLUMNS = {
    "sent_at": "TIMESTAMP",
    "target": "VARCHAR",
    "kind": "VARCHAR",
    "purpose": "VARCHAR",
    "rules": "VARCHAR",
    "is_delivered": "BOOLEAN",
    "failure": "VARCHAR",
}
# What the classifier of topics writes before dbt runs: empty until then, so that dbt always finds them.
_TOPIC_TABLES = {
    "ticket_topics": "ticket_id VARCHAR, topic VARCHAR, topic_probability DOUBLE, model_version VARCHAR",
    "topic_model_quality": "split VARCHAR, topic VARCHAR, metric VARCHAR, value DOUBLE, model_version VARCHAR, "
    "note VARCHAR",
}
# The scores of the build before, or none: what dbt reads of them exists before the model has written any.
_SCORES = (
    "as_of_date DATE, customer_id VARCHAR, subscription_id VARCHAR, horizon_days INTEGER, churn_probability DOUBLE, "
    "risk_band VARCHAR, reason_1 VARCHAR, reason_2 VARCHAR, reason_3 VARCHAR, model_version VARCHAR, "
    "action_1 VARCHAR, action_2 VARCHAR, action_3 VARCHAR, value_at_risk DECIMAL(38, 4), expected_loss DECIMAL(38, 4), "
    "failure_probability DOUBLE, choice_probability DOUBLE"
)


@contextmanager
def open_warehouse(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a warehouse file, closed at the end whatever happens: one that stays open locks out dbt."""
    connection = duckdb.connect(str(path), read_only=read_only)
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def require_readable(connection: duckdb.DuckDBPyConnection) -> None:
    """Read every block of every table once: DuckDB checks each against its checksum, and raises where one is broken."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where not temporary order by all"
    ).fetchall()
    for schema, table in tables:
        connection.execute(f"select bit_xor(hash(one)) from {quote(schema)}.{quote(table)} as one").fetchall()


def register_lake(
    connection: duckdb.DuckDBPyConnection, lake: Lake, *, earlier_files: Mapping[str, int] | None = None
) -> None:
    """Show the accepted rows, the accounts and the quarantine of a lake as views and tables of the schema ``raw``.

    ``earlier_files`` is how many of a feed's files, oldest first, the build before has seen: the rows of the others
    have ``arrived_since``.
    """
    contents = lake.contents()
    register_feeds(connection, lake.root, contents, earlier_files=earlier_files)
    _register_accounts(connection, lake.root, contents)
    _register_deliveries(connection, lake.root.parent)
    for name, columns in _TOPIC_TABLES.items():
        connection.execute(f"create table if not exists raw.{name} ({columns})")
    connection.execute("create schema if not exists scoring")
    connection.execute(f"create table if not exists scoring.fct_churn_scores ({_SCORES})")


def register_feeds(
    connection: duckdb.DuckDBPyConnection,
    root: Path,
    contents: Contents,
    *,
    earlier_files: Mapping[str, int] | None = None,
) -> None:
    """Show the accepted rows of a lake as one view a feed, without its accounts and its quarantine."""
    connection.execute("create schema if not exists raw")
    for feed in FEEDS.values():
        files = [root / name for name in contents.canonical.get(feed.name, [])]
        earlier = (earlier_files or {}).get(feed.name, 0)
        connection.execute(
            f"create or replace view raw.{feed.name} as "
            f"select *, false as arrived_since from ({canonical_select(feed, files[:earlier])}) "
            f"union all by name select *, true as arrived_since from ({canonical_select(feed, files[earlier:])})"
        )


def _register_accounts(connection: duckdb.DuckDBPyConnection, root: Path, contents: Contents) -> None:
    accounts = [
        (*(getattr(account, name) for name in list(_ACCOUNT_COLUMNS)[:-1]), datetime.fromisoformat(account.loaded_at))
        for account in contents.accounts
    ]
    _write_table(connection, "raw.ingest_files", _ACCOUNT_COLUMNS, accounts)
    rejected = quarantine_select([root / name for name in contents.quarantine])
    # The rows themselves stay in the lake, where churniq quarantine show reads them.
    connection.execute(
        "create or replace view raw.quarantine as select feed, file, source_file, row_number, "
        f"{masked_reason('reason')} as reason, {masked_row('raw')} as raw from ({rejected})"
    )


def _register_deliveries(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Show the deliveries of alerts; a journal that is broken is told by whoever sends them, and stops no build."""
    try:
        known = deliveries(home)
    except UserError:
        known = []
    sent = [
        (
            one.instant.astimezone(UTC).replace(tzinfo=None),
            one.target,
            one.kind,
            one.purpose,
            ", ".join(one.rules),
            one.delivered,
            one.error or None,
        )
        for one in known
    ]
    _write_table(connection, "raw.alert_deliveries", _DELIVERY_COLUMNS, sent)


def _write_table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Make a table of these rows anew, all of them by one statement; ``columns`` has the type of each."""
    lists = [list(values) for values in zip(*rows, strict=True)] or [[] for _ in columns]
    unnested = ", ".join(f"unnest(${i}::{kind}[]) as {column}" for i, (column, kind) in enumerate(columns.items(), 1))
    connection.execute(f"create or replace table {name} as select {unnested}", lists)


def resolve_as_of(connection: duckdb.DuckDBPyConnection, requested: str) -> datetime:
    """The instant that a build is as of, UTC without an offset: ``latest``, ``now``, or an ISO 8601 timestamp.

    ``latest`` is the greatest ``recorded_at`` of any accepted row. Raises ``UserError`` when the lake is empty, the
    text is no timestamp, or nothing was known by then.
    """
    earliest, latest = known_span(connection)
    if requested == "latest":
        return latest
    if requested == "now":
        return datetime.now(UTC).replace(tzinfo=None)
    instant = parse_as_of(requested)
    if instant < earliest:
        raise UserError(
            f"As of {instant.isoformat()}Z nothing was known, since the first row of the lake was recorded at "
            f"{earliest.isoformat()}Z: give --as-of that instant or a later one."
        )
    return instant


def known_span(connection: duckdb.DuckDBPyConnection) -> tuple[datetime, datetime]:
    """The least and the greatest ``recorded_at`` of any accepted row; raises ``UserError`` when the lake is empty."""
    recorded = [
        f"select min(recorded_at) as earliest, max(recorded_at) as latest from raw.{feed.name}"
        for feed in FEEDS.values()
        if "recorded_at" in feed.column_names
    ]
    ((earliest, latest),) = connection.execute(
        f"select min(earliest), max(latest) from ({' union all '.join(recorded)})"
    ).fetchall()
    if latest is None:
        raise UserError(_nothing_recorded(connection))
    return earliest, latest


def _nothing_recorded(connection: duckdb.DuckDBPyConnection) -> str:
    """Why nothing says when the lake was as it is: it has no rows, or only such as do not say when they were known."""
    counted = {feed: connection.execute(f"select count(*) from raw.{feed}").fetchall()[0][0] for feed in FEEDS}
    filled = [feed for feed, count in counted.items() if count]
    if not filled:
        return "The lake is empty, so there is nothing to build: run churniq ingest PATH first."
    return (
        f"No row of the lake says when it was recorded (it has {', '.join(filled)} only): ingest the feed of the "
        "subscriptions or payments too, or send recorded_at with these rows."
    )


def parse_as_of(text: str, option: str = "--as-of", words: Sequence[str] = ("latest", "now")) -> datetime:
    """An ISO 8601 timestamp as UTC without an offset; without an offset it is taken as UTC.

    Raises ``WrongUsageError`` that names the option and the ``words`` that it takes instead of a timestamp.
    """
    try:
        instant = datetime.fromisoformat(text)
        return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
    except (ValueError, OverflowError) as error:
        choices = "".join(f"{word}, " for word in words) + ("or " if words else "")
        raise WrongUsageError(
            f"{option} {text} is not understood: give {choices}a timestamp such as 2026-07-01T00:00:00Z."
        ) from error


def resolve_reporting_currency(connection: duckdb.DuckDBPyConnection, settings: Settings, as_of: datetime) -> str:
    """The currency of the reports: the setting, else the lake's only currency, else EUR.

    Raises ``UserError`` when a priced event or a cost known at ``as_of`` is in a currency that has no rate at all.
    """
    priced = ", ".join(literal(event_type) for event_type in PRICED_EVENT_TYPES)
    events = f"""
        select currency, recorded_at, occurred_at from raw.subscription_events where event_type in ({priced})
        union all
        select currency, recorded_at, occurred_at from raw.payment_events
    """
    costs = """
        select currency, coalesce(recorded_at, cost_date) as recorded_at, cost_date as occurred_at
        from raw.acquisition_costs
    """
    currencies = [row[0] for row in connection.execute(f"select distinct currency from ({events})").fetchall()]
    reporting = settings.reporting_currency or (currencies[0] if len(currencies) == 1 else "EUR")
    unrated = connection.execute(
        f"""
        select distinct currency from ({events} union all {costs})
        where recorded_at <= $as_of and occurred_at <= $as_of and currency <> $reporting and currency not in (
            select currency from raw.fx_rates where recorded_at is null or recorded_at <= $as_of
        )
        order by currency
        """,
        {"as_of": as_of, "reporting": reporting},
    ).fetchall()
    if unrated:
        names, them = ", ".join(row[0] for row in unrated), "it" if len(unrated) == 1 else "them"
        raise UserError(
            f"There is no exchange rate from {names} to {reporting}: ingest rates for {them} in the feed fx_rates, "
            "or set CHURNIQ_REPORTING_CURRENCY to the currency of your prices."
        )
    return reporting
