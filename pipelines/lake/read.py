"""Delivered files as rows of text or typed fields, each row with its file and number.

Reads what can be read: a malformed row becomes a rejected row, an unreadable file raises ``UnreadableFileError``.

Belongs here: file formats. Does not belong here: whether a row keeps the contract (``judge``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.contract import FEEDS
from pipelines.lake.files import Format, Landed, decompress

_MAXIMUM_LINE_BYTES = 32 << 20
_KNOWN_JSON_KEYS = sorted({name for feed in FEEDS.values() for name in feed.column_names})


class UnreadableFileError(Exception):
    """A file of which nothing can be read; the message is a clause that says why."""


@dataclass(frozen=True)
class Layout:
    """What files must share to be read together: their format, compression and columns with their types."""

    format: Format
    compression: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Rows:
    """Rows as they were delivered.

    ``relation`` names a view with ``file_number`` (the position in the batch), ``row_number`` (from 1, a CSV
    header not counted) and one column a field, of the types in ``columns``; ``raw`` is an SQL expression for a
    row's original text, ``values`` has one for every field that occurs, also those not among the columns.
    The temporary table ``rejected`` (file_number, row_number, reason, raw) has the rows that could not be read.
    """

    relation: str
    columns: dict[str, str]
    raw: str
    values: dict[str, str]


def layout_of(landed: Landed, source_keys: Sequence[str] = ()) -> Layout:
    """The layout of a file, from its name, its header or its schema; ``source_keys`` are JSON keys to look for."""
    delivery = landed.delivery
    match delivery.format:
        case Format.CSV:
            return Layout(delivery.format, delivery.compression, _csv_header(landed))
        case Format.JSON_LINES:
            keys = source_keys or _KNOWN_JSON_KEYS
            return Layout(delivery.format, delivery.compression, tuple((key, "VARCHAR") for key in keys))
        case Format.PARQUET:
            return Layout(delivery.format, delivery.compression, _parquet_schema(landed))
        case Format.UNKNOWN:
            raise UnreadableFileError("its name ends in none of .csv, .jsonl, .ndjson, .json, .parquet, .gz, .zst")


def read(connection: duckdb.DuckDBPyConnection, batch: Sequence[Landed], layout: Layout, scratch: Path) -> Rows:
    """Make the rows of a batch of files with one layout available as a relation.

    Raises ``UnreadableFileError`` when any file of the batch cannot be read; read them one by one to find which.
    """
    connection.execute(
        "create or replace temp table rejected (file_number INTEGER, row_number BIGINT, reason VARCHAR, raw VARCHAR)"
    )
    try:
        if layout.format is Format.CSV:
            return _read_csv(connection, batch, layout)
        if layout.format is Format.JSON_LINES:
            return _read_json_lines(connection, batch, layout)
        return _read_parquet(connection, batch, layout, scratch)
    except (duckdb.Error, OSError) as error:
        raise UnreadableFileError(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].strip() if str(error) else type(error).__name__


def _csv_header(landed: Landed) -> tuple[tuple[str, str], ...]:
    import pyarrow as pa

    try:
        with pa.input_stream(str(landed.path), compression=landed.delivery.codec) as stream:
            start = stream.read(1 << 16)
    except OSError as error:
        raise UnreadableFileError(_first_line(error)) from error
    if b"\x00" in start:
        raise UnreadableFileError("it is not UTF-8 text: convert it to UTF-8")
    text = start.decode("utf-8-sig", errors="replace")
    names = next(csv.reader(io.StringIO(text)), [])
    if not names:
        raise UnreadableFileError("it is empty: a CSV file needs a header row")
    if len(set(names)) < len(names) or "" in names:
        raise UnreadableFileError("its header names a column twice or leaves one without a name")
    return tuple((name, "VARCHAR") for name in names)


def _parquet_schema(landed: Landed) -> tuple[tuple[str, str], ...]:
    if landed.delivery.compression != "none":
        return ()  # known once it is decompressed; such files are read one by one
    try:
        return tuple(_describe_parquet(duckdb.connect(), str(landed.path)).items())
    except duckdb.Error as error:
        raise UnreadableFileError(_first_line(error)) from error


def _describe_parquet(connection: duckdb.DuckDBPyConnection, path: str) -> dict[str, str]:
    described = connection.execute("describe select * from read_parquet(?)", [path]).fetchall()
    return {row[0]: row[1] for row in described}


def _read_csv(connection: duckdb.DuckDBPyConnection, batch: Sequence[Landed], layout: Layout) -> Rows:
    columns = dict(layout.columns)
    _load_text(
        connection,
        batch,
        columns=columns,
        options=f"header = true, quote = '\"', escape = '\"', compression = '{layout.compression}'",
        delimiter=",",
    )
    fields = ", ".join(quote(name) for name in columns)
    connection.execute(
        f"""
        create or replace temp view delivered as
        select
            file.file_number,
            line.rowid - file.first_row + 1 + coalesce(skipped.rows_before, 0) as row_number,
            {fields}
        from delivered_lines as line
        join delivered_files as file on file.filename = line.filename
        asof left join skipped
            on skipped.file_number = file.file_number and line.rowid - file.first_row >= skipped.good_rows_before
        """
    )
    values = {name: f"nullif({quote(name)}, '')" for name in columns}
    return Rows("delivered", columns, _json_object({name: quote(name) for name in columns}), values)


def _read_json_lines(connection: duckdb.DuckDBPyConnection, batch: Sequence[Landed], layout: Layout) -> Rows:
    _load_text(
        connection,
        batch,
        columns={"line": "VARCHAR"},
        options=f"header = false, quote = '', escape = '', compression = '{layout.compression}'",
        delimiter="\x01",
    )
    connection.execute(
        """
        insert into rejected
        select file.file_number, line.rowid - file.first_row + 1, 'malformed_row', line.line
        from delivered_lines as line
        join delivered_files as file on file.filename = line.filename
        where line.line is not null and coalesce(json_type(try_cast(line.line as JSON)), '') <> 'OBJECT'
        """
    )
    keys = [name for name, _ in layout.columns]
    paths = ", ".join(_json_path(key) for key in keys)
    fields = ", ".join(f"fields[{position}] as {quote(key)}" for position, key in enumerate(keys, start=1))
    connection.execute(
        f"""
        create or replace temp view delivered as
        select file_number, row_number, line, {fields}
        from (
            select
                file.file_number,
                line.rowid - file.first_row + 1 as row_number,
                line.line,
                json_extract_string(line.line, [{paths}]) as fields
            from delivered_lines as line
            join delivered_files as file on file.filename = line.filename
            where json_type(try_cast(line.line as JSON)) = 'OBJECT'
        )
        """
    )
    found = connection.execute(
        """
        select distinct unnest(json_keys(line)) as key from delivered_lines
        where json_type(try_cast(line as JSON)) = 'OBJECT' order by key
        """
    ).fetchall()
    values = {key: f"json_extract(line, {_json_path(key)})" for (key,) in found}
    return Rows("delivered", dict.fromkeys(keys, "VARCHAR"), "line", values)


def _load_text(
    connection: duckdb.DuckDBPyConnection,
    batch: Sequence[Landed],
    *,
    columns: dict[str, str],
    options: str,
    delimiter: str,
) -> None:
    """Load lines of text with their files' names, and note which rows the reader had to leave out."""
    for table in ("delivered_rejects", "delivered_scans"):
        connection.execute(f"drop table if exists {table}")
    paths = ", ".join(literal(str(landed.path)) for landed in batch)
    struct = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    connection.execute(
        f"""
        create or replace temp table delivered_lines as
        select * from read_csv(
            [{paths}], auto_detect = false, delim = '{delimiter}', columns = {{{struct}}}, {options},
            ignore_errors = true, store_rejects = true, rejects_limit = 0, strict_mode = true,
            rejects_table = 'delivered_rejects', rejects_scan = 'delivered_scans',
            max_line_size = {_MAXIMUM_LINE_BYTES}, filename = true
        )
        """
    )
    numbers = ", ".join(f"({position}, {literal(str(landed.path))})" for position, landed in enumerate(batch))
    header_lines = 1 if "header = true" in options else 0
    connection.execute(
        f"""
        create or replace temp table delivered_files as
        select file.file_number, file.filename, coalesce(first_rows.first_row, 0) as first_row
        from (values {numbers}) as file (file_number, filename)
        left join (
            select filename, min(rowid) as first_row from delivered_lines group by filename
        ) as first_rows on first_rows.filename = file.filename
        """
    )
    connection.execute(
        f"""
        insert into rejected
        select file.file_number, reject.line - {header_lines}, 'malformed_row', any_value(reject.csv_line)
        from delivered_rejects as reject
        join delivered_scans as scan using (scan_id, file_id)
        join delivered_files as file on file.filename = scan.file_path
        group by file.file_number, reject.line
        """
    )
    connection.execute(
        """
        create or replace temp table skipped as
        select
            file_number,
            row_number - row_number() over (partition by file_number order by row_number) as good_rows_before,
            row_number() over (partition by file_number order by row_number) as rows_before
        from rejected
        """
    )


