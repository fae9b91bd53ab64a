"""Exports killed by the kernel, at every change that they make to a file.

The hook of Python's audit events counts every file that is opened for writing, renamed, made or removed, and kills the
process with SIGKILL just before one of them: no clean-up of ours runs. What the process wrote before stays, so between
any two changes of the disk there is one kill.

Belongs here: kills. Does not belong here: what an undisturbed export does (``test_exporting``).
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.activation.journal import read_log
from pipelines.activation.recording import read_record
from pipelines.settings import Settings
from tests.activation.killing import NEVER
from tests.activation.publishing import person, publish_people

Run = Callable[[Path, int, Path], int]


@pytest.fixture(scope="module")
def export() -> Iterator[Run]:
    """Exports an environment's segment in a process that dies before a change of that number; the exit status."""
    command = [sys.executable, "-m", "tests.activation.killing"]
    environment = {**os.environ, "CHURNIQ_SECRET_KEY": "the same key in every test"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdin
        assert process.stdout

        def run(folder: Path, number: int, out: Path) -> int:
            process.stdin.write(json.dumps([str(folder), number, str(out)]) + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            return int(process.stdout.readline())  # type: ignore[union-attr]

        yield run
        process.stdin.close()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, export: Run) -> Iterator[Path]:
    """An environment of sixty people at risk, and how many changes an undisturbed export of them makes."""
    folder = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CHURNIQ_HOME", str(folder / "home"))
        patched.setenv("CHURNIQ_SECRET_KEY", "the same key in every test")
        people = [person(f"c{number:03d}", churn_probability=number / 100) for number in range(60)]
        publish_people(Settings().prepare(), people)
        measured = folder.parent / "measured"
        shutil.copytree(folder, measured)
        assert export(measured, NEVER, measured / "out.csv") == 0
        shutil.copy(measured / "changes", folder / "changes")
        yield folder


def _ids(file: Path) -> list[str]:
    return [row["customer_id"] for row in csv.DictReader(file.open())]


def _die_and_mend(export: Run, published: Path, folder: Path, number: int) -> bool:
    """Kill an export before a change and export again elsewhere; whether the killed one had been recorded."""
    shutil.copytree(published, folder)
    out, again = folder / "out.csv", folder / "again.csv"
    assert export(folder, number, out) == -signal.SIGKILL, number
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CHURNIQ_HOME", str(folder / "home"))
        settings = Settings()
        recorded = read_record(settings).arms("spring")
        if out.exists():
            sent = {customer for customer, arm in recorded.items() if arm == "sent"}
            assert set(_ids(out)) == sent, f"sent and not recorded, before change {number}"
        assert export(folder, NEVER, again) == 0, number
        arms = read_record(settings).arms("spring")
        assert len(arms) == 60, number
        assert {customer: arms[customer] for customer in recorded} == recorded, "nobody changes sides"
        assert sorted(_ids(again)) == sorted(customer for customer, arm in arms.items() if arm == "sent")
        assert not list((settings.activation / "unfinished").iterdir()), number
        assert not list(folder.glob(".*.tmp")), number
        assert not list((settings.work / "exports").glob("*")), number
        if recorded:
            assert out.read_bytes() == again.read_bytes(), f"recorded and never sent, before change {number}"
        else:
            assert not out.exists(), number
        assert len(read_log(settings)) == 1 + bool(recorded), number
    shutil.rmtree(folder)
    return bool(recorded)


@pytest.mark.long
def test_a_killed_export_is_finished_or_undone(export: Run, published: Path, tmp_path: Path) -> None:
    """A kill between file and record left people recorded as sent whom nobody wrote to, or the reverse.

    Some of the kills, on both sides of the record; the long test does all of them.
    """
    changes = int((published / "changes").read_text())
    steps = (2, changes // 2, changes - 4, changes - 1)
    recorded = [_die_and_mend(export, published, tmp_path / str(number), number) for number in steps]
    assert recorded[0] is False
    assert recorded[-1] is True


@pytest.mark.long
def test_a_killed_export_is_finished_or_undone_whichever_change_comes_next(
    export: Run, published: Path, tmp_path: Path
) -> None:
    changes = int((published / "changes").read_text())
    assert changes > 20
    recorded = [_die_and_mend(export, published, tmp_path / str(number), number) for number in range(1, changes + 1)]
    assert recorded == sorted(recorded), "once it is recorded, it stays so"
    assert {True, False} == set(recorded)
