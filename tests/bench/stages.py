"""The commands that change a home, each on copies of one small home, and what must be the same after whatever happened.

Belongs here: the home, the commands, the comparison. Does not belong here: what happens to them (``kills``,
``full_disk``).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.lake.sql import canonical_select
from pipelines.lake.store import Lake
from pipelines.privacy.registry import PSEUDONYM
from pipelines.sandbox import simulate

_COMMAND = (
    f"import faulthandler; faulthandler.register({int(signal.SIGUSR1)}); from pipelines.cli import program; program()"
)
STAGES = {
    "ingest": ["ingest", "{feeds}/late"],
    "compact": ["compact", "--fewest", "2"],
    "backup": ["backup", "{target}"],
    "erase": ["erase", "{customer}"],
    "build": ["build"],
}
_LIMIT_SECONDS = 900
_DUMP_SECONDS = 20
_STANDING = re.compile(r'most recent call first\):\n\s*File "[^"]*?([^/"]+)", line (\d+) in (\w+)')


class Stage:
    """A command on copies of one home, which lie in ``root``."""

    def __init__(self, root: Path, name: str, base: Path, values: dict[str, str]) -> None:
        self.root, self.base, self.values = root, base, values
        self.arguments = STAGES[name]

    def start(self, home: Path) -> subprocess.Popen[bytes]:
        """Begin the command on a copy."""
        target = str(home.with_suffix(".backups"))
        arguments = [part.format(**self.values, target=target) for part in self.arguments]
        return churniq(home, *arguments)

    def copy(self, name: str) -> Path:
        """A new copy of the home."""
        home = self.root / name
        for path in (home, home.with_suffix(".backups")):
            shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.base, home, symlinks=True)
        return home


def churniq(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Begin a command on a home; what it complains of is caught."""
    environment = {**os.environ, "CHURNIQ_HOME": str(home), "CHURNIQ_SECRET_KEY": "k" * 32}
    return subprocess.Popen(
        [sys.executable, "-c", _COMMAND, "--quiet", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def content_of(home: Path) -> list[Any]:
    """Rows without who was erased as whom, which is drawn anew; what each delivered file brought; published rows.

    A command that was killed after its last commit and begun again delivers its files a second time, which brings
    nothing and is on account, so a file counts once however often it came.
    """
    lake = Lake(home / "lake")
    contents = lake.contents()
    found: list[Any] = []
    for feed in FEEDS.values():
        names = [f'"{c.name}"' for c in feed.columns if not (c.identifies or c.personal or c.name == "event_id")]
        files = [lake.root / name for name in contents.canonical.get(feed.name, [])]
        select = f"select {', '.join(names)} from ({canonical_select(feed, files)}) order by all"
        found.append(duckdb.execute(select).fetchall())
    loaded: Counter[tuple[str, str, int]] = Counter()
    for account in contents.accounts:
        loaded[account.feed, account.sha256, account.rows_read] += account.rows_loaded
    found.append(sorted((feed, read, rows) for (feed, _, read), rows in loaded.items()))
    link = home / "published" / "current.duckdb"
    if link.exists():
        with duckdb.connect(str(link.resolve()), read_only=True) as connection:
            found.append(published_rows(connection))
    return found


def published_rows(connection: duckdb.DuckDBPyConnection) -> list[Any]:
    """A digest of the rows of every public table, but those that say when and how something ran.

    Who was erased as whom is drawn anew each time, so it is left out.
    """
    tables = connection.sql(
        "select schema_name, table_name from duckdb_tables() where schema_name not in ('ops', 'published') order by all"
    )
    row = f"regexp_replace(cast(rows as varchar), '{PSEUDONYM.pattern}(-[a-z][0-9]+)?', 'erased', 'g')"
    found = []
    for schema, table in tables.fetchall():
        digest = f'select count(*), sum(hash({row})::hugeint) from "{schema}"."{table}" as rows'
        found.append((schema, table, connection.sql(digest).fetchall()))
    return found


def finish(process: subprocess.Popen[bytes], seconds: float = _LIMIT_SECONDS) -> str:
    """Wait for the end of a command; what it complained of if it failed, or what it did when it was waited for no more.

    On a crowded machine a command that is slow and one that hangs look alike, but for where its threads stand.
    """
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGUSR1)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_DUMP_SECONDS)
        process.kill()
        _, said = process.communicate()
        places = ", ".join(f"{name} in {file}:{line}" for file, line, name in _STANDING.findall(said.decode()))
        command = " ".join(str(word) for word in process.args[4:])  # type: ignore[index]
        load = f"a load of {os.getloadavg()[0]:.0f} on {os.cpu_count()} processors"
        return f"{command} did not end within {seconds:.0f} seconds, at {load}: it was at {places}"
    return said.decode() if process.returncode else ""


def prepare(root: Path) -> tuple[Path, dict[str, str]]:
    """A home with deliveries, and what the commands are given: feeds to ingest, a customer to erase."""
    feeds = root / "feeds"
    simulate(subscribers=20, months=3, seed=5, out=feeds / "early")
    simulate(subscribers=20, months=3, seed=6, out=feeds / "late")
    base = root / "base"
    for _ in range(2):
        assert not finish(churniq(base, "ingest", str(feeds / "early")))
    lake = Lake(base / "lake")
    files = lake.canonical_files("payment_events")
    customer = duckdb.execute("select min(customer_id) from read_parquet($1)", [[str(f) for f in files]])
    return base, {"feeds": str(feeds), "customer": str(customer.fetchall()[0][0])}
