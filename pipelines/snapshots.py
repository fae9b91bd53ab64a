"""Published snapshots: read-only DuckDB files, each under a name of its own, and the pointers that readers follow.

A snapshot is written beside its final name, renamed, and only then pointed to, so readers see a whole one or the
one before. A name is never used twice: a process that reopens a path it has open would be given the old content.

Belongs here: publishing, finding and opening snapshots. Does not belong here: what is in them (``dbt_project``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.errors import UserError
from pipelines.lake.read import literal, quote
from pipelines.settings import Settings

PUBLIC_SCHEMAS = ("core", "revenue", "retention", "scoring", "ops")
# The files of earlier current snapshots that are kept for readers that are still on them.
_KEPT_FILES = 3


@dataclass(frozen=True)
class Pointer:
    """Where a published snapshot lies and what it is as of; instants are ISO 8601, UTC without an offset."""

    file: str
    as_of: str
    published_at: str
    lake_version: int

    @property
    def as_of_instant(self) -> datetime:
        """The instant that the snapshot is as of, UTC."""
        return datetime.fromisoformat(self.as_of)


def publish(
    settings: Settings, warehouse: Path, *, name: str, as_of: datetime, lake_version: int, is_current: bool
) -> Pointer:
    """Copy what is public in a warehouse into a new snapshot and point readers to it.

    ``is_current`` moves the snapshot that everything reads by default; otherwise it is published beside that one.
    """
    folder = settings.published / "snapshots"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.duckdb"
    temporary = folder / f".{name}.duckdb.tmp"
    temporary.unlink(missing_ok=True)
    connection = duckdb.connect(str(temporary))
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
        schemas = ", ".join(literal(schema) for schema in PUBLIC_SCHEMAS)
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            f"where database_name = 'warehouse' and schema_name in ({schemas}) order by all"
        ).fetchall()
        for schema, table in tables:
            connection.execute(f"create schema if not exists {schema}")
            # Tables begin with the columns of their grain; sorted by them, the same rows make the same table.
            connection.execute(
                f"create table {schema}.{quote(table)} as select * from warehouse.{schema}.{quote(table)} order by 1, 2"
            )
        connection.execute("detach warehouse")
        connection.execute("checkpoint")
    finally:
        connection.close()
    temporary.replace(target)
    published_at = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    pointer = Pointer(f"snapshots/{target.name}", as_of.isoformat(), published_at, lake_version)
    _point(_current(settings) if is_current else _beside(settings, as_of), pointer)
    _remove_unreferenced(settings)
    return pointer


def find_snapshot(settings: Settings, as_of: datetime | None = None) -> Pointer:
    """The current snapshot, or the one as of an instant; raises ``UserError`` that says how to get it."""
    current = _read(_current(settings))
    if as_of is None:
        if current is None:
            raise UserError(
                f"Nothing is published in {settings.home} yet: run churniq ingest PATH, then churniq build."
            )
        return current
    if current is not None and current.as_of_instant == as_of:
        return current
    beside = _read(_beside(settings, as_of))
    if beside is None:
        raise UserError(
            f"There is no snapshot as of {as_of.isoformat()}: run churniq build --as-of {as_of.isoformat()}Z first."
        )
    return beside


def published_pointers(settings: Settings) -> list[Pointer]:
    """All published snapshots: the current one first, then those beside it by the instant they are as of."""
    paths = [_current(settings), *sorted((settings.published / "as_of").glob("*.json"))]
    return [pointer for path in paths if (pointer := _read(path)) is not None]


@contextmanager
def open_snapshot(settings: Settings, as_of: datetime | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a published snapshot that can reach no other file."""
    pointer = find_snapshot(settings, as_of)
    connection = duckdb.connect(
        str(settings.published / pointer.file),
        read_only=True,
        config={"enable_external_access": "false", "lock_configuration": "true"},
    )
    try:
        yield connection
    finally:
        connection.close()


def _current(settings: Settings) -> Path:
    return settings.published / "current.json"


def _beside(settings: Settings, as_of: datetime) -> Path:
    return settings.published / "as_of" / f"{as_of:%Y%m%dT%H%M%S.%f}.json"


def _point(path: Path, pointer: Pointer) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w") as stream:
        json.dump(asdict(pointer), stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def _read(path: Path) -> Pointer | None:
    try:
        return Pointer(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None


def _remove_unreferenced(settings: Settings) -> None:
    """Remove snapshot files that no pointer names, except the newest few: somebody may be reading them."""
    named = {pointer.file for pointer in published_pointers(settings)}
    files = sorted((settings.published / "snapshots").glob("*.duckdb"), key=lambda file: file.stat().st_mtime_ns)
    for file in [file for file in files if f"snapshots/{file.name}" not in named][:-_KEPT_FILES]:
        file.unlink(missing_ok=True)
