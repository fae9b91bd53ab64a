"""The sensor on the inbox and the schedule: on from the start, patient, and trying again what failed."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunRequest, SkipReason, build_sensor_context, materialize
from filelock import FileLock

from pipelines.defs.automation import jobs
from pipelines.defs.training import assets as training_assets
from pipelines.lake.inbox import ingest_inbox
from pipelines.settings import Settings
from pipelines.warehouse.build_record import BuildRecord, now, write_record
from tests.cli.test_status import publish_health
from tests.conftest import write_rows
from tests.lake.contents import payment
from tests.models.histories import make_history


@pytest.fixture
def waiting(settings: Settings) -> Settings:
    """An inbox in which a file waits that nobody writes to."""
    file = write_rows(settings.landing / "payment_events" / "a.csv", [payment("p")])
    os.utime(file, (0, 0))
    return settings


def look(instance: DagsterInstance) -> RunRequest | SkipReason:
    """What the sensor decides."""
    decided = jobs.inbox_sensor(build_sensor_context(instance=instance))
    assert isinstance(decided, RunRequest | SkipReason)
    return decided


def test_automation_is_on_from_the_start() -> None:
    """Both were switched off in a new deployment, and nobody noticed until the dashboard was a week old."""
    assert jobs.daily_build.default_status.value == "RUNNING"
    assert jobs.inbox_sensor.default_status.value == "RUNNING"


def test_champions_of_every_horizon_are_trained_weekly(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores for 60 and 90 days had no model until somebody asked, and then trained while somebody waited."""
    monkeypatch.setattr(training_assets, "read_history", lambda *_: make_history(20))
    done = materialize([training_assets.champion_models])
    assert done.success
    [result] = done.get_asset_materialization_events()
    metadata = result.materialization.metadata
    assert {f"days_{days}" for days in (30, 60, 90)} <= set(metadata)
    assert str(metadata["days_90"].value).startswith("segment-rate")
    assert jobs.weekly_training.default_status.value == "RUNNING"


def test_a_build_that_failed_is_tried_again(waiting: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The build of a file failed once, for want of space, and the file waited for ever."""
    with DagsterInstance.ephemeral() as instance:
        first = look(instance)
        assert isinstance(first, RunRequest)
        run = instance.create_run_for_job(jobs_definition(), tags=dict(first.tags))
        assert isinstance(look(instance), SkipReason), "it is under way"
        instance.report_run_failed(run)
        assert isinstance(look(instance), SkipReason), "not at once"
        real = jobs.time.time
        monkeypatch.setattr(jobs.time, "time", lambda: real() + timedelta(minutes=3).total_seconds())
        again = look(instance)
        assert isinstance(again, RunRequest)
        assert again.run_key != first.run_key, "Dagster starts a key once"


def test_a_run_whose_process_is_gone_is_not_waited_for(waiting: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run was killed before it took the inbox; Dagster held it for started, and the files waited for ever."""
    with DagsterInstance.ephemeral() as instance:
        first = look(instance)
        run = instance.create_run_for_job(jobs_definition(), tags=dict(first.tags), status=DagsterRunStatus.STARTED)
        assert isinstance(look(instance), SkipReason), "it may only have begun"
        real = jobs.time.time
        monkeypatch.setattr(jobs.time, "time", lambda: real() + timedelta(hours=2).total_seconds())
        with FileLock(waiting.locks / "build.lock"):
            assert isinstance(look(instance), SkipReason), "its build is under way"
        again = look(instance)
        assert isinstance(again, RunRequest)
        assert again.run_key != first.run_key
        assert run.run_id


def test_a_build_killed_after_it_took_the_inbox_is_begun_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files were landed when the build was killed: nothing waited any more, and the day was missing until the next."""
    with DagsterInstance.ephemeral() as instance:
        killed = instance.create_run_for_job(jobs_definition(), tags={"churniq/attempt_after_kill": "1"})
        begun = BuildRecord("latest", now(), None, None, run_id=killed.run_id)
        write_record(settings, begun)
        with FileLock(settings.locks / "build.lock"):
            assert isinstance(look(instance), SkipReason), "it runs"
        assert "killed" in str(look(instance).skip_message), "not at once"  # type: ignore[union-attr]
        real = jobs.time.time
        monkeypatch.setattr(jobs.time, "time", lambda: real() + timedelta(minutes=3).total_seconds())
        again = look(instance)
        assert isinstance(again, RunRequest)
        assert again.tags["churniq/attempt_after_kill"] == "2", "each attempt waits longer"
        for other in (replace(begun, ended_at=now()), replace(begun, as_of="2026-05-01")):
            write_record(settings, other)
            assert isinstance(look(instance), SkipReason), other


def test_what_the_build_of_a_past_day_took_is_published(waiting: Settings, tmp_path: Path) -> None:
    """A backfill took the webhooks that waited: nothing waited any more, and readers lacked them for a day."""
    with DagsterInstance.ephemeral() as instance:
        ingest_inbox(waiting, lambda _: None)
        day = BuildRecord("2026-05-01T21:59:59.999999", now(), now(), None)
        write_record(waiting, day)
        for left in (day, replace(day, ended_at=None), replace(day, failure="It failed.")):
            write_record(waiting, left)
            asked = look(instance)
            assert isinstance(asked, RunRequest)
            assert asked.run_key == "not-built-1", "a failure is not tried again and again"
        publish_health(waiting, tmp_path, lake_version=1)
        assert isinstance(look(instance), SkipReason), "nothing is left"


def test_the_sensor_waits_for_a_build_that_somebody_else_runs(waiting: Settings) -> None:
    """The sensor's run met the lock of a build by hand, failed, and was never tried again."""
    with DagsterInstance.ephemeral() as instance:
        with FileLock(waiting.locks / "build.lock"):
            decided = look(instance)
        assert isinstance(decided, SkipReason)
        assert "A build is running" in str(decided.skip_message)
        assert isinstance(look(instance), RunRequest)


def test_a_long_backfill_lets_a_build_of_what_waits_in(waiting: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """During a backfill of a month the sensor only built when it happened to look in the second between two days."""
    day = BuildRecord("2026-05-01T21:59:59.999999", now(), None, None)
    with DagsterInstance.ephemeral() as instance, FileLock(waiting.locks / "build.lock"):
        write_record(waiting, day)
        asked = look(instance)
        assert isinstance(asked, RunRequest)
        instance.create_run_for_job(jobs_definition(), tags=dict(asked.tags), status=DagsterRunStatus.STARTED)
        real = jobs.time.time
        monkeypatch.setattr(jobs.time, "time", lambda: real() + timedelta(hours=2).total_seconds())
        assert isinstance(look(instance), SkipReason), "it waits for the day to end, however long"
        ingest_inbox(waiting, lambda _: None)
        taken = look(instance)
        assert isinstance(taken, RunRequest), "the day took the files, and publishes them beside the current snapshot"
        assert taken.run_key == "not-built-1"
        write_record(waiting, replace(day, as_of="latest"))
        assert isinstance(look(instance), SkipReason)


def jobs_definition():  # type: ignore[no-untyped-def]
    """A job of the name, without the assets that take seconds to load."""
    from dagster import job, op

    @op
    def nothing() -> None:
        """Do nothing."""

    @job
    def full_build() -> None:
        nothing()

    return full_build
