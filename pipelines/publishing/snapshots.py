"""Published snapshots: read-only DuckDB files, each under a name of its own, and the pointers that readers follow.

A snapshot is written beside its final name, renamed, and only then pointed to, so readers see a whole one or the
one before. A name is never used twice: a process that reopens a path it has open would be given the old content.

Belongs here: publishing, finding and opening snapshots. Does not belong here: what is in them (``dbt_project``).
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath

import duckdb

from pipelines.errors import UserError
from pipelines.lake.sql import literal, quote
from pipelines.privacy.keys import secret_key
from pipelines.privacy.masks import masked_column
from pipelines.publishing.descriptions import Description
from pipelines.settings import Settings

PUBLIC_SCHEMAS = (
    "core",
    "revenue",
    "retention",
    "journey",
    "dunning",
    "offers",
    "engagement",
    "care",
    "conventions",
    "scoring",
    "activation",
    "features",
    "ops",
)
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
    settings: Settings,
    warehouse: Path,
    *,
    name: str,
    as_of: datetime,
    lake_version: int,
    is_current: bool,
    descriptions: Sequence[Description] = (),
) -> Pointer:
    """Copy what is public in a warehouse into a new snapshot and point readers to it.

    ``descriptions`` become the table ``ops.glossary``.
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
            "select schema_name, table_name, column_count, list({'name': column_name, 'type': data_type} "
            "order by column_index) from duckdb_tables() join duckdb_columns() "
            "using (database_name, schema_name, table_name) "
            f"where database_name = 'warehouse' and schema_name in ({schemas}) group by all order by all"
        ).fetchall()
        key = secret_key(settings)
        for schema, table, column_count, columns in tables:
            connection.execute(f"create schema if not exists {schema}")
            # Tables begin with the columns of their grain, at most four: sorted by them, rows make one table.
            grain = ", ".join(str(position) for position in range(1, min(column_count, 4) + 1))
            connection.execute(
                f"create table {schema}.{quote(table)} as "
                f"select {_published(columns, key)} from warehouse.{schema}.{quote(table)} order by {grain}"
            )
        connection.execute("detach warehouse")
        _write_glossary(connection, descriptions)
        connection.execute("checkpoint")
    finally:
        connection.close()
    temporary.replace(target)
    published_at = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    pointer = Pointer(f"snapshots/{target.name}", as_of.isoformat(), published_at, lake_version)
    _point(_current(settings) if is_current else _beside(settings, as_of), pointer)
    _remove_unreferenced(settings)
    return pointer


def repoint_snapshots(settings: Settings, rewrite: Callable[[Path, Path], bool]) -> None:
    """Let each pointer lead to a rewritten copy of its snapshot, and remove every file without a pointer at once.

    ``rewrite`` is given a snapshot and the file to write in its place; it says whether it wrote one.
    """
    folder = settings.published / "snapshots"
    for path in _pointer_files(settings):
        pointer = _read(path)
        if pointer is None or not (settings.published / pointer.file).exists():
            continue
        before = settings.published / pointer.file
        # A process that has the file open keeps what was there; a name is never used twice.
        after = folder / f"{before.stem.partition('~')[0]}~{secrets.token_hex(4)}.duckdb"
        temporary = after.with_name(f".{after.name}.tmp")
        if rewrite(before, temporary):
            temporary.replace(after)
            _point(path, replace(pointer, file=f"snapshots/{after.name}"))
    named = {pointer.file for pointer in published_pointers(settings)}
    for file in folder.glob("*"):
        if f"snapshots/{file.name}" not in named:
            file.unlink()


def _published(columns: Sequence[dict[str, str]], key: str) -> str:
    """The select list of a table, with the personal data in its texts masked."""
    return ", ".join(
        masked_column(column["name"], key) if column["type"] == "VARCHAR" else quote(column["name"])
        for column in columns
    )


def _write_glossary(connection: duckdb.DuckDBPyConnection, descriptions: Sequence[Description]) -> None:
    connection.execute("create schema if not exists ops")
    columns = ("schema_name", "table_name", "column_name", "description", "data_type")
    connection.execute(f"create table ops.glossary ({', '.join(f'{name} VARCHAR' for name in columns)})")
    if descriptions:
        connection.executemany("insert into ops.glossary values (?, ?, ?, ?, ?)", list(descriptions))


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
    return [pointer for path in _pointer_files(settings) if (pointer := _read(path)) is not None]


def _pointer_files(settings: Settings) -> list[Path]:
    return [_current(settings), *sorted((settings.published / "as_of").glob("*.json"))]


@contextmanager
def open_snapshot(settings: Settings, as_of: datetime | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a published snapshot that can reach no other file.

    Raises ``UserError`` when there is none, or its file is lost or broken.
    """
    pointer = find_snapshot(settings, as_of)
    path = settings.published / pointer.file
    try:
        connection = duckdb.connect(
            str(path),
            read_only=True,
            config={"enable_external_access": "false", "lock_configuration": "true"},
        )
    except duckdb.IOException as error:
        is_current = pointer == _read(_current(settings))
        remedy = "churniq build" if is_current else f"churniq build --as-of {pointer.as_of}Z"
        raise UserError(f"The snapshot {path} is lost or broken: run {remedy}, which publishes it again.") from error
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
    """The pointer in a file; None without the file. Raises ``UserError`` when the file holds anything else."""
    try:
        pointer = Pointer(**json.loads(path.read_text()))
        is_ours = PurePath(pointer.file).parts[:-1] == ("snapshots",) and pointer.as_of_instant.tzinfo is None
        is_ours = is_ours and isinstance(pointer.lake_version, int) and isinstance(pointer.published_at, str)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        is_ours = False
    if not is_ours:
        remedy = (
            "churniq build" if path.stem == "current" else f"churniq build --as-of {path.stem}Z, or remove the file"
        )
        raise UserError(f"{path} is broken or not ChurnIQ's, since it names no snapshot: run {remedy}.")
    return pointer


def _remove_unreferenced(settings: Settings) -> None:
    """Remove snapshot files that no pointer names, except the newest few: somebody may be reading them."""
    try:
        named = {pointer.file for pointer in published_pointers(settings)}
    except UserError:
        return  # What a broken pointer named is not known, so nothing is removed.
    files = sorted((settings.published / "snapshots").glob("*.duckdb"), key=lambda file: file.stat().st_mtime_ns)
    for file in [file for file in files if f"snapshots/{file.name}" not in named][:-_KEPT_FILES]:
        file.unlink(missing_ok=True)
