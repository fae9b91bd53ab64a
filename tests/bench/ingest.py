"""How fast files become rows of ``raw``: ours beside DuckDB's bare readers of the same files, in the same run.

Belongs here: making files, measuring, printing ratios. Does not belong here: targets.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import click
import duckdb

from tests.sources.stories import amazon, apple, paypal, stripe

_INGEST = """
import sys, time
from pathlib import Path
from pipelines.lake.ingest import ingest
from pipelines.settings import Settings
began = time.perf_counter()
result = ingest(Settings(), Path(sys.argv[1]), source_name=sys.argv[2])
seconds = time.perf_counter() - began
loaded = sum(account.rows_loaded + account.rows_duplicate for account in result.accounts)
# Of this process alone: what the system counts as its usage begins with that of the process which started it.
[peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print("measured", loaded, seconds, int(peak.split()[1]) / 1024)
"""
_EVENTS = """
select
    'event-' || number as event_id,
    case when number % 12 = 0 then 'started' when number % 37 = 0 then 'cancel_scheduled' else 'renewed' end
        as event_type,
    timestamp '2024-01-01' + to_seconds((number % 12) * 2592000 + number % 2592000) as occurred_at,
    'customer-' || number // 12 as customer_id,
    'subscription-' || number // 12 as subscription_id,
    'offer-' || number % 7 as offer_id,
    cast(9.99 as DECIMAL(18,4)) as amount,
    'EUR' as currency,
    'month' as billing_interval,
    timestamp '2024-01-01' + to_seconds((number % 12) * 2592000 + number % 2592000) as period_start,
    timestamp '2024-02-01' + to_seconds((number % 12) * 2592000 + number % 2592000) as period_end,
    'web' as channel,
    'stripe' as provider,
    'NL' as country
from range({rows}) as numbers (number)
"""
_FORMATS: dict[str, tuple[str, str]] = {
    "parquet": ("(format parquet)", "read_parquet('{path}')"),
    "csv": ("(format csv, header)", "read_csv('{path}', all_varchar = true)"),
    "jsonl": ("(format json)", "read_json('{path}', format = 'newline_delimited')"),
}

# The story of each sender and the texts in it that name the subscriber and what was paid.
_STORIES: dict[str, tuple[Callable[[], list[dict[str, Any]]], tuple[str, ...]]] = {
    "stripe": (stripe.payloads, ("story",)),
    "amazon": (amazon.payloads, ("story",)),
    "paypal": (paypal.payloads, ("STORY",)),
    "apple": (
        apple.payloads,
        ('"notificationUUID": "', '"transactionId": "', apple.ORIGINAL, apple.ACCOUNT),
    ),
}
_TOKEN = re.compile(r"(eyJ[\w-]*)\.(eyJ[\w-]*)\.([\w-]*)")


@dataclass(frozen=True)
class Measured:
    """One file by one reader and by us: seconds each, rows, and our peak memory in MiB."""

    name: str
    rows: int
    bare_seconds: float
    our_seconds: float
    our_mebibytes: float

    def __str__(self) -> str:
        return (
            f"{self.name:<12}{self.rows:>12,} rows{self.rows / self.our_seconds:>12,.0f} rows/s"
            f"{self.our_seconds / self.bare_seconds:>8.1f} x the bare reader{self.our_mebibytes:>8,.0f} MiB peak"
        )


def measure_feeds(rows: int) -> Iterator[Measured]:
    """Subscription events in each format that a feed may have."""
    for name, (options, reader) in _FORMATS.items():

        def write(path: Path, options: str = options) -> None:
            duckdb.execute(f"copy ({_EVENTS.format(rows=rows)}) to '{path}' {options}")

        yield _measure(name, file=f"events.{name}", write=write, reader=reader, source="canonical", rows=rows)


def measure_senders(rows: int) -> Iterator[Measured]:
    """Payloads of the senders whose identifiers can be told apart in the text: one subscriber's story, told of many."""
    for name, (story, marks) in _STORIES.items():
        payloads = [json.dumps(payload) for payload in story()]

        def write(path: Path, payloads: list[str] = payloads, marks: tuple[str, ...] = marks) -> None:
            with path.open("w") as stream:
                for number in range(rows // len(payloads)):
                    for payload in payloads:
                        stream.write(_told_of(payload, marks, number) + "\n")

        count = rows // len(payloads) * len(payloads)
        reader = "read_json_objects('{path}', format = 'newline_delimited')"
        yield _measure(name, file="payloads.jsonl", write=write, reader=reader, source=name, rows=count)


def _told_of(payload: str, marks: tuple[str, ...], number: int) -> str:
    for mark in marks:
        payload = payload.replace(mark, f"{mark}{number}")

    def retold(token: re.Match[str]) -> str:
        content = base64.urlsafe_b64decode(token[2] + "==").decode()
        encoded = base64.urlsafe_b64encode(_told_of(content, marks, number).encode()).decode().rstrip("=")
        return f"{token[1]}.{encoded}.{token[3]}"

    return _TOKEN.sub(retold, payload)


def _measure(name: str, *, file: str, write: Callable[[Path], None], reader: str, source: str, rows: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "subscription_events" / file
        path.parent.mkdir()
        write(path)
        # An ingest waits for the disk; it should not wait for what is written here.
        os.sync()
        began = time.perf_counter()
        with duckdb.connect() as connection:
            connection.execute(f"create table bare as select * from {reader.format(path=path)}")
        bare_seconds = time.perf_counter() - began
        done = subprocess.run(
            [sys.executable, "-c", _INGEST, str(path), source],
            env={**os.environ, "CHURNIQ_HOME": f"{folder}/home"},
            capture_output=True,
            text=True,
            check=True,
        )
        _, loaded, seconds, mebibytes = done.stdout.splitlines()[-1].split()
        if int(loaded) != rows:
            raise RuntimeError(f"{name}: {loaded} of {rows} rows were loaded")
        return Measured(name, rows, bare_seconds, float(seconds), float(mebibytes))


@click.command()
@click.option("--rows", default=1_000_000, show_default=True, help="Events a feed; a fifth as many payloads a sender.")
def main(*, rows: int) -> None:
    """Print rows a second from file to raw, and the ratio to DuckDB's bare reader of the same file."""
    for measured in chain(measure_feeds(rows), measure_senders(rows // 5)):
        click.echo(str(measured))


if __name__ == "__main__":
    main()
