"""The Dagster resource that gives a run its build: configured as of when, alone in its environment, with dbt at hand.

Belongs here: the lifetime of a build within a run, and the record of how it went. Does not belong here: the build
(``pipelines.warehouse.build``).
"""

import time
from collections.abc import Iterator
from dataclasses import replace

from dagster import DagsterEventType, DagsterInstance, Field, InitResourceContext, resource

from pipelines.alerts.sending import run_alerts_quietly
from pipelines.contract.suites_process import suites_at_hand
from pipelines.errors import UserError
from pipelines.settings import Settings
from pipelines.warehouse.build import Build, only_build
from pipelines.warehouse.build_record import (
    BuildRecord,
    code_fingerprint,
    failure_sentence,
    last_build,
    now,
    started_by,
    write_record,
)
from pipelines.warehouse.dbt import dbt_at_hand


@resource(
    config_schema={
        "as_of": Field(str, default_value="latest", description="latest, now, or a timestamp: what was known then."),
        "full_refresh": Field(bool, default_value=False, description="Build everything again from the lake."),
    },
    description="A build; only one runs in an environment at a time.",
)
def build_resource(context: InitResourceContext) -> Iterator[Build]:
    """Hold the lock of builds, and the processes of dbt and of the suites, while the run lasts; record how it went."""
    settings = Settings().prepare()
    try:
        yield from _build(context, settings)
    finally:
        # Once the lock is free: telling somebody may take a while.
        if context.dagster_run is not None:
            run_alerts_quietly(settings, trigger="build")


def _build(context: InitResourceContext, settings: Settings) -> Iterator[Build]:
    run, instance = context.dagster_run, context.instance
    with only_build(settings), dbt_at_hand() as dbt, suites_at_hand() as suites:
        build = Build(settings, **context.resource_config, dbt=dbt, suites=suites)
        if run is None or instance is None:
            yield build
            return
        _close_killed_run(settings, instance)
        began = time.time()
        record = BuildRecord(build.as_of, now(), None, None, started_by(run.tags), run.run_id, code_fingerprint())
        write_record(settings, record)
        try:
            yield build
        finally:
            failure = _failure(settings, instance, record, began)
            write_record(settings, replace(record, ended_at=now(), failure=failure))


def _close_killed_run(settings: Settings, instance: DagsterInstance) -> None:
    """Mark as failed the run of a build whose process was killed; to be called while the lock is held."""
    try:
        record = last_build(settings)
    except UserError:
        return  # What a broken record named is not known; it is about to be written anew.
    killed = instance.get_run_by_id(record.run_id) if record else None
    if killed is not None and not killed.is_finished:
        instance.report_run_failed(killed, "The process of this run was killed.")


def _failure(settings: Settings, instance: DagsterInstance, build: BuildRecord, began: float) -> str | None:
    """Why the run of a build failed, if it did."""
    records = instance.get_records_for_run(build.run_id, of_type=DagsterEventType.STEP_FAILURE).records
    for record in records:
        event = record.event_log_entry.dagster_event
        if event and event.step_failure_data.error:
            return failure_sentence(settings, event.step_failure_data.error, began, build.as_of)
    return None
