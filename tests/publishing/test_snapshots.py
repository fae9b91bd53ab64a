"""Snapshots as files: who can open them, how long they stay, what a kill, a full disk or a flipped byte does."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.publishing.pointers import LINK, Pointer
from pipelines.publishing.snapshots import find_snapshot, open_snapshot, publish, published_pointers
from pipelines.settings import Settings
from tests.cli.conftest import Churniq

DAY = datetime(2025, 3, 1)  # noqa: DTZ001 - snapshots are as of UTC without an offset


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create schema core; create table core.dim_customers as select 'c' || n as customer_id, "
            "hash(n)::varchar as country, cast(n as decimal(38, 4)) as current_mrr from range(50000) as t (n)"
        )
    return path


def put(settings: Settings, warehouse: Path, day: int, *, is_current: bool = True, name: str = "") -> Pointer:
    return publish(
        settings,
        warehouse,
        name=name or f"{day}-{is_current}",
        as_of=DAY + timedelta(days=day),
        lake_version=1,
        is_current=is_current,
    )


def test_a_snapshot_opens_in_the_duckdb_of_two_years_ago(settings: Settings, warehouse: Path) -> None:
    """A BI tool said that the file was of a newer version. Version 64 is that of DuckDB 0.10 to 1.1."""
    pointer = put(settings, warehouse, 1)
    header = (settings.published / pointer.file).read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") == 64


def test_the_stable_path_leads_to_the_current_snapshot(settings: Settings, warehouse: Path) -> None:
    """A dashboard elsewhere went on to read the file of the day it was set up."""
    for day in (1, 2):
        put(settings, warehouse, day)
        put(settings, warehouse, day + 10, is_current=False)
        link = settings.published / LINK
        assert link.resolve() == settings.published / find_snapshot(settings).file
    assert not (settings.published / find_snapshot(settings).file).stat().st_mode & 0o222, "a tool may not write to it"
    with duckdb.connect(str(link), read_only=True) as connection:
        assert connection.execute("select count(*) from core.dim_customers").fetchall() == [(50000,)]


def test_what_is_superseded_stays_readable_while_the_policy_keeps_it(settings: Settings, warehouse: Path) -> None:
    """Yesterday's numbers could not be read again, and as-of snapshots filled the disk."""
    settings.kept_snapshots, settings.kept_as_of_snapshots = 2, 1
    for day in range(1, 7):
        put(settings, warehouse, day)
    for day in (20, 21):
        put(settings, warehouse, day, is_current=False)
    days = [(pointer.as_of_instant - DAY).days for pointer in published_pointers(settings)]
    assert days == [6, 4, 5, 21]
    with open_snapshot(settings, DAY + timedelta(days=4)) as connection:
        assert connection.execute("select count(*) from core.dim_customers").fetchall() == [(50000,)]
    with pytest.raises(UserError, match="There is no snapshot as of 2025-03-04"):
        find_snapshot(settings, DAY + timedelta(days=3))
    files = list((settings.published / "snapshots").iterdir())
    assert len(files) == 4 + 3, "and the newest few that readers may still be on"


PUBLISH = """
import sys
from datetime import datetime
from pathlib import Path
from pipelines.publishing.snapshots import publish
from pipelines.settings import Settings
print("begins", flush=True)
number = int(sys.argv[2])
day = datetime(2025, 4, 1 + number % 28)
publish(Settings(), Path(sys.argv[1]), name=f"killed-{number}", as_of=day, lake_version=1, is_current=True)
"""


