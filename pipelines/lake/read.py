"""Delivered files as rows of text or typed fields, each row with its file and number.

Reads what can be read: a malformed row becomes a rejected row, an unreadable file raises ``UnreadableFileError``.

Belongs here: file formats. Does not belong here: whether a row keeps the contract (``judge``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Kind
from pipelines.lake.dialects import UnreadableFileError
from pipelines.lake.files import Format, LandedFile
from pipelines.lake.json_shapes import reject_ambiguous, shape
from pipelines.lake.layout import Layout, describe_parquet, first_line
from pipelines.lake.lines import CSV, JSON_LINES, TextFile, empty_rejected, load_lines
from pipelines.lake.sql import json_field, json_field_text, json_object, json_pointer, literal, quote

_MONEY_KEYS = {column.name for feed in FEEDS.values() for column in feed.columns if column.kind is Kind.MONEY}
_TEXT_KEYS = {column.name for feed in FEEDS.values() for column in feed.columns if column.kind is Kind.TEXT}
# A binary float of 64 bits keeps any decimal of 15 digits; the text of one has a point as well.
_EXACT_LENGTH = 16
_JSON_DECIMAL = r":\s*(-?\d+\.\d+)\s*([,}])"
# Only a line with a second bracket can have an object or an array in a field.
*_FIRST, _SHAPE = shape("line")
_STEPS = (*_FIRST, {**_SHAPE, "may_nest": "contains(line, '[') or line like '%{%{%'"})
_IDENTIFIER = re.compile("[a-z_][a-z0-9_]*")
_NAMES_IN_USE = {"file_number", "row_number", "filename", "file_row_number", "rowid", "raw", "reason"}


@dataclass(frozen=True)
class Rows:
    """Rows as they were delivered.

    ``relation`` names a view with ``file_number`` (the position in the batch), ``row_number`` (from 1, neither a CSV
    header nor blank lines counted) and a column for each field that a feed or source may know, of the types in
    ``columns``. ``raw`` is an SQL expression for a row's original text; ``unknown`` gives one for the JSON object of
    the fields that are not among the names it is given and have a value. ``fields`` names what the sender sent.
    ``nested`` gives, for columns where that can happen, the condition that a text is that of a JSON object or array, or
    of a number that is no exact text.
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


def read(connection: duckdb.DuckDBPyConnection, batch: Sequence[LandedFile], layout: Layout, scratch: Path) -> Rows:
    """Make the rows of a batch of files with one layout available as a relation.

    Raises ``UnreadableFileError`` when any file of the batch cannot be read; read them one by one to find which.
    """
    empty_rejected(connection)
    try:
        match layout.format:
            case Format.CSV:
                rows = _read_csv(connection, batch, layout, scratch)
            case Format.JSON_LINES:
                rows = _read_json_lines(connection, batch, layout, scratch)
            case _:
                rows = _read_parquet(connection, batch, layout)
        return with_partition(connection, batch, layout, rows) if layout.partition else rows
    except (duckdb.Error, OSError) as error:
        raise UnreadableFileError(first_line(error)) from error


def with_partition(
    connection: duckdb.DuckDBPyConnection, batch: Sequence[LandedFile], layout: Layout, rows: Rows
) -> Rows:
    """The rows with the columns that the folders of their files give, where a row has nothing there itself.

    A row that says another thing than its folder is rejected: which of the two is right cannot be known.
    """
    names = [f"folder {position}" for position in range(len(layout.partition))]
    values = ", ".join(
        f"({number}, {', '.join(literal(file.delivery.partition[key]) for key in layout.partition)})"
        for number, file in enumerate(batch)
    )
    given = dict(zip(layout.partition, names, strict=True))
    folders = f"(values {values}) as folders (file_number, {', '.join(quote(name) for name in names)})"
    read = [f"delivered.* exclude ({', '.join(quote(key) for key in given if key in rows.columns)})"]
    if not set(given) & set(rows.columns):
        read = ["delivered.*"]
    for key, name in given.items():
        own = f"nullif(cast(delivered.{quote(key)} as VARCHAR), '')" if key in rows.columns else "null"
        # A name that no feed or source can know is kept under one of ours.
        shown = quote(key) if _is_known(key) else quote(f"{name} as sent")
        read.append(f"coalesce({own}, nullif(folders.{quote(name)}, '')) as {shown}")
    feed = FEEDS.get(batch[0].delivery.feed)
    for key, name in given.items():
        if key in rows.columns and (feed is None or key in feed.column_names):
            is_other = differs(f"delivered.{quote(key)}", f"folders.{quote(name)}")
            connection.execute(
                f"insert into rejected select file_number, row_number, {literal(f'folder_differs:{key}')}, {rows.raw} "
                f"from {rows.relation} as delivered join {folders} using (file_number) where {is_other}"
            )
    connection.execute(
        f"create or replace temp view delivered_with_folders as select {', '.join(read)} "
        f"from {rows.relation} as delivered join {folders} using (file_number) "
        "where (file_number, row_number) not in (select (file_number, row_number) from rejected)"
    )
    columns = {**rows.columns, **{key: "VARCHAR" for key in given if _is_known(key)}}
    others = {
        key: (quote(key) if _is_known(key) else quote(f"{name} as sent"))
        for key, name in given.items()
        if key not in rows.fields
    }

    def unknown(known: Collection[str]) -> str:
        further = {key: value for key, value in others.items() if key not in known}
        if not further:
            return rows.unknown(known)
        return _without_nulls(f"json_merge_patch({json_object(further)}, coalesce({rows.unknown(known)}, '{{}}'))")

    is_sent = rows.is_sent
    return replace(
        rows,
        relation="delivered_with_folders",
        columns=columns,
        unknown=unknown,
        fields=(*rows.fields, *others),
        is_sent=(lambda name: "true" if name in given else is_sent(name)) if is_sent else None,
    )


