"""Whatever is in a home beside the lake, without the erased people: snapshots, the inbox, records, work files.

A snapshot is written anew with the same numbers, so what was reported stays as it was reported; warehouses are
removed, since a build makes them again.

Belongs here: finding and rewriting these files. Does not belong here: the lake (``lake_files``).
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
from filelock import FileLock, Timeout

from pipelines.kept import LIST, place_kept, remove_kept
from pipelines.lake.files import Format
from pipelines.lake.sql import literal, quote
from pipelines.privacy.cutting import Cutter
from pipelines.privacy.formats import Roles, cut_content, kind_of, roles_of
from pipelines.privacy.places import kinds_of_name
from pipelines.publishing.snapshots import repoint_snapshots
from pipelines.receiver.segments import is_hidden_segment
from pipelines.settings import Settings

_OPEN_SEGMENT_SECONDS = 12.0
_PERSONAL_COLUMNS = ("email_masked",)
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}


def cut_snapshots(cutter: Cutter, settings: Settings) -> None:
    """Publish every snapshot that names somebody anew, and remove those that nobody is pointed to any more."""
    repoint_snapshots(settings, lambda before, after: _cut_snapshot(cutter, before, after))


def cut_other_files(cutter: Cutter, settings: Settings) -> list[Path]:
    """Rewrite or remove the other files that name somebody; those that are still being written to are left."""
    _wait_for_segments(cutter, settings)
    left = []
    for path in _other_files(settings):
        if path.is_relative_to(settings.work):
            _cut_work_file(cutter, path)
        elif path.is_relative_to(settings.notes):
            # What somebody wrote about a person names them in words that no cutter knows.
            if _names_somebody(cutter, path):
                remove_kept(settings.home, path)
        elif _is_open_segment(settings, path):
            if _names_somebody(cutter, path):
                left.append(path)
        else:
            _cut_file(cutter, settings, path)
    return left


def files_with(settings: Settings, needles: list[bytes]) -> Iterator[Path]:
    """The files of a home in which a text stands, compressed ones unpacked; rows in Parquet are not searched.

    A text that goes on with a letter or digit is another one: user-12345 is not user-1234.
    """
    texts = b"|".join(re.escape(needle) for needle in sorted(needles, key=len, reverse=True))
    pattern = re.compile(rb"(?<![A-Za-z0-9])(?:" + texts + rb")(?![A-Za-z0-9])")
    for path in settings.home.rglob("*"):
        if path.is_file() and not path.is_symlink() and path != settings.secret_key:
            try:
                content = _unpacked(path)
            except FileNotFoundError:
                continue
            if needles and any(needle in content for needle in needles) and pattern.search(content):
                yield path


def _other_files(settings: Settings) -> list[Path]:
    apart = (settings.lake, settings.published / "snapshots", settings.erasures, settings.locks)
    return [
        path
        for path in sorted(settings.home.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and path not in {settings.secret_key, settings.home / LIST}
        and not any(path.is_relative_to(folder) for folder in apart)
    ]


def _cut_snapshot(cutter: Cutter, before: Path, after: Path) -> bool:
    """Write a snapshot without the erased people; whether it named any."""
    changes: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    with duckdb.connect(str(before), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, list(column_name order by column_index), "
            "list(data_type order by column_index) from duckdb_columns() where not internal group by all order by all"
        ).fetchall()
        for schema, table, names, types in tables:
            for name, kind in zip(names, types, strict=True):
                if kind == "VARCHAR":
                    found = _changes(connection, f"{schema}.{quote(table)}", name, cutter)
                    if found:
                        changes[schema, table, name] = found
    if not changes:
        return False
    after.unlink(missing_ok=True)
    with duckdb.connect(str(after)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {literal(str(before))} as before (read_only)")
        for schema, table, names, _ in tables:
            connection.execute(f"create schema if not exists {schema}")
            changed = {name for name in names if (schema, table, name) in changes}
            for name in changed:
                pairs = changes[schema, table, name]
                values = pa.table(dict(zip(("before", "after"), zip(*pairs, strict=True), strict=True)))
                connection.register("found", values)
                connection.execute(f"create or replace temp table {quote('changes of ' + name)} as select * from found")
                connection.unregister("found")
            columns = ", ".join(_changed_column(name, changed) for name in names)
            place = f"{schema}.{quote(table)}"
            connection.execute(f"create table {place} as select {columns} from before.{place}")
        connection.execute("detach before")
        connection.execute("checkpoint")
    return True


def _changes(connection: duckdb.DuckDBPyConnection, table: str, name: str, cutter: Cutter) -> list[tuple[str, str]]:
    values = connection.execute(
        f"select distinct {quote(name)} from {table} where {quote(name)} is not null"
    ).fetchall()
    kinds = kinds_of_name(name)
    cuts = ((value, cutter.value(value, kinds) if kinds else cutter.text(value)) for (value,) in values)
    return [(value, cut) for value, cut in cuts if cut != value]


def _changed_column(name: str, changed: set[str]) -> str:
    if name in _PERSONAL_COLUMNS and "customer_id" in changed:
        erased = f"customer_id in (select before from {quote('changes of customer_id')})"
        return f"case when not {erased} then {quote(name)} end as {quote(name)}"
    if name not in changed:
        return quote(name)
    after = f"(select after from {quote('changes of ' + name)} where before = {quote(name)})"
    return f"coalesce({after}, {quote(name)}) as {quote(name)}"


def _wait_for_segments(cutter: Cutter, settings: Settings) -> None:
    """Give a receiver the time to finish the segments that name somebody: it does so within seconds."""
    until = time.monotonic() + _OPEN_SEGMENT_SECONDS
    while time.monotonic() < until:
        hidden = [path for path in settings.landing.rglob(".*.jsonl") if _is_open_segment(settings, path)]
        if not any(_names_somebody(cutter, path) for path in hidden):
            return
        time.sleep(0.5)


def _is_open_segment(settings: Settings, path: Path) -> bool:
    """Whether a receiver writes to a file now, so that it cannot be replaced."""
    if not path.is_relative_to(settings.landing) or not is_hidden_segment(path):
        return False
    lock = FileLock(settings.locks / "receiver.lock", timeout=0)
    try:
        with lock:
            return False
    except Timeout:
        return True


def _names_somebody(cutter: Cutter, path: Path) -> bool:
    text = _unpacked(path).decode(errors="surrogateescape")
    return cutter.text(text) != text


def _cut_work_file(cutter: Cutter, path: Path) -> None:
    """Work files can be made again, so they go; the history of runs is kept without what it says of the person."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        # The journals of a database go as it is closed, so those that a killed process left went with its cut.
        return
    if content.startswith(b"SQLite format 3\0"):
        _cut_database(cutter, path)
    elif path.suffix in {".duckdb", ".wal"} or _names_somebody(cutter, path):
        path.unlink(missing_ok=True)


