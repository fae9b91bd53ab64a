"""The process of dbt that waits for commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from pipelines.settings import Settings
from pipelines.warehouse.dbt import dbt_environment, start_dbt
from tests.conftest import PATIENCE_SECONDS
from tests.warehouse.running_dbt import dbt

_BUILDER = """
from pipelines.settings import Settings
from pipelines.warehouse.dbt import dbt_environment, start_dbt
settings = Settings().prepare()
process = start_dbt()
print(process._working.process.pid, flush=True)
process.run(["run", "--select", "dim_conventions"], dbt_environment(settings, settings.warehouse))
print("built", flush=True)
import time; time.sleep(60)
"""


def test_commands_follow_each_other_and_leave_the_warehouse_to_others(settings: Settings) -> None:
    """The lock that dbt-duckdb keeps while its process lives refused the next step of the build its own file."""
    name = "dim_conventions"
    for _ in range(2):
        done = dbt(settings, settings.warehouse, "run", "--select", name)
        assert done.returncode == 0, done.stdout
        with duckdb.connect(str(settings.warehouse)) as connection:
            assert connection.execute(
                "select count(*) from information_schema.tables where table_name = $1", [name]
            ).fetchall() == [(1,)]


def test_what_fails_says_so_in_its_status(settings: Settings) -> None:
    """A command that failed looked like one that had nothing to do."""
    nothing_to_read = dbt(settings, settings.warehouse, "run", "--select", "stg_offers")
    assert (nothing_to_read.returncode, "raw" in nothing_to_read.stdout) == (1, True)
    assert dbt(settings, settings.warehouse, "run", "--no-such-option").returncode == 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_does_not_outlive_who_started_it(number: int, settings: Settings) -> None:
    """dbt went on as an orphan after its build was killed, and held the lock that the next build waited for."""
    parent = subprocess.Popen([sys.executable, "-c", _BUILDER], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(parent.pid, number)
    parent.wait(timeout=PATIENCE_SECONDS)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline, "dbt is still there"
        time.sleep(0.05)


def test_one_that_was_killed_is_noticed(settings: Settings) -> None:
    """Out of memory, dbt was killed by the system, and the build waited for its answer for ever."""
    with start_dbt() as process:
        os.kill(process._working.process.pid, signal.SIGKILL)
        done = process.run(["run"], dbt_environment(settings, settings.warehouse))
    assert done.returncode not in {0, 1, 2}
