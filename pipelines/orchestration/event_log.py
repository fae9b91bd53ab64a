"""Dagster's event log in one SQLite file behind one engine.

Dagster's own storage makes an engine for every statement, so each of a build's five hundred events is compiled
anew, asks which tables and columns there are, and waits for the disk: a third of a small build. The log is disposable,
its tables stay as they were made, and one engine serves it as well.

Belongs here: that difference, and what a full disk does. Does not belong here: anything else of Dagster's storage.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from dagster import EventLogEntry
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetKeyTable
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import OperationalError

from pipelines.errors import full_disk_sentence

_BUSY_SECONDS = 60


class EngineKeepingEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """The consolidated SQLite event log, with an engine that is kept."""

    @cached_property
    def _engine(self) -> Engine:
        engine = create_engine(self._conn_string, connect_args={"timeout": _BUSY_SECONDS})
        event.listen(engine, "connect", _do_not_wait_for_the_disk)
        return engine

    @cached_property
    def _columns(self) -> dict[str, set[str]]:
        """The columns of each table."""
        found = inspect(self._engine)
        return {table: {column["name"] for column in found.get_columns(table)} for table in found.get_table_names()}

    def has_table(self, table_name: str) -> bool:
        """Whether there is such a table."""
        return table_name in self._columns

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:  # noqa: ARG002 - Dagster's
        return column_name in self._columns[AssetKeyTable.name]

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event; one for which the disk has no room is lost, and what the run does next says why."""
        try:
            super().store_event(event)
        except OperationalError as error:
            if not full_disk_sentence(error):
                raise

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            yield connection


def _do_not_wait_for_the_disk(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")
