"""What a lake holds, as plain rows, and deliveries that keep the contract.

Belongs here: reading a lake back, making rows to deliver. Does not belong here: assertions about a rule.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet

from pipelines.contract.feeds import FEEDS
from pipelines.lake.ingest import IngestResult, ingest
from pipelines.lake.store import FileAccount, Lake
from pipelines.settings import Settings
from tests.conftest import Row, write_bytes, write_rows


def cancellation(event_id: str, **fields: Any) -> Row:
    """A subscription event that needs nothing beyond the required columns."""
    return {
        "event_id": event_id,
        "event_type": "cancel_scheduled",
        "occurred_at": "2025-01-01T00:00:00Z",
        "customer_id": "c1",
        "subscription_id": "s1",
        **fields,
    }


def start(event_id: str, **fields: Any) -> Row:
    """A subscription event with a price."""
    priced = {"event_type": "started", "amount": "9.99", "currency": "EUR", "billing_interval": "month"}
    return cancellation(event_id, **{**priced, **fields})


def payment(event_id: str, **fields: Any) -> Row:
    """A payment event."""
    return {
        "event_id": event_id,
        "event_type": "succeeded",
        "occurred_at": "2025-01-01T00:00:00Z",
        "customer_id": "c1",
        "transaction_id": f"t-{event_id}",
        "amount": "9.99",
        "currency": "EUR",
        **fields,
    }


def deliver(settings: Settings, path: Path, source: str = "canonical") -> IngestResult:
    """Ingest, and hold the accounting identity against what the lake then has, whatever the test is about."""
    lake = Lake(settings.lake)
    before = _rows_in(lake)
    result = ingest(settings, path, source_name=source)
    for account in result.accounts:
        parts = (account.rows_loaded, account.rows_duplicate, account.rows_quarantined)
        assert min(parts) >= 0
        assert account.rows_read == sum(parts), account
    loaded, quarantined = _rows_in(lake)
    loaded -= before[0]
    # What mends an earlier row takes it out of the quarantine, so all accounts are held against all of it.
    assert quarantined == sum(account.rows_quarantined for account in lake.contents().accounts)
    if source == "canonical":
        assert loaded == total(result, "rows_loaded")
    return result


def total(result: IngestResult, name: str) -> int:
    """The sum of one kind of count over the files of an ingest."""
    return sum(getattr(account, name) for account in result.accounts)


def account_of(result: IngestResult, file: str) -> tuple[int, int, int, int]:
    """Rows read, loaded, duplicate and quarantined of the only file whose name ends in ``file``."""
    (account,) = [account for account in result.accounts if account.file.endswith(file)]
    return counts(account)


def counts(account: FileAccount) -> tuple[int, int, int, int]:
    """Rows read, loaded, duplicate and quarantined."""
    return account.rows_read, account.rows_loaded, account.rows_duplicate, account.rows_quarantined


def accepted(settings: Settings, feed: str, columns: str | None = None) -> list[Row]:
    """The accepted rows of a feed in an order of their own, provenance aside unless ``columns`` asks for it."""
    selected = columns or f"{', '.join(FEEDS[feed].column_names)}, extra"
    return _select(Lake(settings.lake).canonical_files(feed), f"select {selected} from read_parquet(?) order by all")


def quarantined(settings: Settings) -> list[Row]:
    """The rejected rows: file, row_number, reason, raw."""
    files = Lake(settings.lake).quarantine_files()
    return _select(files, "select file, row_number, reason, raw from read_parquet(?) order by all")


def reasons(settings: Settings) -> dict[int | None, str]:
    """The reason of each rejected row of an environment into which one file was delivered."""
    return {row["row_number"]: row["reason"] for row in quarantined(settings)}


def _rows_in(lake: Lake) -> tuple[int, int]:
    canonical = [file for feed in FEEDS for file in lake.canonical_files(feed)]
    return _count(canonical), _count(lake.quarantine_files())


def _count(files: list[Path]) -> int:
    return sum(pyarrow.parquet.read_metadata(file).num_rows for file in files)


def _select(files: list[Path], query: str) -> list[Row]:
    if not files:
        return []
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        result = connection.execute(query, [[str(file) for file in files]])
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def read_values(settings: Settings, path: Path, column: str, texts: Sequence[str], template: Row) -> dict[str, Any]:
    """For each text what it became in a column: the stored value as text, or the reason it was refused for.

    In JSON a text that is the text of a JSON value stands for that value.
    """
    rows = [{**template, "event_id": f"e{number}", column: text} for number, text in enumerate(texts)]
    if path.suffix == ".jsonl":
        body = "".join(json.dumps({**row, column: "@"}).replace('"@"', str(row[column])) + "\n" for row in rows)
        write_bytes(path, body)
    else:
        write_rows(path, rows)
    deliver(settings, path)
    rows_in = accepted(settings, path.parent.name, f"event_id, cast({column} as varchar) as value")
    stored = {row["event_id"]: row["value"] for row in rows_in}
    refused = {f"e{row['row_number'] - 1}": row["reason"].removesuffix(f":{column}") for row in quarantined(settings)}
    return {text: {**stored, **refused}[f"e{number}"] for number, text in enumerate(texts)}