@pytest.mark.parametrize("kills", [6, pytest.param(200, marks=pytest.mark.long)])
def test_a_killed_publish_leaves_a_whole_snapshot_and_no_waste(
    kills: int, settings: Settings, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers saw half a snapshot, and each kill left the other half on the disk for ever."""
    put(settings, warehouse, 0)
    seed = random.randrange(1_000_000)
    generator = random.Random(seed)
    killed = 0
    for number in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", PUBLISH, str(warehouse), str(number)],
            env={**os.environ, "CHURNIQ_HOME": str(settings.home)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        time.sleep(generator.uniform(0, 0.25))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        with open_snapshot(settings) as connection:
            assert connection.execute("select count(*), sum(current_mrr) from core.dim_customers").fetchall() == [
                (50000, 1249975000)
            ], f"seed {seed}, trial {number}"
    assert killed, f"nothing was killed (seed {seed})"
    put(settings, warehouse, 40)
    left = [file.name for file in (settings.published / "snapshots").iterdir() if file.name.startswith(".")]
    assert not left


def test_a_full_disk_is_a_sentence_and_heals(settings: Settings, warehouse: Path, tmp_path: Path) -> None:
    """The half of a snapshot that did not fit kept the disk full."""
    put(settings, warehouse, 0)
    before = sorted((settings.published / "snapshots").iterdir())
    script = (
        "import resource\nfrom pipelines.errors import UserError\nimport duckdb\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        f"try:\n    exec({PUBLISH!r})\nexcept UserError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(warehouse), "1"],
        env={**os.environ, "CHURNIQ_HOME": str(settings.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "cannot be written" in done.stdout, done.stdout + done.stderr
    assert "free space" in done.stdout
    assert sorted((settings.published / "snapshots").iterdir()) == before
    assert put(settings, warehouse, 1).as_of == "2025-03-02T00:00:00"


def test_a_flip_in_a_snapshot_or_its_pointer_is_found(churniq: Churniq, settings: Settings, warehouse: Path) -> None:
    """A flipped digit of a pointer gave the snapshot another date; one of a snapshot, a customer other revenue."""
    pointer = put(settings, warehouse, 1)
    put(settings, warehouse, 2, is_current=False)
    assert churniq("verify").status == 0
    files = [path for path in settings.published.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) == 4
    for path in files:
        whole = path.read_bytes()
        path.chmod(0o600)
        for position in (len(whole) // 4, len(whole) // 2, len(whole) - 2):
            content = bytearray(whole)
            content[position] ^= 1
            path.write_bytes(content)
            found = churniq("verify")
            assert found.status == 1, (path, position)
            assert path.name in found.err
            path.write_bytes(whole)
    current = settings.published / "current.json"
    altered = json.loads(current.read_text()) | {"as_of": "2025-03-03T00:00:00"}
    current.write_text(json.dumps(altered))
    assert f"{current} is broken" in churniq("sql", "select 1").sentence
    assert pointer.digest == "", "what is written is sealed, what is returned is the plain facts"


def test_damage_met_by_a_query_names_the_snapshot(churniq: Churniq, settings: Settings, warehouse: Path) -> None:
    """DuckDB's own words on a damaged block named no file of ours and no remedy."""
    path = settings.published / put(settings, warehouse, 1).file
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    for position in range(3 * 4096 + 4000, len(content), 262144 // 4):
        content[position] ^= 0xFF
    path.write_bytes(content)
    refused = churniq(
        "sql", "select count(*), max(country), sum(current_mrr), max(customer_id) from core.dim_customers"
    )
    assert refused.status == 1
    assert (
        refused.sentence
        == f"churniq: The snapshot {path} is lost or broken: run churniq build, which publishes it again."
    )


@pytest.mark.parametrize(
    "case",
    [
        ("select * from range(11)", ("--max-rows", 10), "gives more than 10 rows"),
        (
            "select count(*) from range(9999999) a, range(9999999) b",
            ("--max-seconds", 0.3),
            "stopped after 0.3 seconds",
        ),
        (
            "select list(r) from range(30000000) as t (r)",
            ("--max-memory", "50MB", "--max-disk", "1MB"),
            "needs more than 50MB of memory and 1MB of temporary disk",
        ),
    ],
)
def test_a_query_is_bounded(
    case: tuple[str, tuple[object, ...], str], churniq: Churniq, settings: Settings, warehouse: Path
) -> None:
    """A careless join took the memory of the whole machine, and its disk."""
    put(settings, warehouse, 1)
    query, bound, sentence = case
    refused = churniq("sql", query, *bound)
    assert refused.status == 1
    assert sentence in refused.sentence
    assert churniq("sql", "select 1", "--max-memory", "much").status == 2
