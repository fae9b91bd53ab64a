"""dbt without Dagster: one process of it serves all tests of a process of pytest."""

from __future__ import annotations

import atexit
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pipelines.settings import Settings
from pipelines.warehouse.dbt import dbt_environment, start_dbt
from pipelines.warehouse.dbt_process import DbtProcess


def dbt(
    settings: Settings,
    warehouse: Path,
    command: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """A command of dbt on a warehouse, with more environment variables; what came of it."""
    return dbt_process().run([command, *arguments], {**dbt_environment(settings, warehouse), **(environment or {})})


@cache
def dbt_process() -> DbtProcess:
    """The process that all tests share; ``close_dbt`` ends it."""
    process = start_dbt()
    atexit.register(process.close)
    return process


def close_dbt() -> None:
    """End the process of dbt, so that what it took is known; the next command starts another."""
    if dbt_process.cache_info().currsize:
        dbt_process().close()
        dbt_process.cache_clear()