def _read_parquet(
    connection: duckdb.DuckDBPyConnection, batch: Sequence[Landed], layout: Layout, scratch: Path
) -> Rows:
    if layout.compression != "none":
        files = [str(decompress(landed, scratch)) for landed in batch]
        columns = _describe_parquet(connection, files[0])
    else:
        files = [str(landed.path) for landed in batch]
        columns = dict(layout.columns)
    numbers = ", ".join(f"({position}, {literal(path)})" for position, path in enumerate(files))
    paths = ", ".join(literal(path) for path in files)
    fields = ", ".join(quote(name) for name in columns)
    connection.execute(
        f"""
        create or replace temp view delivered as
        select file.file_number, parquet.file_row_number + 1 as row_number, {fields}
        from read_parquet([{paths}], filename = true, file_row_number = true) as parquet
        join (values {numbers}) as file (file_number, filename) on file.filename = parquet.filename
        """
    )
    values = {name: quote(name) for name in columns}
    return Rows("delivered", columns, _json_object(values), values)


def _json_object(values: dict[str, str]) -> str:
    pairs = ", ".join(f"{literal(name)}, {value}" for name, value in values.items())
    return f"cast(json_object({pairs}) as VARCHAR)"


def _json_path(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return literal(f'$."{escaped}"')


def quote(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
