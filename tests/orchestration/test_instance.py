"""Dagster's instance of an environment: its folder, its tables, its log of events.

Belongs here: what several commands at once and a full disk do to it. Does not belong here: runs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from dagster import DagsterInstance
from filelock import FileLock
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from pipelines.errors import UserError
from pipelines.orchestration.event_log import EngineKeepingEventLogStorage
from pipelines.orchestration.run import dagster_home
from pipelines.settings import Settings


def test_the_tables_are_there_before_anybody_opens_the_instance(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two builds that began at once in a new home made them both, and one failed on a table that was there already."""
    home = dagster_home(settings)
    with closing(sqlite3.connect(home / "history" / "runs.db")) as connection:
        assert connection.execute("select count(*) from snapshots").fetchall() == [(0,)]
    monkeypatch.setenv("CHURNIQ_WAIT_SECONDS", "0")
    with FileLock(settings.locks / "dagster.lock"), pytest.raises(UserError, match="Another start of Dagster"):
        dagster_home(Settings())


@pytest.fixture
def instance(settings: Settings) -> Iterator[DagsterInstance]:
    """The instance of an environment."""
    with DagsterInstance.from_config(str(dagster_home(settings))) as instance:
        yield instance


def _log_on_every_connection(instance: DagsterInstance, statement: str) -> None:
    """Have the log of events run a statement on each connection from now on."""
    storage = instance.event_log_storage
    assert isinstance(storage, EngineKeepingEventLogStorage)
    storage._engine.dispose()
    event.listen(storage._engine, "connect", lambda connection, _: connection.execute(statement))


def _report(instance: DagsterInstance) -> None:
    instance.report_engine_event("begun " * 10_000, job_name="full_build", run_id="a" * 8)


def test_an_event_without_room_is_lost_in_silence(
    instance: DagsterInstance, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a full disk each event printed the error of SQLite, and the sentence of the build was the last of many."""
    _report(instance)
    _log_on_every_connection(instance, "pragma max_page_count = 1")
    _report(instance)
    assert capsys.readouterr().err == ""
    assert len(instance.all_logs("a" * 8)) == 1


def test_any_other_error_of_the_log_is_told(instance: DagsterInstance) -> None:
    _log_on_every_connection(instance, "drop table if exists event_logs")
    with pytest.raises(OperationalError, match="no such table"):
        _report(instance)
