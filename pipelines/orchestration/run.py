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

from pipelines.errors import UserError
from pipelines.lake.inbox import waiting_files
from pipelines.lake.store import Lake
from pipelines.locks import is_held
from pipelines.orchestration.progress import DbtProgress
from pipelines.orchestration.stopping import ended_at_once
from pipelines.settings import Settings
from pipelines.warehouse.build_record import (
    STOPPED,
    BuildRecord,
    failure_sentence,
    last_build,
    now,
    write_record,
)

log = logging.getLogger("churniq")

_INSTANCE_SETTINGS = """\
telemetry:
  enabled: false
event_log_storage:
  module: pipelines.orchestration.event_log
  class: EngineKeepingEventLogStorage
  config:
    base_dir: {event_log}
"""


def dagster_home(settings: Settings) -> Path:
    """The folder of Dagster's instance, made with telemetry off."""
    home = settings.work / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    wanted = _INSTANCE_SETTINGS.format(event_log=json.dumps(str(home / "event_log")))
    if not configuration.exists() or configuration.read_text() != wanted:
        configuration.write_text(wanted)
    return home


def run_full_build(settings: Settings, *, as_of: str, full_refresh: bool) -> None:
    """Materialise and check everything and publish it; raises ``UserError`` with the reason when it fails."""
    settings.prepare()
    if not Lake(settings.lake).version and not waiting_files(settings):
        raise UserError("The lake is empty, so there is nothing to build: run churniq ingest PATH first.")
    from dagster._core.utils import make_new_run_id
    from dagster._utils.error import serializable_error_info_from_exc_info

    from pipelines.warehouse.build import only_build

    with only_build(settings):
        pass  # Before anything is imported that takes long; the run itself holds the lock.
    run_id, began, started_at = make_new_run_id(), time.time(), now()

    def stopped() -> None:
        record = last_build(settings)
        if record and record.run_id == run_id and record.ended_at is None:
            write_record(settings, replace(record, ended_at=now(), failure=STOPPED))
        sys.stderr.write(f"churniq: {STOPPED}\n")

    with ended_at_once(stopped):
        try:
            _execute(settings, as_of=as_of, full_refresh=full_refresh, run_id=run_id)
        except Exception as error:
            info = serializable_error_info_from_exc_info(sys.exc_info())
            failure = failure_sentence(settings, info, began)
            if not is_held(settings.locks / "build.lock"):
                write_record(settings, BuildRecord(as_of, started_at, now(), failure, run_id=run_id))
            raise UserError(failure) from error


def _execute(settings: Settings, *, as_of: str, full_refresh: bool, run_id: str) -> None:
    log.info("building as of %s", as_of)
    # Great Expectations and scikit-learn take seconds to import; dbt runs in a process of its own meanwhile.
    threading.Thread(target=_warm_up, daemon=True).start()
    from dagster import DagsterInstance

    os.environ["DAGSTER_HOME"] = str(dagster_home(settings))
    from pipelines.orchestration.definitions import defs

    with DagsterInstance.get() as instance, redirect_stdout(DbtProgress()):
        defs.resolve_job_def("full_build").execute_in_process(
            instance=instance,
            run_id=run_id,
            tags={"churniq/started_by": "churniq build"},
            run_config={
                "resources": {"build": {"config": {"as_of": as_of, "full_refresh": full_refresh}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )


def _warm_up() -> None:
    import great_expectations  # noqa: F401
    import sklearn.linear_model  # noqa: F401
