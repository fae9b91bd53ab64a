"""Running the full build through Dagster from the command line.

Belongs here: Dagster's instance, launching, and ending with a sentence.
Does not belong here: the assets (``defs``), the record of builds (``pipelines.warehouse.build_record``).
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

from pipelines.contract.suites_process import start_suites_in_advance
from pipelines.errors import UserError
from pipelines.lake.inbox import waiting_files
from pipelines.lake.store import Lake
from pipelines.locks import is_held, waiting_for
from pipelines.orchestration.progress import DbtProgress, signs_of_life
from pipelines.orchestration.stopping import ended_at_once
from pipelines.publishing.snapshots import damaged_snapshots, find_snapshot
from pipelines.settings import Settings
from pipelines.warehouse.build import Build, only_build
from pipelines.warehouse.build_record import (
    BuildRecord,
    code_fingerprint,
    failure_sentence,
    last_build,
    now,
    stopped_sentence,
    write_record,
)
from pipelines.warehouse.dbt import start_dbt_in_advance

log = logging.getLogger("churniq")

_DAMAGED = (
    "The build failed and published nothing, so the last snapshot still serves: the warehouse {} was damaged and is "
    "removed; run churniq build again, which builds it anew from the lake."
)
_INSTANCE_SETTINGS = """\
telemetry:
  enabled: false
freshness:
  enabled: true
# One day of a backfill at a time: each is a process of its own, and all but one would wait for the lock of builds.
concurrency:
  runs:
    tag_concurrency_limits:
      - key: dagster/backfill
        limit: 1
event_log_storage:
  module: pipelines.orchestration.event_log
  class: EngineKeepingEventLogStorage
  config:
    base_dir: {event_log}
"""


def dagster_home(settings: Settings) -> Path:
    """The folder of Dagster's instance, with telemetry off and its tables in place: two that make them at once fail."""
    home = settings.work / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    wanted = _INSTANCE_SETTINGS.format(event_log=json.dumps(str(home / "event_log")))
    starting = waiting_for(
        settings.locks / "dagster.lock", holder=f"Another start of Dagster in {home}", seconds=settings.wait_seconds
    )
    with starting:
        if not configuration.exists() or configuration.read_text() != wanted:
            configuration.write_text(wanted)
        if not (made := home / "tables_are_made").exists():
            from dagster import DagsterInstance

            DagsterInstance.from_config(str(home)).dispose()
            made.touch()
    return home


def _is_up_to_date(settings: Settings) -> bool:
    """Whether a build as of ``latest`` would publish what is published: no new files, rules, settings or code."""
    try:
        last, pointer = last_build(settings), find_snapshot(settings)
    except UserError:
        return False
    has_published = last is not None and last.ended_at is not None and last.failure is None
    if last is None or not has_published or last.code != code_fingerprint() or waiting_files(settings):
        return False
    is_whole = not any(damaged_snapshots(settings)) and pointer.lake_version == Lake(settings.lake).version
    return is_whole and Build(settings).has_nothing_new(published_as_of=pointer.as_of_instant)


def run_full_build(settings: Settings, *, as_of: str, full_refresh: bool) -> bool:
    """Materialise and check everything and publish it; False where a build as of ``latest`` has nothing new to publish.

    Waits for a build that is running. Raises ``UserError`` with the reason when it fails.
    """
    settings.prepare()
    if not Lake(settings.lake).version and not waiting_files(settings):
        raise UserError("The lake is empty, so there is nothing to build: run churniq ingest PATH first.")
    with only_build(settings):  # Before anything is imported that takes long; the run itself holds the lock.
        if as_of == "latest" and not full_refresh and _is_up_to_date(settings):
            return False
    start_dbt_in_advance()
    start_suites_in_advance()
    from dagster._core.utils import make_new_run_id
    from dagster._utils.error import serializable_error_info_from_exc_info

    run_id, began, started_at = make_new_run_id(), time.time(), now()

    def stopped() -> None:
        record, sentence = last_build(settings), stopped_sentence(as_of)
        if record and record.run_id == run_id and record.ended_at is None:
            write_record(settings, replace(record, ended_at=now(), failure=sentence))
        sys.stderr.write(f"churniq: {sentence}\n")

    with ended_at_once(stopped), signs_of_life():
        try:
            _execute(settings, as_of=as_of, full_refresh=full_refresh, run_id=run_id)
        except Exception as error:
            info = serializable_error_info_from_exc_info(sys.exc_info())
            failure = failure_sentence(settings, info, began, as_of)
            if Build(settings, as_of=as_of).discard_damaged_warehouse():
                failure = _DAMAGED.format(settings.warehouse)
            if not is_held(settings.locks / "build.lock"):
                write_record(settings, BuildRecord(as_of, started_at, now(), failure, run_id=run_id))
            raise UserError(failure) from error
    return True


def run_build_within(settings: Settings, *, as_of: str, started_by: str) -> None:
    """The same within a step of another run of Dagster's, which ends with that run; raises ``UserError``."""
    from dagster._core.utils import make_new_run_id
    from dagster._utils.error import serializable_error_info_from_exc_info

    began = time.time()
    try:
        _execute(settings, as_of=as_of, full_refresh=False, run_id=make_new_run_id(), started_by=started_by)
    except Exception as error:
        info = serializable_error_info_from_exc_info(sys.exc_info())
        raise UserError(failure_sentence(settings, info, began, as_of)) from error


def _execute(
    settings: Settings, *, as_of: str, full_refresh: bool, run_id: str, started_by: str = "churniq build"
) -> None:
    log.info("building as of %s", as_of)
    from dagster import DagsterInstance

    os.environ["DAGSTER_HOME"] = str(dagster_home(settings))
    from pipelines.orchestration.definitions import defs

    # It takes a second, and is needed first when the suites have been checked, which another process does.
    threading.Thread(target=_import_what_classifies, daemon=True).start()
    with DagsterInstance.get() as instance, redirect_stdout(DbtProgress()):
        defs.resolve_job_def("full_build").execute_in_process(
            instance=instance,
            run_id=run_id,
            tags={"churniq/started_by": started_by},
            run_config={
                "resources": {"build": {"config": {"as_of": as_of, "full_refresh": full_refresh}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )


def _import_what_classifies() -> None:
    import sklearn.linear_model  # noqa: F401
