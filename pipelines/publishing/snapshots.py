"""Published snapshots: read-only DuckDB files, each under a name of its own, and the pointers that readers follow.

A snapshot is written beside its final name, renamed, and only then pointed to, so readers see a whole one or the
one before. A name is never used twice: a process that reopens a path it has open would be given the old content.

Belongs here: publishing and opening snapshots. Does not belong here: what is in them (``dbt_project``), the pointers
(``pointers``), how long they are kept (``retention``).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.errors import UserError
from pipelines.lake.sql import literal, quote
from pipelines.lake.store import sha256_of
from pipelines.privacy.keys import secret_key
from pipelines.privacy.masks import masked_column, may_be_masked
from pipelines.publishing.descriptions import Description
from pipelines.publishing.pointers import (
    Pointer,
    broken_snapshot,
    find_snapshot,
    move_pointer,
    pointer_files,
    published_pointers,
    read_pointer,
    replace_pointer,
)
from pipelines.publishing.retention import apply_retention, remove_leftovers
from pipelines.settings import Settings

__all__ = [
    "PUBLIC_SCHEMAS",
    "Pointer",
    "damaged_snapshots",
    "find_snapshot",
    "is_damage",
    "open_snapshot",
    "publish",
    "published_pointers",
]

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
# The oldest release whose files are written: DuckDB 1.1 and everything newer opens them.
_STORAGE_VERSION = "v1.0.0"
_READ_ONLY = 0o400  # A tool that opens a snapshot for writing would lock all readers out.


def publish(
    settings: Settings,
    warehouse: Path,
    *,
    name: str,
    as_of: datetime,
    lake_version: int,
    is_current: bool,
    schemas: Sequence[str] = PUBLIC_SCHEMAS,
    descriptions: Sequence[Description] = (),
) -> Pointer:
    """Copy what is public in a warehouse into a new snapshot and point readers to it.

    ``schemas`` are those whose tables are public. ``descriptions`` become the table ``ops.glossary``.
    ``is_current`` moves the snapshot that everything reads by default; otherwise it is published beside that one.
    """
    folder = settings.published / "snapshots"
    folder.mkdir(parents=True, exist_ok=True)
    remove_leftovers(settings)
    target = folder / f"{name}.duckdb"
    temporary = folder / f".{name}.duckdb.tmp"
    try:
        _write(settings, warehouse, temporary, schemas, descriptions)
    except (duckdb.Error, OSError) as error:
        remove_leftovers(settings)
        raise UserError(
            f"The snapshot {target} cannot be written ({' '.join(str(error).split())[:200]}), so the last one still "
            "serves: free space or correct its permissions, then run churniq build again."
        ) from error
    temporary.chmod(_READ_ONLY)
    temporary.replace(target)
    published_at = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    place = f"snapshots/{target.name}"
    pointer = Pointer(place, as_of.isoformat(), published_at, lake_version, sha256_of(target), is_current=is_current)
    move_pointer(settings, pointer)
    apply_retention(settings)
    return pointer


def _write(
    settings: Settings, warehouse: Path, file: Path, schemas: Sequence[str], descriptions: Sequence[Description]
) -> None:
    """Write what is public in a warehouse to a new file."""
    connection = duckdb.connect(str(file), config={"storage_compatibility_version": _STORAGE_VERSION})
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
        listed = ", ".join(literal(schema) for schema in schemas)
        tables = connection.execute(
            "select schema_name, table_name, column_count, list({'name': column_name, 'type': data_type} "
            "order by column_index) from duckdb_tables() join duckdb_columns() "
            "using (database_name, schema_name, table_name) "
            f"where database_name = 'warehouse' and schema_name in ({listed}) group by all order by all"
        ).fetchall()
        key = secret_key(settings)
        # Of small tables, as most are, committing each by itself takes longer than writing it.
        connection.begin()
        for schema, table, column_count, columns in tables:
            connection.execute(f"create schema if not exists {quote(schema)}")
            # Tables begin with the columns of their grain, at most four: sorted by them, rows make one table.
            grain = ", ".join(str(position) for position in range(1, min(column_count, 4) + 1))
            source = f"warehouse.{quote(schema)}.{quote(table)}"
            published = _published(columns, _masked(connection, source, columns), key)
            connection.execute(
                f"create table {quote(schema)}.{quote(table)} as select {published} from {source} order by {grain}"
            )
        connection.commit()
        connection.execute("detach warehouse")
        _write_glossary(connection, descriptions)
        connection.execute("checkpoint")
    finally:
        connection.close()


def repoint_snapshots(settings: Settings, rewrite: Callable[[Path, Path], bool]) -> None:
    """Let each pointer lead to a rewritten copy of its snapshot, and remove every file without a pointer at once.

    ``rewrite`` is given a snapshot and the file to write in its place; it says whether it wrote one.
    """
    folder = settings.published / "snapshots"
    for path in pointer_files(settings):
        pointer = read_pointer(path)
        if pointer is None or not (settings.published / pointer.file).exists():
            continue
        before = settings.published / pointer.file
        # A process that has the file open keeps what was there; a name is never used twice.
        after = folder / f"{before.stem.partition('~')[0]}~{secrets.token_hex(4)}.duckdb"
        temporary = after.with_name(f".{after.name}.tmp")
        if rewrite(before, temporary):
            temporary.chmod(_READ_ONLY)
            temporary.replace(after)
            moved = replace(pointer, file=f"snapshots/{after.name}", sha256=sha256_of(after))
            replace_pointer(settings, path, moved)
    named = {pointer.file for pointer in published_pointers(settings)}
    for file in folder.glob("*"):
        if f"snapshots/{file.name}" not in named:
            file.unlink()


def _masked(connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[dict[str, str]]) -> set[str]:
    """The columns that hold personal data somewhere: to plan masks of all takes longer than writing small tables."""
    texts = [column["name"] for column in columns if column["type"] == "VARCHAR"]
    if not texts:
        return set()
    found = ", ".join(f"bool_or({may_be_masked(name)})" for name in texts)
    (row,) = connection.execute(f"select {found} from {source}").fetchall()
    return {name for name, is_masked in zip(texts, row, strict=True) if is_masked}


def _published(columns: Sequence[dict[str, str]], masked: set[str], key: str) -> str:
    """The select list of a table, with the personal data in its texts masked."""
    names = [column["name"] for column in columns]
    return ", ".join(masked_column(name, key) if name in masked else quote(name) for name in names)


def _write_glossary(connection: duckdb.DuckDBPyConnection, descriptions: Sequence[Description]) -> None:
    connection.execute("create schema if not exists ops")
    columns = Description._fields
    connection.execute(f"create table ops.glossary ({', '.join(f'{name} VARCHAR' for name in columns)})")
    if descriptions:
        # A statement a row would take as long as all the tables.
        values = [list(column) for column in zip(*descriptions, strict=True)]
        connection.execute(f"insert into ops.glossary select {', '.join('unnest(?)' for _ in columns)}", values)


@contextmanager
def open_snapshot(
    settings: Settings, as_of: datetime | None = None, *, limits: Mapping[str, str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a published snapshot that can reach no other file.

    ``limits`` are settings of DuckDB's, such as ``memory_limit``.
    Raises ``UserError`` when there is none, or its file is lost or broken.
    """
    pointer = find_snapshot(settings, as_of)
    path = settings.published / pointer.file
    try:
        connection = duckdb.connect(
            str(path),
            read_only=True,
            config={"enable_external_access": "false", "lock_configuration": "true", **(limits or {})},
        )
    except (duckdb.IOException, duckdb.SerializationException) as error:
        raise UserError(broken_snapshot(settings, pointer)) from error
    try:
        yield connection
    except duckdb.Error as error:
        if is_damage(error):
            raise UserError(broken_snapshot(settings, pointer)) from error
        raise
    finally:
        connection.close()


def is_damage(error: duckdb.Error) -> bool:
    """Whether an error of a query is about the file of the snapshot: a reader can reach no other."""
    kinds = (duckdb.IOException, duckdb.SerializationException, duckdb.FatalException)
    return isinstance(error, kinds) or "Corrupt database file" in str(error)


def damaged_snapshots(settings: Settings) -> Iterator[str]:
    """A sentence for every published snapshot that is lost, or not as it was written."""
    for pointer in published_pointers(settings):
        path = settings.published / pointer.file
        if not path.is_file() or (pointer.sha256 and sha256_of(path) != pointer.sha256):
            yield broken_snapshot(settings, pointer)
