"""dbt without Dagster, with one parse of the project for all tests of a process.

dbt parses the whole project again, for ten seconds, when the path of the warehouse is another. So every warehouse lies
at one place while dbt works on it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pipelines.settings import Settings
from pipelines.warehouse.dbt import PROJECT_FOLDER, dbt_command, dbt_environment, target_folder

_PARSED = "partial_parse.msgpack"


def dbt(
    settings: Settings,
    warehouse: Path,
    command: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """A command of dbt on a warehouse, with more environment variables; what came of it."""
    workplace = Path(_workplace().name)
    target = target_folder(settings)
    target.mkdir(parents=True, exist_ok=True)
    if not (target / _PARSED).exists():
        shutil.copy(_parsed_project(), target)
    worked_on = workplace / "warehouse.duckdb"
    if warehouse.exists():
        shutil.move(warehouse, worked_on)
    try:
        return _run(command, *arguments, environment={**dbt_environment(settings, worked_on), **(environment or {})})
    finally:
        if worked_on.exists():
            shutil.move(worked_on, warehouse)


@cache
def _workplace() -> tempfile.TemporaryDirectory[str]:
    """Removed with the process."""
    return tempfile.TemporaryDirectory(prefix="churniq-dbt-")


@cache
def _parsed_project() -> Path:
    workplace = Path(_workplace().name)
    parsed = _run(
        "parse",
        environment={
            **dbt_environment(Settings(), workplace / "warehouse.duckdb"),
            "DBT_TARGET_PATH": str(workplace / "target"),
            "DBT_LOG_PATH": str(workplace),
        },
    )
    assert parsed.returncode == 0, parsed.stdout[-3000:]
    return workplace / "target" / _PARSED


def _run(command: str, *arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    folders = ["--project-dir", str(PROJECT_FOLDER), "--profiles-dir", str(PROJECT_FOLDER)]
    return subprocess.run(
        [*dbt_command(), command, *folders, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
