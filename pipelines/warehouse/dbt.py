"""The dbt project as the pipeline sees it: where it lies, its manifest, and running dbt without telemetry.

Run as ``python -m pipelines.warehouse.dbt`` it parses the project, so that the first build need not.

Belongs here: finding and parsing the project. Does not belong here: models, and Dagster's view of them (``defs``).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import yaml

import pipelines
from pipelines.errors import UserError
from pipelines.extensions import dbt_packages
from pipelines.settings import WAREHOUSE_NAME, Settings
from pipelines.warehouse.dbt_process import RUN_RESULTS, DbtProcess

log = logging.getLogger("churniq")

PROJECT_FOLDER = Path(pipelines.__file__).parent.parent / "dbt_project"
_KINDS = {"test": "check"}
MANIFEST = "manifest.json"
PARTIAL_PARSE = "partial_parse.msgpack"
# A selection of dbt: the tests that a model checks itself of as it is built (the macro check_declared_rules).
CHECKED_WITH_THEIR_MODEL = "test_type:generic"
_KEPT_PARSES = 5
_DBT_ENVIRONMENT = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "DBT_VERSION_CHECK": "false",
    # Writing what nobody reads takes longer than small models: a log of every model, the manifest as it was.
    "DBT_LOG_LEVEL_FILE": "error",
    "DBT_WRITE_JSON": "false",
}
_started_in_advance: list[DbtProcess] = []
# Schemas of steps and of persons, and the one of models that name none.
_NOT_PUBLIC = frozenset(("raw", "staging", "intermediate", "private", "main"))
_PARSED_SUFFIXES = (".sql", ".yml", ".md", ".csv")


def dbt_executable() -> str:
    """The dbt beside the running Python, so that a virtual environment need not be activated."""
    beside = Path(sys.executable).with_name("dbt")
    return str(beside) if beside.exists() else "dbt"


def dbt_environment(settings: Settings, warehouse: Path) -> dict[str, str]:
    """The variables that dbt runs with: no telemetry, the target folder, and the warehouse it builds in."""
    return {
        **_DBT_ENVIRONMENT,
        **_packages_environment(),
        "DBT_LOG_PATH": str(settings.work / "dbt"),
        "DBT_TARGET_PATH": str(target_folder(settings)),
        "DBT_PROJECT_DIR": str(PROJECT_FOLDER),
        "DBT_PROFILES_DIR": str(PROJECT_FOLDER),
        "CHURNIQ_WAREHOUSE": str(warehouse),
    }


def target_folder(settings: Settings) -> Path:
    """Where dbt writes what it compiles."""
    return settings.work / "dbt" / "target"


def parsed_project() -> Path:
    """The folder with the project as dbt parsed it (``manifest.json``, ``partial_parse.msgpack``); parses it at first.

    Parsing takes longer than a small build, and depends on nothing but the project and dbt: every environment of this
    user shares what was parsed. Raises ``UserError`` when the project cannot be parsed.
    """
    cache = _cache_folder()
    folder = cache / f"{project_fingerprint()[:16]}-{version('dbt-core')}-{version('dbt-duckdb')}"
    if not (folder / MANIFEST).exists():
        log.info("parsing the dbt project, once for this version of it")
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".parsing-", dir=cache) as temporary:
            _parse(Path(temporary))
            try:
                Path(temporary).rename(folder)
            except OSError:  # Another process was faster; a folder that is not whole is replaced.
                if not (folder / MANIFEST).exists():
                    shutil.rmtree(folder)
                    Path(temporary).rename(folder)
            Path(temporary).mkdir(exist_ok=True)
        _remove_all_but_newest(cache)
    return folder


def manifest_path() -> Path:
    """The manifest of the project as it is now."""
    return parsed_project() / MANIFEST


def schemas_of_packages() -> list[str]:
    """The schemas in which dbt packages of extensions have what readers see: all but those of steps on the way."""
    if not (packages := dbt_packages()):
        return []
    names = {_project_name(folder) for folder in packages.values()}
    nodes = json.loads(manifest_path().read_text())["nodes"].values()
    built = {node["schema"] for node in nodes if node["resource_type"] == "model" and node["package_name"] in names}
    return sorted(built - _NOT_PUBLIC)


def start_dbt() -> DbtProcess:
    """A process of dbt with this project loaded."""
    return DbtProcess(parsed_project() / PARTIAL_PARSE)


@contextmanager
def dbt_at_hand() -> Iterator[DbtProcess]:
    """A process of dbt until the end of the block: the one that was started in advance, or a new one."""
    dbt = _started_in_advance.pop() if _started_in_advance else start_dbt()
    with dbt:
        yield dbt


def start_dbt_in_advance() -> None:
    """Let dbt load while other things are done; ``dbt_at_hand`` gives the process that this starts."""
    _started_in_advance.append(start_dbt())


def _cache_folder() -> Path:
    """Where parsed projects are kept: the cache of this user, or a temporary folder for one who has none."""
    wanted = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "churniq" / "dbt"
    try:
        wanted.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir()) / f"churniq-dbt-{os.getuid()}"
    return wanted


def _packages_environment() -> dict[str, str]:
    """Where dbt finds the packages of extensions: a folder with a link to each, the same for the same packages."""
    if not (packages := dbt_packages()):
        return {}
    listed = json.dumps({name: str(folder) for name, folder in packages.items()}, sort_keys=True)
    cache = _cache_folder().with_name("dbt_packages")
    shown = cache / hashlib.sha256(listed.encode()).hexdigest()[:16]
    if not shown.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            links = Path(temporary) / "links"
            links.mkdir()
            for name, folder in packages.items():
                (links / name).symlink_to(folder)
            with suppress(OSError):  # Another process was faster.
                links.rename(shown)
    return {"CHURNIQ_DBT_PACKAGES": str(shown)}


def _project_name(folder: Path) -> str:
    return str(yaml.safe_load((folder / "dbt_project.yml").read_text())["name"])


def _parse(target: Path) -> None:
    folders = ["--project-dir", str(PROJECT_FOLDER), "--profiles-dir", str(PROJECT_FOLDER)]
    environment = {
        # Names of relations hold the name of the warehouse file, which is the same in every environment.
        **{name: value for name, value in os.environ.items() if not name.startswith("CHURNIQ_BUILD_")},
        **_DBT_ENVIRONMENT,
        **_packages_environment(),
        "DBT_WRITE_JSON": "true",
        "DBT_LOG_PATH": str(target),
        "DBT_TARGET_PATH": str(target),
        "CHURNIQ_WAREHOUSE": str(target / WAREHOUSE_NAME),
    }
    parsed = subprocess.run(  # noqa: S603 - a fixed command
        [dbt_executable(), "parse", *folders], env=environment, capture_output=True, text=True, check=False
    )
    if parsed.returncode:
        raise UserError(f"The dbt project {PROJECT_FOLDER} cannot be parsed: {parsed.stdout.strip()[-2000:]}")
    for left in ("dbt.log", "graph.gpickle"):
        (target / left).unlink(missing_ok=True)


def _remove_all_but_newest(cache: Path) -> None:
    folders = sorted(
        (path for path in cache.iterdir() if not path.name.startswith(".")), key=lambda path: path.stat().st_mtime
    )
    for folder in folders[:-_KEPT_PARSES]:
        shutil.rmtree(folder, ignore_errors=True)


def project_fingerprint() -> str:
    """A digest of every file of the project, and of the packages of extensions, that says what is built."""
    digest = hashlib.sha256()
    for folder in (PROJECT_FOLDER, *dbt_packages().values()):
        for file in sorted(folder.rglob("*")):
            if file.suffix in _PARSED_SUFFIXES and "target" not in file.parts:
                digest.update(str(file.relative_to(folder)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def failed_nodes(settings: Settings, since: float = 0) -> list[str]:
    """What failed in the last run of dbt, as clauses; empty when nothing did, or when the run cannot say."""
    results = target_folder(settings) / RUN_RESULTS
    if not results.exists() or results.stat().st_mtime < since:
        return []
    try:
        outcomes = json.loads(results.read_text())["results"]
    except ValueError:  # A full disk leaves it without an end.
        return []
    return [
        f"the {_KINDS.get(kind, kind)} {name} failed ({_shortened(result['message'])})"
        for result in outcomes
        for kind, _, name in [result["unique_id"].split(".")[:3]]
        if result["status"] in {"error", "fail"}
    ]


def _shortened(message: str | None) -> str:
    """What went wrong, without the place in the project that dbt says before it and the macros that it says after."""
    lines = [line.strip() for line in (message or "").splitlines()]
    if len(lines) > 1 and lines[0].startswith("Compilation Error in "):
        lines = [line for line in lines[1:] if not line.startswith(">")]
    return " ".join(" ".join(lines).split())[:300]


if __name__ == "__main__":
    parsed_project()
