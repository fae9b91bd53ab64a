"""The dbt project as the pipeline sees it: where it lies, its manifest, and running dbt without telemetry.

Belongs here: finding and parsing the project. Does not belong here: models, and Dagster's view of them (``defs``).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pipelines
from pipelines.errors import UserError
from pipelines.settings import Settings
from pipelines.warehouse.dbt_process import PARENT

PROJECT_FOLDER = Path(pipelines.__file__).parent.parent / "dbt_project"
_KINDS = {"test": "check"}
_PARSED_SUFFIXES = (".sql", ".yml", ".md", ".csv")


def dbt_command() -> list[str]:
    """What runs dbt with the running Python; its process ends with the one that started it."""
    return [sys.executable, "-P", "-m", "pipelines.warehouse.dbt_process"]


def dbt_environment(settings: Settings, warehouse: Path) -> dict[str, str]:
    """The variables that dbt runs with: no telemetry, the target folder, and the warehouse it builds in."""
    return {
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "DBT_LOG_PATH": str(settings.work / "dbt"),
        "DBT_TARGET_PATH": str(target_folder(settings)),
        "DBT_VERSION_CHECK": "false",
        "CHURNIQ_WAREHOUSE": str(warehouse),
        PARENT: str(os.getpid()),
    }


def target_folder(settings: Settings) -> Path:
    """Where dbt writes what it compiles."""
    return settings.work / "dbt" / "target"


def manifest_path(settings: Settings) -> Path:
    """The manifest of the project as it is now; parses it first when a file has changed since."""
    manifest = target_folder(settings) / "manifest.json"
    stamp = target_folder(settings) / "parsed_project.sha256"
    current = project_fingerprint()
    if not (manifest.exists() and stamp.exists() and stamp.read_text() == current):
        settings.prepare()
        target_folder(settings).mkdir(parents=True, exist_ok=True)
        # From what it parsed before, dbt may keep the types of columns that have changed together with a macro.
        (target_folder(settings) / "partial_parse.msgpack").unlink(missing_ok=True)
        parsed = subprocess.run(  # noqa: S603 - a fixed command
            [*dbt_command(), "parse", "--project-dir", str(PROJECT_FOLDER), "--profiles-dir", str(PROJECT_FOLDER)],
            # dbt parses everything again for a warehouse of another name; nearly all builds are of the current one.
            env={**os.environ, **dbt_environment(settings, settings.warehouse)},
            capture_output=True,
            text=True,
            check=False,
        )
        if parsed.returncode:
            raise UserError(f"The dbt project {PROJECT_FOLDER} cannot be parsed: {parsed.stdout.strip()[-2000:]}")
        stamp.write_text(current)
    return manifest


def project_fingerprint() -> str:
    """A digest of every file of the project that says what is built."""
    digest = hashlib.sha256()
    for file in sorted(PROJECT_FOLDER.rglob("*")):
        if file.suffix in _PARSED_SUFFIXES and "target" not in file.parts:
            digest.update(str(file.relative_to(PROJECT_FOLDER)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def failed_nodes(settings: Settings, since: float = 0) -> list[str]:
    """What failed in the last run of dbt, as clauses; empty when it succeeded or did not end after a time."""
    results = target_folder(settings) / "run_results.json"
    if not results.exists() or results.stat().st_mtime < since:
        return []
    return [
        f"the {_KINDS.get(kind, kind)} {name} failed ({_shortened(result['message'])})"
        for result in json.loads(results.read_text())["results"]
        for kind, _, name in [result["unique_id"].split(".")[:3]]
        if result["status"] in {"error", "fail"}
    ]


def _shortened(message: str | None) -> str:
    return " ".join((message or "").split())[:300]
