"""Readers while snapshots are published: each answer has to be that of one published snapshot, whole.

``python -m tests.bench.readers --readers 10 --minutes 60`` delivers a payment of the next day, builds, and begins
again. Meanwhile half of the readers open the stable path with DuckDB, read every table, wait with the connection open
and read again; the others open pages of the dashboards. What was read must be a published snapshot, every table of it,
and what a page shows of a snapshot must be the same whenever and by whomever it is opened.

Belongs here: delivering, reading, comparing. Does not belong here: browsers that draw pages (``browsers``).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import click
import duckdb
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from pipelines.publishing.snapshots import find_snapshot
from pipelines.sandbox import simulate
from pipelines.settings import Settings
from tests.bench.browsers import server
from tests.bench.stages import churniq, finish, published_rows
from tests.conftest import write_rows
from tests.lake.contents import payment

# Whose words hang on the snapshot alone, and on no record of runs or deliveries.
_PAGES = ("home", "financial_performance", "retention", "segmentation", "offers_and_coupons", "dunning", "care")
# What shows the choices of a session is of no snapshot.
_SHOWN = ("alert", "arrow_data_frame", "arrow_vega_lite_chart", "exception", "heading", "html", "markdown", "metric")
_AS_OF = re.compile(r"As of \d[^]]*UTC")
_PATIENCE = 120


@dataclass
class _Seen:
    """What was published, what readers were given, and what went wrong."""

    published: set[str] = field(default_factory=set)
    read: list[str] = field(default_factory=list)
    shown: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)


@click.command()
@click.option("--readers", default=10, show_default=True)
@click.option("--minutes", default=60.0, show_default=True)
@click.option("--subscribers", default=200, show_default=True)
def main(readers: int, minutes: float, subscribers: int) -> None:
    """Print how much was published and read, and what of it was of no snapshot or an error; exit 1 on any."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        os.environ["CHURNIQ_HOME"] = str(home)
        simulate(subscribers=subscribers, months=6, seed=5, out=Path(folder) / "feeds")
        seen = _Seen()
        for arguments in (("ingest", str(Path(folder) / "feeds")), ("build",)):
            assert not finish(churniq(home, *arguments))
        seen.published.add(_digest(home))
        with server() as (address, _):
            asyncio.run(_together(home, address, readers, time.monotonic() + minutes * 60, seen))
    strange = [digest for digest in seen.read if digest not in seen.published]
    differing = [f"{page} as of {as_of}" for (page, as_of), shown in seen.shown.items() if len(set(shown)) > 1]
    pages = sum(len(shown) for shown in seen.shown.values())
    click.echo(
        f"{len(seen.published)} snapshots, {len(seen.read)} whole readings of them, {pages} pages of "
        f"{len({as_of for _, as_of in seen.shown})}: {len(strange)} readings of no snapshot, "
        f"{len(differing)} pages that differ, {len(seen.errors)} errors"
    )
    for line in sorted({*seen.errors, *differing}):
        click.echo(f"  {line}")
    if strange or differing or seen.errors:
        sys.exit(1)


async def _together(home: Path, address: str, readers: int, deadline: float, seen: _Seen) -> None:
    await asyncio.gather(
        _publisher(home, deadline, seen),
        *(_visit(address, number, deadline, seen) for number in range(readers // 2)),
        *(_query(home, number, deadline, seen) for number in range(readers - readers // 2)),
    )


async def _publisher(home: Path, deadline: float, seen: _Seen) -> None:
    """Deliver a payment of one more day and build, again and again."""
    file = home.parent / "payment_events" / "more.jsonl"
    at = find_snapshot(Settings()).as_of_instant
    while time.monotonic() < deadline:
        at += timedelta(days=1)
        write_rows(file, [payment(f"more-{at:%Y%m%d}", occurred_at=f"{at.isoformat()}Z")])
        if said := await asyncio.to_thread(_ingest_and_build, home, file.parent):
            seen.errors.append(f"publisher: {said.strip()[-300:]}")
            return
        seen.published.add(await asyncio.to_thread(_digest, home))


def _ingest_and_build(home: Path, folder: Path) -> str:
    """What was complained of."""
    return finish(churniq(home, "ingest", str(folder))) or finish(churniq(home, "build"))


async def _query(home: Path, number: int, deadline: float, seen: _Seen) -> None:
    """Open the stable path, read everything, wait, read everything again through the same connection."""
    choices = random.Random(number)
    while time.monotonic() < deadline:
        try:
            with duckdb.connect(str(home / "published" / "current.duckdb"), read_only=True) as connection:
                for _ in range(2):
                    seen.read.append(await asyncio.to_thread(_digest_of, connection))
                    await asyncio.sleep(choices.uniform(0, 30))
        except duckdb.Error as error:
            seen.errors.append(f"query: {str(error).splitlines()[0]}")


async def _visit(address: str, number: int, deadline: float, seen: _Seen) -> None:
    """Open one page of the dashboards after the other, each in a session of its own."""
    choices = random.Random(number)
    while time.monotonic() < deadline:
        page = choices.choice(_PAGES)
        asked = BackMsg()
        asked.rerun_script.page_name = page
        try:
            async with connect(f"{address.replace('http', 'ws')}/_stcore/stream", max_size=None) as socket:
                await socket.send(asked.SerializeToString())
                elements = [element async for element in _elements(socket)]
        except TimeoutError:
            seen.errors.append(f"{page}: no answer in time, at a load of {os.getloadavg()[0]:.0f}")
            continue
        except (OSError, WebSocketException) as error:
            seen.errors.append(f"{page}: {type(error).__name__} {error}")
            continue
        seen.errors += [f"{page}: {each.exception.message[:200]}" for each in elements if each.exception.message]
        as_of = next((found[0] for each in elements if (found := _AS_OF.search(each.markdown.body))), "")
        words = b"\n".join(element.SerializeToString(deterministic=True) for element in elements)
        seen.shown[page, as_of].append(hashlib.sha256(words).hexdigest())
        await asyncio.sleep(choices.uniform(0, 10))


async def _elements(socket: ClientConnection) -> AsyncIterator[Element]:
    """What a run of a page shows, up to its end."""
    while True:
        message = ForwardMsg.FromString(await asyncio.wait_for(socket.recv(decode=False), _PATIENCE))
        if message.WhichOneof("type") == "script_finished":
            return
        element = message.delta.new_element
        if element.WhichOneof("type") in _SHOWN:
            yield element


def _digest(home: Path) -> str:
    """A digest of every public table of the snapshot that is current."""
    with duckdb.connect(str((home / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        return _digest_of(connection)


def _digest_of(connection: duckdb.DuckDBPyConnection) -> str:
    return hashlib.sha256(repr(published_rows(connection)).encode()).hexdigest()


if __name__ == "__main__":
    main()
