"""Delivered files as rows of text or typed fields, each row with its file and number.

Reads what can be read: a malformed row becomes a rejected row, an unreadable file raises ``UnreadableFileError``.

Belongs here: file formats. Does not belong here: whether a row keeps the contract (``judge``).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Kind
from pipelines.lake.files import Format, Landed
from pipelines.lake.lines import CSV, JSON_LINES, TextFile, empty_rejected, load_lines
from pipelines.lake.sql import json_field, json_field_text, json_object, json_pointer, literal, quote

_MONEY_KEYS = {column.name for feed in FEEDS.values() for column in feed.columns if column.kind is Kind.MONEY}
_TEXT_KEYS = {column.name for feed in FEEDS.values() for column in feed.columns if column.kind is Kind.TEXT}
# A binary float of 64 bits keeps any decimal of 15 digits; the text of one has a point as well.
_EXACT_LENGTH = 16
_JSON_DECIMAL = r":\s*(-?\d+\.\d+)\s*([,}])"
# What a line is, by parsing it once: only one without keys needs a second look to tell an object from anything else.
# Only a line with a second bracket can have an object or an array in a field.
_SHAPE = {
    "is_object": """case
        when len(try(json_keys(line))) > 0 then true
        when try(json_keys(line)) is null then false
        else json_type(line) = 'OBJECT' end""",
    "key_hash": "hash(try(json_keys(line)))",
    "may_nest": "contains(line, '[') or line like '%{%{%'",
}
_IDENTIFIER = re.compile("[a-z_][a-z0-9_]*")
_NAMES_IN_USE = {"file_number", "row_number", "filename", "file_row_number", "rowid", "raw", "reason"}


class UnreadableFileError(Exception):
    """A file of which nothing can be read; the message is a clause that says why."""


@dataclass(frozen=True)
class Layout:
    """What files must share to be read together: format, compression as delivered, columns with their types."""

    format: Format
    codec: str | None
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Rows:
    """Rows as they were delivered.

    ``relation`` names a view with ``file_number`` (the position in the batch), ``row_number`` (from 1, neither a CSV
    header nor blank lines counted) and a column for each field that a feed or source may know, of the types in
    ``columns``. ``raw`` is an SQL expression for a row's original text; ``unknown`` gives one for the JSON object of
    the fields that are not among the names it is given and have a value. ``fields`` names what the sender sent.
    ``nested`` gives, for columns where that can happen, the condition that a text is that of a JSON object or array.
    ``is_sent`` gives the condition that a row has a field at all, where rows differ in that; else all have ``fields``.
    The temporary table ``rejected`` (file_number, row_number, reason, raw) has the rows that could not be read.
    """

    relation: str
    columns: dict[str, str]
    raw: str
    unknown: Callable[[Collection[str]], str]
    fields: tuple[str, ...] = ()
    nested: Mapping[str, str] = field(default_factory=dict)
    is_sent: Callable[[str], str] | None = None


def layout_of(connection: duckdb.DuckDBPyConnection, landed: Landed, source_keys: Sequence[str] = ()) -> Layout:
    """The layout of a file, from its name, its header or its schema; ``source_keys`` are JSON keys to look for."""
    delivery = landed.delivery
    match delivery.format:
        case Format.CSV:
            return Layout(delivery.format, delivery.codec, _csv_header(landed))
        case Format.JSON_LINES:
            check_text(landed)
            keys = source_keys or FEEDS[delivery.feed].column_names
            return Layout(delivery.format, delivery.codec, tuple((key, "VARCHAR") for key in keys))
        case Format.PARQUET:
            return Layout(delivery.format, delivery.codec, _parquet_schema(connection, landed))
        case _:
            raise UnreadableFileError("its name ends in none of .csv, .jsonl, .ndjson, .json, .parquet, .gz, .zst")


def read(connection: duckdb.DuckDBPyConnection, batch: Sequence[Landed], layout: Layout, scratch: Path) -> Rows:
    """Make the rows of a batch of files with one layout available as a relation.

    Raises ``UnreadableFileError`` when any file of the batch cannot be read; read them one by one to find which.
    """
    empty_rejected(connection)
    try:
        if layout.format is Format.CSV:
            return _read_csv(connection, batch, layout, scratch)
        if layout.format is Format.JSON_LINES:
            return _read_json_lines(connection, batch, layout, scratch)
        return _read_parquet(connection, batch, layout)
    except (duckdb.Error, OSError) as error:
        raise UnreadableFileError(first_line(error)) from error


def first_line(error: Exception) -> str:
    """What an error says first, without its kind."""
    lines = str(error).splitlines() or [type(error).__name__]
    return re.sub(r"^(?:[A-Z]\w* )+Error: ", "", lines[0].strip())


def _csv_header(landed: Landed) -> tuple[tuple[str, str], ...]:
    start = check_text(landed)
    if not start:
        raise UnreadableFileError("it is empty: a CSV file needs a header row")
    text = start.decode("utf-8-sig", errors="replace")
    try:
        names = next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
    except csv.Error as error:
        raise UnreadableFileError(f"its header row cannot be read ({error})") from error
    if not names:
        raise UnreadableFileError("it begins with a blank line: a CSV file needs a header row first")
    if len(set(names)) < len(names) or "" in names:
        raise UnreadableFileError("its header names a column twice or leaves one without a name")
    return tuple((name, "VARCHAR") for name in names)


def check_text(landed: Landed) -> bytes:
    """The start of a file of text; raises ``UnreadableFileError`` when it cannot be decompressed or is no UTF-8."""
    try:
        start = next(TextFile(landed.path, landed.codec).chunks(), b"")
    except OSError as error:
        raise UnreadableFileError(first_line(error)) from error
    if b"\x00" in start.partition(b"\n")[0]:
        raise UnreadableFileError("it is not UTF-8 text: convert it to UTF-8")
    return start


def _parquet_schema(connection: duckdb.DuckDBPyConnection, landed: Landed) -> tuple[tuple[str, str], ...]:
    if landed.codec is not None:
        return ()  # known once it is decompressed; such files are read one by one
    try:
        return tuple(_describe_parquet(connection, str(landed.path)).items())
    except duckdb.Error as error:
        raise UnreadableFileError(first_line(error)) from error


def _describe_parquet(connection: duckdb.DuckDBPyConnection, path: str) -> dict[str, str]:
    described = connection.execute(
        "describe select * from read_parquet(?, hive_partitioning = false)", [path]
    ).fetchall()
    return {row[0]: row[1] for row in described}


def _read_csv(connection: duckdb.DuckDBPyConnection, batch: Sequence[Landed], layout: Layout, scratch: Path) -> Rows:
    names = _own_names(layout)
    load_lines(connection, text_files(batch), CSV, {own: quote(own) for own in names.values()}, scratch)
    fields = ", ".join(quote(name) for name in names.values())
    connection.execute(
        f"create or replace temp view delivered as select file_number, row_number, {fields} from numbered"
    )
    values = {name: f"nullif({quote(own)}, '')" for name, own in names.items()}
    return Rows("delivered", dict(layout.columns), json_object(values), partial(_unknown_columns, values), tuple(names))


def _read_json_lines(
    connection: duckdb.DuckDBPyConnection, batch: Sequence[Landed], layout: Layout, scratch: Path
) -> Rows:
    load_lines(connection, text_files(batch), JSON_LINES, {"line": "line"}, scratch, also=_SHAPE)
    connection.execute(
        "insert into rejected select file_number, row_number, 'malformed_row', line from numbered where not is_object"
    )
    found = connection.execute(
        "select json_keys(any_value(line)), bool_or(may_nest) from numbered where is_object group by key_hash"
    ).fetchall()
    occurring = {key for keys, _ in found for key in keys}
    may_nest = any(line_may_nest for _, line_may_nest in found)
    is_unambiguous = "is_object"
    if any(len(set(keys)) < len(keys) for keys, _ in found):
        # Which of two values a sender meant cannot be known.
        repeats = "is_object and len(json_keys(line)) > len(list_distinct(json_keys(line)))"
        connection.execute(
            f"insert into rejected select file_number, row_number, 'duplicate_key', line from numbered where {repeats}"
        )
        is_unambiguous = f"is_object and not ({repeats})"
    keys = [name for name, _ in layout.columns]
    # To look in every line for what is in none costs as much as to find it.
    sought = [key for key in keys if key in occurring]
    pointers = ", ".join(json_pointer(key) for key in sought)
    found_at = {key: f"fields[{position}]" for position, key in enumerate(sought, start=1)}
    found_at |= {key: _exact_money(key, text) for key, text in found_at.items() if key in _MONEY_KEYS}
    fields = ", ".join(f"{found_at.get(key, 'cast(null as VARCHAR)')} as {quote(key)}" for key in keys)
    connection.execute(
        f"""
        create or replace temp view delivered as
        select file_number, row_number, line, {fields}
        from (
            select file_number, row_number, line, json_extract_string(line, cast([{pointers}] as VARCHAR[])) as fields
            from numbered
            where {is_unambiguous}
        )
        """
    )
    sent = tuple(sorted(occurring))
    nested = {key: _is_nested(key) for key in keys if may_nest and key in _TEXT_KEYS and key in occurring}
    unknown = partial(_unknown_keys, occurring)
    return Rows("delivered", dict.fromkeys(keys, "VARCHAR"), "line", unknown, sent, nested, _has_key)


def _has_key(key: str) -> str:
    return f"list_contains(json_keys(line), {literal(key)})"


def _unknown_columns(values: dict[str, str], known: Collection[str]) -> str:
    unknown = {name: value for name, value in sorted(values.items()) if name not in known}
    return _without_nulls(json_object(unknown)) if unknown else "null"


def _unknown_keys(occurring: set[str], known: Collection[str]) -> str:
    if occurring <= set(known):
        return "null"
    names = ", ".join(literal(name) for name in known)
    unknown = f"key not in ({names}) and {json_field_text('line', 'key')} <> ''"
    keys = f"list_sort(list_filter(list_distinct(json_keys(line)), lambda key: {unknown}))"
    fields = f"list_transform({keys}, lambda key: (key, {json_field('line', 'key')}))"
    return _without_nulls(f"to_json(map_from_entries({fields}))")


def _without_nulls(json_text: str) -> str:
    # A merge patch (RFC 7396) of nothing sets every field but the nulls, nested ones too.
    return f"cast(json_merge_patch('{{}}', {json_text}) as VARCHAR)"


def _is_nested(key: str) -> str:
    """Whether a JSON object or array was sent; a text may begin like one, so the line is looked at again then."""
    text = quote(key)
    return f"""case when starts_with({text}, '{{') or starts_with({text}, '[')
        then json_type(line, {json_pointer(key)}) in ('OBJECT', 'ARRAY') else false end"""


def _exact_money(key: str, text: str) -> str:
    """The digits of a JSON number as they were written where a binary float, which DuckDB makes of it, has too few."""
    as_texts = f"try_cast(regexp_replace(line, {literal(_JSON_DECIMAL)}, ':\"\\1\"\\2', 'g') as JSON)"
    return f"""case
        when length({text}) > {_EXACT_LENGTH} and json_type(line, {json_pointer(key)}) = 'DOUBLE'
            then coalesce(json_extract_string({as_texts}, {json_pointer(key)}), 'inexact')
        else {text} end"""


def text_files(batch: Sequence[Landed]) -> list[TextFile]:
    """The files of a batch as text."""
    return [TextFile(landed.path, landed.codec) for landed in batch]


def _own_names(layout: Layout) -> dict[str, str]:
    """For each delivered column the name it has here.

    A column that no feed or source can know gets a name that is no identifier, so that it is neither mistaken for
    one of ours (``row_number``) nor for another column in other capitals.
    """
    return {
        name: name if _IDENTIFIER.fullmatch(name) and name not in _NAMES_IN_USE else f"column {position}"
        for position, (name, _) in enumerate(layout.columns)
    }


def _read_parquet(connection: duckdb.DuckDBPyConnection, batch: Sequence[Landed], layout: Layout) -> Rows:
    files = [str(landed.path) for landed in batch]
    if layout.codec is not None:
        layout = replace(layout, columns=tuple(_describe_parquet(connection, files[0]).items()))
    names = _own_names(layout)
    numbers = ", ".join(f"({position}, {literal(path)})" for position, path in enumerate(files))
    paths = ", ".join(literal(path) for path in files)
    fields = ", ".join(f"parquet.{quote(name)} as {quote(own)}" for name, own in names.items())
    connection.execute(
        f"""
        create or replace temp view delivered as
        select file.file_number, parquet.file_row_number + 1 as row_number, {fields}
        from read_parquet(
            [{paths}], filename = 'file name', file_row_number = true, hive_partitioning = false
        ) as parquet
        join (values {numbers}) as file (file_number, filename) on file.filename = parquet."file name"
        """
    )
    values = {name: _value(quote(names[name]), kind) for name, kind in layout.columns}
    raw = {
        name: f"coalesce(to_json({value}), to_json(cast({quote(names[name])} as VARCHAR)))"
        for name, value in values.items()
    }
    return Rows("delivered", dict(layout.columns), json_object(raw), partial(_unknown_columns, values), tuple(names))


def _value(column: str, kind: str) -> str:
    """A field, or null where it says as much: an empty text, a float that is no number."""
    if kind == "VARCHAR":
        return f"nullif({column}, '')"
    return f"case when isfinite({column}) then {column} end" if kind in {"DOUBLE", "FLOAT"} else column
