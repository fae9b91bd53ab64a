"""How the app reaches a published snapshot: read only, unable to touch any other file.

Belongs here: opening a snapshot file and turning a query into a frame. Does not belong here: SQL (``app.queries``),
choosing a snapshot (``app.view``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from threading import local

import duckdb
import polars as pl

Value = str | int | float | date | datetime | tuple[str, ...] | list[str] | None

# Given at the opening: sessions share one database in the process, which can be locked only once.
_READ_ONLY: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "lock_configuration": "true",
}


class _Held(local):
    """The databases that a run of a page holds open, by file; None outside of a run."""

    databases: dict[str, duckdb.DuckDBPyConnection] | None = None


_held = _Held()


@contextmanager
def reading_together() -> Iterator[None]:
    """Open a snapshot once for all queries within, on this thread: to open one takes longer than most of them."""
    _held.databases = {}
    try:
        yield
    finally:
        for database in _held.databases.values():
            database.close()
        _held.databases = None


@contextmanager
def open_snapshot_file(file: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the snapshot ``file``, closed at the end."""
    if _held.databases is not None and file not in _held.databases:
        _held.databases[file] = _connect(file)
    # While one is open in the process, another is one to the same database.
    connection = _connect(file)
    try:
        yield connection
    finally:
        connection.close()


def _connect(file: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(file, read_only=True, config=_READ_ONLY)


def fetch(file: str, sql: str, parameters: Mapping[str, Value] | None = None) -> pl.DataFrame:
    """The rows of one query on the snapshot ``file``, with ``parameters`` bound by name."""
    with open_snapshot_file(file) as connection:
        bound = {name: list(value) if isinstance(value, tuple) else value for name, value in (parameters or {}).items()}
        frame = pl.from_arrow(connection.sql(sql, params=bound).to_arrow_table())
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table, not a column, for the type checker
    return frame
