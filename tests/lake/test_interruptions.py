"""What happens when an ingest is killed, runs twice at once, or cannot write."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.lake.ingest import ingest
from pipelines.lake.store import FileAccount, Lake
from pipelines.settings import Settings
from tests.conftest import PATIENCE_SECONDS, Row, write_rows
from tests.lake.contents import cancellation, deliver, payment

# Says when the work begins, so that the moment of the kill falls into the work and not into the start of Python.
INGEST = """
import sys
from pathlib import Path
from pipelines.lake.ingest import ingest
from pipelines.settings import Settings
import pyarrow
print("begins", flush=True)
ingest(Settings(), Path(sys.argv[1]), progress=lambda line: print(line, flush=True))
"""


def start_ingest(home: Path, feeds: Path) -> subprocess.Popen[str]:
    """An ingest in a process of its own that has just begun to work."""
    process = subprocess.Popen(
        [sys.executable, "-c", INGEST, str(feeds)],
        env={**os.environ, "CHURNIQ_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    return process


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    """Two feeds in several files and formats, with duplicates, conflicts, broken rows and a broken file."""
    folder = tmp_path / "feeds"
    for part in range(4):
        events: list[Row] = [
            cancellation(f"e{number}", customer_id=f"c{number % 7}") for number in range(part * 50, part * 50 + 80)
        ]
        events += [cancellation("e1", customer_id="another"), cancellation("x", event_type="?")]
        write_rows(folder / "subscription_events" / f"{part}.csv", events)
        write_rows(folder / "payment_events" / f"{part}.jsonl.gz", [payment(f"p{n}") for n in range(part, part + 50)])
    (folder / "payment_events" / "broken.parquet").write_bytes(b"PAR1")
    return folder


def tables(lake: Lake) -> tuple[list[list[FileAccount]], list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Everything that readers can see of a lake, but the moment of loading."""
    canonical: list[tuple[object, ...]] = []
    for feed in FEEDS:
        canonical += _rows(lake.canonical_files(feed))
    accounts = [[replace(account, loaded_at="") for account in commit.accounts] for commit in lake.commits()]
    return accounts, canonical, _rows(lake.quarantine_files())


