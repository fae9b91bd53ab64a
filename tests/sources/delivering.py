"""Payloads through the real way into a lake, and the canonical rows and rejections that came of them.

Belongs here: what the tests of every sender need. Does not belong here: any sender's format.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.lake.ingest import ingest
from pipelines.lake.store import Lake
from pipelines.settings import Settings
from tests.conftest import write_bytes

Row = dict[str, Any]
FIXTURES = Path(__file__).parents[2] / "data" / "senders"


class Inbox:
    """A lake of its own to which a sender delivers; each call of ``deliver`` is one ingest."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHURNIQ_HOME", str(folder / "home"))
        self.settings = Settings()
        self.folder = folder
        self.deliveries = 0

    def deliver(self, source: str, payloads: Sequence[Mapping[str, Any] | str]) -> None:
        """Ingest payloads as one file of JSON Lines."""
        lines = [payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads]
        self.deliver_text(source, "\n".join(lines) + "\n", "payloads.jsonl")

    def deliver_text(self, source: str, text: str, name: str) -> None:
        """Ingest a file with this text and name."""
        self.deliver_files(source, {name: text})

    def deliver_files(self, source: str, texts: Mapping[str, str]) -> None:
        """Ingest files with these names and texts together."""
        self.deliveries += 1
        folder = self.folder / f"delivery-{self.deliveries}"
        for name, text in texts.items():
            write_bytes(folder / name, text)
        ingest(self.settings, folder, source_name=source)

    def rows(self, feed: str, *columns: str, order_by: str = "1") -> list[Row]:
        """The accepted rows of a feed, all columns but the provenance unless some are named; nulls are left out."""
        files = [str(path) for path in Lake(self.settings.lake).canonical_files(feed)]
        if not files:
            return []
        chosen = ", ".join(columns) or "* exclude (extra, source_file, source_row)"
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            result = connection.execute(f"select {chosen} from read_parquet(?) order by {order_by}", [files])
            names = [column[0] for column in result.description]
            found = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        return [{name: value for name, value in row.items() if value is not None} for row in found]

    def rejections(self) -> list[tuple[int, str]]:
        """The row numbers and reasons of the quarantine."""
        files = [str(path) for path in Lake(self.settings.lake).quarantine_files()]
        query = "select row_number, reason from read_parquet(?) order by file, row_number"
        return duckdb.execute(query, [files]).fetchall() if files else []


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inbox:
    """An empty lake."""
    return Inbox(tmp_path, monkeypatch)


def events(inbox: Inbox) -> list[str]:
    """Subscription, type, time, reason and price of the accepted events, in a line each, in their order."""
    names = ("subscription_id", "event_type", "occurred_at", "end_reason", "amount", "billing_interval")
    rows = inbox.rows("subscription_events", *names, order_by="1, 3, event_id")
    return [
        " ".join(f"{value:%Y-%m-%d}" if isinstance(value, datetime) else str(value) for value in row.values())
        for row in rows
    ]


def payments(inbox: Inbox) -> list[str]:
    """Payment, type, customer and money of the accepted payments, in a line each."""
    names = ("transaction_id", "event_type", "customer_id", "amount", "product_kind")
    return [" ".join(str(value) for value in row.values()) for row in inbox.rows("payment_events", *names)]
