"""SIGKILLs at random moments of what changes a home, each followed by the same command again.

``python -m tests.bench.kills --kills 40`` prints, by stage, how many kills hit, and after how many of them the rows of
the lake, its accounts or ``churniq verify`` differed from an undisturbed run. ``--stages ingest,build``
chooses; a build takes longest.

Belongs here: killing and comparing. Does not belong here: what must hold in CI (the tests).
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.lake.sql import canonical_select
from pipelines.lake.store import Lake
from pipelines.sandbox import simulate

_COMMAND = "from pipelines.cli import run; run()"
_STAGES = {
    "ingest": ["ingest", "{feeds}/late"],
    "compact": ["compact", "--fewest", "2"],
    "backup": ["backup", "{target}"],
    "erase": ["erase", "{customer}"],
    "build": ["build"],
}
_LIMIT_SECONDS = 900


class _Stage:
    """A command on copies of one home."""

    def __init__(self, root: Path, name: str, base: Path, values: dict[str, str]) -> None:
        self.root, self.base, self.values = root, base, values
        self.arguments = _STAGES[name]

    def start(self, home: Path) -> subprocess.Popen[bytes]:
        target = str(home.with_suffix(".backups"))
        arguments = [part.format(**self.values, target=target) for part in self.arguments]
        return _churniq(home, *arguments)

    def copy(self, name: str) -> Path:
        home = self.root / name
        for path in (home, home.with_suffix(".backups")):
            shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.base, home, symlinks=True)
        return home


def _churniq(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "CHURNIQ_HOME": str(home), "CHURNIQ_SECRET_KEY": "k" * 32}
    return subprocess.Popen(
        [sys.executable, "-c", _COMMAND, "--quiet", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _content(home: Path) -> list[Any]:
    """Rows without who was erased as whom, which is drawn anew; counts of every account; rows that are published."""
    lake = Lake(home / "lake")
    contents = lake.contents()
    found: list[Any] = []
    for feed in FEEDS.values():
        names = [f'"{c.name}"' for c in feed.columns if not (c.identifies or c.personal or c.name == "event_id")]
        files = [lake.root / name for name in contents.canonical.get(feed.name, [])]
        select = f"select {', '.join(names)} from ({canonical_select(feed, files)}) order by all"
        found.append(duckdb.execute(select).fetchall())
    found.append(sorted((a.feed, a.rows_read, a.rows_loaded, a.rows_duplicate) for a in contents.accounts))
    link = home / "published" / "current.duckdb"
    if link.exists():
        with duckdb.connect(str(link.resolve()), read_only=True) as connection:
            select = "select * from revenue.fct_mrr_movements order by all"
            found.append(connection.execute(select).fetchall())
    return found


def _finish(process: subprocess.Popen[bytes]) -> str:
    """Wait for the end of a command; what it complained of, if it failed."""
    _, said = process.communicate(timeout=_LIMIT_SECONDS)
    return said.decode() if process.returncode else ""


def main() -> None:
    """Kill each stage so often, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40, help="of each stage")
    parser.add_argument("--stages", default=",".join(_STAGES))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        feeds = root / "feeds"
        simulate(subscribers=20, months=3, seed=5, out=feeds / "early")
        simulate(subscribers=20, months=3, seed=6, out=feeds / "late")
        base = root / "base"
        for _ in range(2):
            assert not _finish(_churniq(base, "ingest", str(feeds / "early")))
        lake = Lake(base / "lake")
        files = lake.canonical_files("payment_events")
        customer = duckdb.execute("select min(customer_id) from read_parquet($1)", [[str(f) for f in files]])
        values = {"feeds": str(feeds), "customer": str(customer.fetchall()[0][0])}
        for name in arguments.stages.split(","):
            stage = _Stage(root, name, base, values)
            began = time.monotonic()
            undisturbed = stage.copy("undisturbed")
            assert not _finish(stage.start(undisturbed))
            seconds, expected = time.monotonic() - began, _content(undisturbed)
            hit, wrong = 0, []
            for number in range(arguments.kills):
                home = stage.copy("killed")
                process = stage.start(home)
                try:
                    process.wait(chance.uniform(0.1, 0.95) * seconds)
                except subprocess.TimeoutExpired:
                    process.kill()
                    hit += 1
                process.communicate()
                said = _finish(stage.start(home)) or _finish(_churniq(home, "verify"))
                if said or _content(home) != expected:
                    wrong.append(f"{number}: {said.strip()[-300:] or 'other rows'}")
            print(f"{name:<10}{hit:>6} kills of {seconds:.1f} s  {len(wrong):>4} wrong", *wrong, sep="\n  ", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
