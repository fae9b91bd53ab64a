"""Running the full build through Dagster from the command line, and remembering how the last one went.

Belongs here: Dagster's instance, launching, and turning its failures into sentences.
Does not belong here: the assets (``defs``).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import UserError
from pipelines.lake.inbox import waiting_files
from pipelines.lake.store import Lake
from pipelines.orchestration.progress import DbtProgress
from pipelines.publishing.snapshots import find_snapshot
from pipelines.settings import Settings
from pipelines.warehouse.build import Build, only_build
from pipelines.warehouse.dbt import PROJECT_FOLDER, start_dbt_in_advance

log = logging.getLogger("churniq")

_NAMED = 5  # as many failures as a sentence can hold
_INSTANCE_SETTINGS = """\
telemetry:
  enabled: false
concurrency:
  pools:
    default_limit: 1
event_log_storage:
  module: pipelines.orchestration.event_log
  class: EngineKeepingEventLogStorage
  config:
    base_dir: {event_log}
"""


@dataclass(frozen=True)
class BuildRecord:
    """How a build went; instants are ISO 8601, UTC. ``failure`` is null for a build that published.

    ``code`` is a digest of the program that built."""

    as_of: str
    started_at: str
    ended_at: str
    failure: str | None
    code: str = ""


def dagster_home(settings: Settings) -> Path:
    """The folder of Dagster's instance, made with telemetry off and one writer a pool."""
    home = settings.work / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    wanted = _INSTANCE_SETTINGS.format(event_log=json.dumps(str(home / "event_log")))
    if not configuration.exists() or configuration.read_text() != wanted:
        configuration.write_text(wanted)
    return home


def is_up_to_date(settings: Settings) -> bool:
    """Whether a build as of ``latest`` would publish what is published: no new files, rules, settings or code."""
    last = last_build(settings)
    if last is None or last.failure or last.code != code_fingerprint() or waiting_files(settings):
        return False
    try:
        pointer = find_snapshot(settings)
    except UserError:
        return False
    is_whole = (settings.published / pointer.file).exists() and pointer.lake_version == Lake(settings.lake).version
    return is_whole and Build(settings).has_nothing_new(published_as_of=pointer.as_of_instant)


def run_full_build(settings: Settings, *, as_of: str, full_refresh: bool) -> None:
    """Materialise and check everything and publish it; raises ``UserError`` with the reason when it fails."""
    settings.prepare()
    if not Lake(settings.lake).version and not waiting_files(settings):
        raise UserError("The lake is empty, so there is nothing to build: run churniq ingest PATH first.")
    with only_build(settings):
        pass  # Refused here, a second build leaves the record of the running one alone; the run itself holds the lock.
    started_at = _now()
    failure: str | None = None
    try:
        _execute(settings, as_of=as_of, full_refresh=full_refresh)
    except BaseException as error:
        failure = str(error) or f"The build was stopped ({type(error).__name__})."
        raise
    finally:
        record = BuildRecord(as_of, started_at, _now(), failure, code_fingerprint())
        (settings.work / "last_build.json").write_text(json.dumps(asdict(record), indent=1))


def last_build(settings: Settings) -> BuildRecord | None:
    """The record of the last build of an environment."""
    try:
        return BuildRecord(**json.loads((settings.work / "last_build.json").read_text()))
    except FileNotFoundError:
        return None


def _execute(settings: Settings, *, as_of: str, full_refresh: bool) -> None:
    log.info("building as of %s", as_of)
    start_dbt_in_advance()
    # Great Expectations and scikit-learn take seconds to import; dbt runs in a process of its own meanwhile.
    threading.Thread(target=_warm_up, daemon=True).start()
    from dagster import DagsterError, DagsterInstance, Failure

    os.environ["DAGSTER_HOME"] = str(dagster_home(settings))
    from pipelines.orchestration.definitions import defs

    began = time.time()
    with DagsterInstance.get() as instance, redirect_stdout(DbtProgress()):
        try:
            defs.resolve_job_def("full_build").execute_in_process(
                instance=instance,
                run_config={
                    "resources": {"build": {"config": {"as_of": as_of, "full_refresh": full_refresh}}},
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
            )
        except (DagsterError, Failure) as error:
            # The failure of a dbt model or test is a Failure, which is no DagsterError.
            raise UserError(_sentence(settings, error, began)) from error


def _warm_up() -> None:
    import great_expectations  # noqa: F401
    import sklearn.linear_model  # noqa: F401


def _sentence(settings: Settings, error: BaseException, began: float) -> str:
    """One sentence that says which check or step failed, that readers still have what they had, and what helps."""
    from pipelines.warehouse.dbt import failed_nodes

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UserError):
            return str(cause)
        cause = cause.__cause__

    failed = failed_nodes(settings, since=began)
    more = [f"{len(failed) - _NAMED} more"] if len(failed) > _NAMED else []
    reason = "; ".join([*failed[:_NAMED], *more]) if failed else " ".join(str(error).split())[:600].rstrip(".")
    return (
        f"The build failed and published nothing, so the last snapshot still serves: {reason}; "
        "churniq --debug build shows all of it, and the runbook docs/runbooks/build-failed.md says what to do."
    )


def code_fingerprint() -> str:
    """A digest of every Python file of the program: other code may build other tables from the same lake."""
    digest = hashlib.sha256()
    for package in ("models", "pipelines"):
        for file in sorted((PROJECT_FOLDER.parent / package).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