def differs(own: str, folder: str) -> str:
    """The condition that a row's value and its folder's are both told, and are not the same text, number or instant."""
    own = f"nullif(trim(cast({own} as VARCHAR)), '')"
    are_one = " or ".join(
        f"coalesce({read.format(own)} = {read.format(folder)}, false)"
        for read in ("lower(trim({}))", "try_cast({} as DECIMAL(38,9))", "try_cast({} as TIMESTAMP)")
    )
    return f"{own} is not null and nullif({folder}, '') is not null and not ({are_one})"


def _is_known(name: str) -> bool:
    return _IDENTIFIER.fullmatch(name) is not None and name not in _NAMES_IN_USE


def _read_csv(
    connection: duckdb.DuckDBPyConnection, batch: Sequence[LandedFile], layout: Layout, scratch: Path
) -> Rows:
    names = _own_names(layout)
    dialect = replace(CSV, delimiter=layout.form.delimiter)
    load_lines(connection, text_files(batch), dialect, {own: quote(own) for own in names.values()}, scratch)
    fields = ", ".join(quote(name) for name in names.values())
    connection.execute(
        f"create or replace temp view delivered as select file_number, row_number, {fields} from numbered"
    )
    values = {name: f"nullif({quote(own)}, '')" for name, own in names.items()}
    return Rows("delivered", dict(layout.columns), json_object(values), partial(_unknown_columns, values), tuple(names))


def _read_json_lines(
    connection: duckdb.DuckDBPyConnection, batch: Sequence[LandedFile], layout: Layout, scratch: Path
) -> Rows:
    load_lines(connection, text_files(batch), JSON_LINES, {"line": "line"}, scratch, also=_STEPS)
    connection.execute(
        "insert into rejected select file_number, row_number, 'malformed_row', line from numbered where not is_object"
    )
    is_unambiguous = reject_ambiguous(connection, "numbered", "line")
    found = connection.execute(
        f"select json_keys(any_value(line)), bool_or(may_nest) from numbered where {is_unambiguous} group by key_hash"
    ).fetchall()
    occurring = {key for keys, _ in found for key in keys}
    may_nest = any(line_may_nest for _, line_may_nest in found)
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
    text_keys = [key for key in keys if key in _TEXT_KEYS and key in occurring]
    # To look at each text once more costs; what must be exact is what others refer to.
    conditions = {key: [_is_nested(key)] * may_nest + [_is_float(key)] * key.endswith("_id") for key in text_keys}
    nested = {key: f"({' or '.join(either)})" for key, either in conditions.items() if either}
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


def _is_float(key: str) -> str:
    """Whether a number with a point or an exponent was sent, or one too long: no exact text is left of it."""
    text = quote(key)
    seems = f"{text} between '-' and ':' and (contains({text}, '.') or contains({text}, 'e') or contains({text}, 'E'))"
    return f"case when {seems} then json_type(line, {json_pointer(key)}) = 'DOUBLE' else false end"


def _exact_money(key: str, text: str) -> str:
    """The digits of a JSON number as they were written where a binary float, which DuckDB makes of it, has too few."""
    as_texts = f"try_cast(regexp_replace(line, {literal(_JSON_DECIMAL)}, ':\"\\1\"\\2', 'g') as JSON)"
    return f"""case
        when length({text}) > {_EXACT_LENGTH} and json_type(line, {json_pointer(key)}) = 'DOUBLE'
            then coalesce(json_extract_string({as_texts}, {json_pointer(key)}), 'inexact')
        else {text} end"""


def text_files(batch: Sequence[LandedFile]) -> list[TextFile]:
    """The files of a batch as text."""
    return [TextFile(landed.path, landed.codec) for landed in batch]


def _own_names(layout: Layout) -> dict[str, str]:
    """For each delivered column the name it has here.

    A column that no feed or source can know gets a name that is no identifier, so that it is neither mistaken for
    one of ours (``row_number``) nor for another column in other capitals.
    """
    return {
        name: name if _is_known(name) else f"column {position}" for position, (name, _) in enumerate(layout.columns)
    }


def _read_parquet(connection: duckdb.DuckDBPyConnection, batch: Sequence[LandedFile], layout: Layout) -> Rows:
    files = [str(landed.path) for landed in batch]
    if layout.codec is not None:
        layout = replace(layout, columns=tuple(describe_parquet(connection, files[0]).items()))
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