def _rows(files: list[Path]) -> list[tuple[object, ...]]:
    if not files:
        return []
    with duckdb.connect() as connection:
        paths = [str(file) for file in files]
        return connection.execute("select * from read_parquet(?) order by all", [paths]).fetchall()


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.long)])
def test_a_killed_ingest_leaves_nothing_and_the_same_command_mends_it(
    kills: int, tmp_path: Path, feeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that restarted in the middle of a load left half a day behind, or loaded it twice."""
    began = time.monotonic()
    undisturbed = start_ingest(tmp_path / "undisturbed", feeds)
    assert undisturbed.wait(PATIENCE_SECONDS) == 0, undisturbed.stderr
    duration = time.monotonic() - began
    expected = tables(Lake(tmp_path / "undisturbed" / "lake"))
    assert len(expected[0]) == 1
    seed = random.randrange(1_000_000)
    generator = random.Random(seed)
    killed = 0
    for trial in range(kills):
        home = tmp_path / f"killed-{trial}"
        monkeypatch.setenv("CHURNIQ_HOME", str(home))
        process = start_ingest(home, feeds)
        time.sleep(generator.uniform(0, duration / 2))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        visible = tables(Lake(home / "lake"))
        assert visible in (([], [], []), expected), f"seed {seed}, trial {trial}"
        result = ingest(Settings(), feeds)
        if visible == expected:
            assert all(account.rows_loaded == 0 for account in result.accounts)
        else:
            assert tables(Lake(home / "lake")) == expected, f"seed {seed}, trial {trial}"
    assert killed, f"no process was still running when it was killed (seed {seed})"


def test_the_remains_of_a_killed_ingest_are_never_seen(settings: Settings, feeds: Path) -> None:
    """Files that a killed ingest had written were picked up by the next one's glob."""
    deliver(settings, feeds)
    expected = tables(Lake(settings.lake))
    written = settings.lake / "canonical" / "subscription_events"
    for name in ("00000002-00001.parquet", "00000009-00001.parquet", ".00000002-00002.parquet.tmp"):
        (written / name).write_bytes(b"half a file")
    (settings.lake / "landed" / "subscription_events" / ".landing.tmp").write_bytes(b"half a file")
    (settings.lake / "commits" / ".00000002.json.tmp").write_text('{"loaded_at": ')
    (settings.work / "ingest").mkdir(exist_ok=True)
    (settings.work / "ingest" / "left.parquet").write_bytes(b"half a file")
    assert tables(Lake(settings.lake)) == expected
    write_rows(feeds / "subscription_events" / "later.csv", [cancellation("new")])
    result = deliver(settings, feeds / "subscription_events" / "later.csv")
    assert [account.rows_loaded for account in result.accounts] == [1]
    assert len(tables(Lake(settings.lake))[1]) == len(expected[1]) + 1


def test_a_second_ingest_is_one_sentence(settings: Settings, feeds: Path) -> None:
    """Two writers at once wrote the same commit, and one of them was lost."""
    settings.wait_seconds = 0
    with (
        FileLock(settings.locks / "ingest.lock"),
        pytest.raises(
            UserError, match=r"^Another ingest into .* is running: wait for it to end, then run this again\.$"
        ),
    ):
        ingest(settings, feeds)
    assert Lake(settings.lake).version == 0
    deliver(settings, feeds)


def test_a_second_ingest_waits_and_says_so(settings: Settings, feeds: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A build at night failed, since somebody was loading a file by hand."""
    lock = FileLock(settings.locks / "ingest.lock", thread_local=False)  # another thread releases it
    lock.acquire()
    release = threading.Timer(0.5, lock.release)
    release.start()
    assert ingest(settings, feeds).accounts
    release.join()
    assert caplog.messages == [f"Another ingest into {settings.home} is running: this waits for it to end."]


@pytest.mark.parametrize("folder", ["a file", "no permission"])
def test_a_home_that_cannot_be_written_is_one_sentence(
    folder: str, tmp_path: Path, feeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only disk gave a traceback of forty lines."""
    blocked = tmp_path / "blocked"
    if folder == "a file":
        blocked.write_text("not a folder")
    else:
        blocked.mkdir(mode=0o500)
        if os.access(blocked, os.W_OK):
            pytest.skip("this user writes whatever the permissions say (root): nothing to test here")
    monkeypatch.setenv("CHURNIQ_HOME", str(blocked / "home"))
    sentence = {
        "a file": r"^CHURNIQ_HOME is .*, but .*blocked is a file: set CHURNIQ_HOME to a folder",
        "no permission": r"^CHURNIQ_HOME .* cannot be written \(.*\): free space, change its",
    }
    with pytest.raises(UserError, match=sentence[folder]) as raised:
        ingest(Settings(), feeds)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("limit", [20_000, 1_000])
def test_a_full_disk_loads_nothing_and_is_one_sentence(limit: int, tmp_path: Path, feeds: Path) -> None:
    """A full disk left a commit that named a file of half its size."""
    pytest.importorskip("resource", reason="the size of files can only be limited on Unix")
    for part in range(5):
        # Each file is smaller than the greater limit, but not what is written of them all.
        rows = [cancellation(f"e{part}-{number}", note=os.urandom(20).hex()) for number in range(300)]
        path = write_rows(feeds / "subscription_events" / f"part{part}.csv.zst", rows)
        assert 1_000 < path.stat().st_size < 20_000
    script = (
        "import resource, pyarrow, duckdb, filelock\n"
        "from pipelines.settings import Settings\n"
        "Settings().prepare()\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "from pipelines.errors import UserError\n"
        f"try:\n    exec({INGEST!r})\n"
        "except UserError as error:\n    print(error)\n"
    )
    home = tmp_path / "full"
    done = subprocess.run(
        [sys.executable, "-c", script, str(feeds)],
        env={**os.environ, "CHURNIQ_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ("loading" in done.stdout) == (limit == 20_000), done.stdout
    sentence = done.stdout.splitlines()[-1]
    assert sentence.startswith(f"The lake {home / 'lake'} cannot be written ("), done.stdout
    assert sentence.endswith(": nothing was loaded; free space or correct its permissions, then run this again.")
    assert Lake(home / "lake").version == 0
