"""How fast files become rows of ``raw``: ours beside DuckDB's bare readers of the same files, in the same run.

With ``--before`` another checkout of the project ingests the very same files, in turn with this one: what a change
costs shows only beside what was there before it, on the same machine in the same minutes.

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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import duckdb

from tests.sources.stories import adyen, amazon, apple, google, paypal, roku, stripe

_HERE = Path(__file__).parents[2]

_INGEST = """
import sys, time
from pathlib import Path
from pipelines.lake.ingest import ingest
from pipelines.settings import Settings
began, worked = time.perf_counter(), time.process_time()
result = ingest(Settings(), Path(sys.argv[1]), source_name=sys.argv[2])
seconds, processor = time.perf_counter() - began, time.process_time() - worked
loaded = sum(account.rows_loaded + account.rows_duplicate for account in result.accounts)
# Of this process alone: what the system counts as its usage begins with that of the process which started it.
[peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print("measured", loaded, seconds, processor, int(peak.split()[1]) / 1024)
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
    "google": (google.payloads, (google.TOKEN, "GPA.1111-2222-3333-44444", "customer-7")),
    "roku": (
        roku.payloads,
        ('"transactionId": "', '"originalTransactionId": "', '"customerId": "', "customer-7"),
    ),
    "adyen": (adyen.payloads, ('"pspReference": "', "customer-7", "monthly-7")),
}
_TOKEN = re.compile(r"(eyJ[\w-]*)\.(eyJ[\w-]*)\.([\w-]*)")
_PUSHED = re.compile(r'(?<="data": ")[A-Za-z0-9+/]+=*(?=")')


@dataclass(frozen=True)
class Run:
    """What one ingest took: seconds by the clock and of the processor, and the peak of its memory in MiB."""

    seconds: float
    processor: float
    mebibytes: float


@dataclass(frozen=True)
class Measured:
    """One file by DuckDB's bare reader, by us, and by us as we were, where that was asked for."""

    name: str
    rows: int
    bare_seconds: float
    now: Run
    before: Run | None

    def __str__(self) -> str:
        now, before = self.now, self.before
        line = (
            f"{self.name:<12}{self.rows:>12,} rows{self.rows / now.seconds:>12,.0f} rows/s"
            f"{now.seconds / self.bare_seconds:>8.1f} x the bare reader{now.mebibytes:>8,.0f} MiB peak"
        )
        if before is None:
            return line
        return (
            f"{line}\n{'':<12}processor{now.processor:>7.2f} s, before{before.processor:>7.2f} s"
            f"{now.processor / before.processor:>7.2f} x, clock{now.seconds:>7.2f} s, before{before.seconds:>7.2f} s, "
            f"peak before{before.mebibytes:>7,.0f} MiB"
        )


@dataclass(frozen=True)
class Bench:
    """How it is measured: how many rows, how often, and beside which other checkout of the project."""

    rows: int
    runs: int
    before: Path | None


def measure_feed(bench: Bench, name: str) -> Measured:
    """Subscription events in one of the formats that a feed may have."""
    options, reader = _FORMATS[name]

    def write(path: Path) -> int:
        duckdb.execute(f"copy ({_EVENTS.format(rows=bench.rows)}) to '{path}' {options}")
        return bench.rows

    return _measure(bench, name, file=f"events.{name}", write=write, reader=reader, source="canonical")


def measure_sender(bench: Bench, name: str) -> Measured:
    """Payloads of a sender whose identifiers can be told apart in the text: one subscriber's story, told of many."""
    story, marks = _STORIES[name]
    payloads = [json.dumps(payload) for payload in story()]

    def write(path: Path) -> int:
        subscribers = bench.rows // 5 // len(payloads)
        with path.open("w") as stream:
            for number in range(subscribers):
                for payload in payloads:
                    stream.write(_told_of(payload, marks, number) + "\n")
        return subscribers * len(payloads)

    reader = "read_json_objects('{path}', format = 'newline_delimited')"
    return _measure(bench, name, file="payloads.jsonl", write=write, reader=reader, source=name)


def _told_of(payload: str, marks: tuple[str, ...], number: int) -> str:
    for mark in marks:
        payload = payload.replace(mark, f"{mark}{number}")

    def retold(token: re.Match[str]) -> str:
        content = base64.urlsafe_b64decode(token[2] + "==").decode()
        encoded = base64.urlsafe_b64encode(_told_of(content, marks, number).encode()).decode().rstrip("=")
        return f"{token[1]}.{encoded}.{token[3]}"

    def pushed(data: re.Match[str]) -> str:
        content = base64.b64decode(data[0]).decode()
        return base64.b64encode(_told_of(content, marks, number).encode()).decode()

    return _PUSHED.sub(pushed, _TOKEN.sub(retold, payload))


def _measure(bench: Bench, name: str, *, file: str, write: Callable[[Path], int], reader: str, source: str) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "subscription_events" / file
        path.parent.mkdir()
        rows = write(path)
        # An ingest waits for the disk; it should not wait for what is written here.
        os.sync()
        began = time.perf_counter()
        with duckdb.connect() as connection:
            connection.execute(f"create table bare as select * from {reader.format(path=path)}")
        bare_seconds = time.perf_counter() - began
        now: list[Run] = []
        before: list[Run] = []
        for _ in range(bench.runs):
            now.append(_run(_HERE, path, source, rows))
            if bench.before:
                before.append(_run(bench.before, path, source, rows))
        return Measured(name, rows, bare_seconds, _least(now), _least(before) if before else None)


def _run(checkout: Path, path: Path, source: str, rows: int) -> Run:
    """Ingest a file into an empty environment with the code of a checkout, in a process of its own."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-c", _INGEST, str(path), source],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout), "CHURNIQ_HOME": home},
            capture_output=True,
            text=True,
            check=True,
        )
    _, loaded, seconds, processor, mebibytes = done.stdout.splitlines()[-1].split()
    if int(loaded) != rows:
        raise RuntimeError(f"{source}: {checkout} loaded {loaded} of {rows} rows")
    return Run(float(seconds), float(processor), float(mebibytes))


def _least(runs: list[Run]) -> Run:
    return Run(
        seconds=min(run.seconds for run in runs),
        processor=min(run.processor for run in runs),
        mebibytes=min(run.mebibytes for run in runs),
    )


@click.command()
@click.option("--rows", default=1_000_000, show_default=True, help="Events a feed; a fifth as many payloads a sender.")
@click.option("--runs", default=1, show_default=True, help="Ingests of each file, of which the least is printed.")
@click.option(
    "--before",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="Another checkout of the project, which ingests the same files in turn with this one.",
)
@click.argument("names", nargs=-1, type=click.Choice([*_FORMATS, *_STORIES]))
def main(*, rows: int, runs: int, before: Path | None, names: tuple[str, ...]) -> None:
    """Print rows a second from file to raw, and the ratio to DuckDB's bare reader of the same file.

    NAMES are the formats and senders to measure; all of them without any.
    """
    bench = Bench(rows, runs, before)
    for name in names or (*_FORMATS, *_STORIES):
        measure = measure_feed if name in _FORMATS else measure_sender
        click.echo(str(measure(bench, name)))


if __name__ == "__main__":
    main()
