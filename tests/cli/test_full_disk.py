"""A full disk is one sentence, whoever noticed it; ``tests.bench.full_disk`` fills real ones."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import full_disk_sentence
from pipelines.lake.ingest import ingest
from pipelines.settings import Settings
from tests.cli.conftest import Churniq
from tests.conftest import write_rows
from tests.lake.contents import start


def _caused(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        sqlite3.OperationalError("database or disk is full"),
        duckdb.IOException('IO Error: Could not write file "w.duckdb": No space left on device'),
        _caused(RuntimeError("step failed"), OSError(errno.ENOSPC, "No space left on device")),
    ],
)
def test_each_way_to_say_it_is_known(error: Exception) -> None:
    """A full disk in a build was 'this should not have happened', under a traceback of the alerts."""
    assert "is full: free space, then run this again" in str(full_disk_sentence(error))


def test_other_errors_are_none() -> None:
    """A file that may not be written is another mistake, with another remedy."""
    assert full_disk_sentence(PermissionError(errno.EACCES, "Permission denied")) is None


def test_a_command_says_it(
    churniq: Churniq, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is named, so that somebody with several disks knows which one."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(settings.lake / "landed"))

    ingest(settings, write_rows(tmp_path / "in" / "subscription_events" / "a.csv", [start("a")]).parents[1])
    monkeypatch.setattr("pipelines.lake.store.Lake.contents", full)
    refused = churniq("status")
    assert refused.status == 1
    assert refused.sentence.startswith(f"churniq: The disk that has {settings.lake / 'landed'} is full: free space")