def _cut_database(cutter: Cutter, path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=60)) as connection:
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        is_changed = False
        for table in tables:
            rows = connection.execute(f"select rowid, * from {quote(table)}")
            names = [column[0] for column in rows.description][1:]
            for rowid, *values in rows.fetchall():
                for name, value in zip(names, values, strict=True):
                    if isinstance(value, str) and (cut := cutter.text(value)) != value:
                        statement = f"update {quote(table)} set {quote(name)} = ? where rowid = ?"
                        connection.execute(statement, [cut, rowid])
                        is_changed = True
        connection.commit()
        if is_changed:
            # What was replaced stays in free pages until they are written anew.
            connection.execute("vacuum")
            connection.execute("pragma wal_checkpoint(truncate)")


def _cut_file(cutter: Cutter, settings: Settings, path: Path) -> None:
    """Rewrite a file of any kind in one step, in the compression of its name."""
    content = _unpacked(path)
    sender = path.relative_to(settings.landing).parts[0] if path.is_relative_to(settings.landing) else ""
    roles = roles_of(settings, sender) if sender else Roles()
    cut = cut_content(cutter, content, kind_of(path.name) or Format.UNKNOWN, roles)
    if cut is content or cut == content:
        return
    codec = _COMPRESSIONS.get(path.suffix)
    temporary = path.with_name(f".{path.name}.cut")
    temporary.write_bytes(pa.compress(cut, codec=codec, asbytes=True) if codec else cut)
    if path.is_relative_to(settings.landing):
        temporary.chmod(0o600)
        os.replace(temporary, path)  # noqa: PTH105 - the name of a delivery may be no text
    else:
        place_kept(settings.home, temporary, path)


def _unpacked(path: Path) -> bytes:
    codec = _COMPRESSIONS.get(path.suffix)
    if codec is None:
        return path.read_bytes()
    try:
        with pa.input_stream(str(path), compression=codec) as stream:
            return bytes(stream.read())
    except OSError:
        return path.read_bytes()
