"""Names, texts and JSON as SQL.

Belongs here: escaping for statements that are composed. Does not belong here: statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.contract.shapes import Feed


def quote(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def alias_of(kind: str, value: str) -> str:
    """The id that an identity link is of, as events name it; ``stg_identity_links`` reads links in the same way."""
    return f"case when {kind} in ('customer', 'customer_id') then {value} else {kind} || ':' || {value} end"


def canonical_select(feed: Feed, files: Sequence[Path]) -> str:
    """A select of a feed's columns, extra, source_file and source_row in Parquet files; of no rows without files.

    A column that the contract got after a file was written is null in its rows.
    """
    columns = ", ".join(f"cast(null as {column.kind.storage}) as {quote(column.name)}" for column in feed.columns)
    provenance = (
        "cast(null as VARCHAR) as extra, cast(null as VARCHAR) as source_file, cast(null as BIGINT) as source_row"
    )
    nothing = f"select {columns}, {provenance} where false"
    if not files:
        return nothing
    paths = ", ".join(literal(str(file)) for file in files)
    rows = f"select * from read_parquet([{paths}], hive_partitioning = false, union_by_name = true)"
    return f"{nothing} union all by name {rows}"


def known_select(feed: Feed, rows: str) -> str:
    """A select of what mappings read of a feed of context: its columns, and ``version``, which puts its rows in order.

    Of two rows of one time the same is the later one in every run: by what they say.
    """
    columns = ", ".join(quote(name) for name in feed.column_names)
    version = f"epoch_us(recorded_at)::HUGEINT * {2**64} + hash({columns})"
    return f"select {columns}, {version} as version from ({rows})"


def quarantine_select(files: Sequence[Path]) -> str:
    """A select of the rejected rows in Parquet files of the quarantine; of no rows without files."""
    columns = ("feed", "file", "source_file", "row_number", "reason", "raw")
    if files:
        paths = ", ".join(literal(str(file)) for file in files)
        return f"select {', '.join(columns)} from read_parquet([{paths}], hive_partitioning = false)"
    kinds = ("BIGINT" if name == "row_number" else "VARCHAR" for name in columns)
    nulls = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in zip(columns, kinds, strict=True))
    return f"select {nulls} where false"


def json_object(values: dict[str, str]) -> str:
    """The text of a JSON object with a field for each SQL expression."""
    pairs = ", ".join(f"{literal(name)}, {value}" for name, value in values.items())
    return f"cast(json_object({pairs}) as VARCHAR)"


def is_json_object(text: str) -> str:
    """The condition that a text is a JSON object; never null."""
    return f"{json_kind(text)} = 'OBJECT'"


def json_kind(text: str) -> str:
    """What JSON a text is (OBJECT, ARRAY, …), empty when it is none; never null. The text is parsed only once."""
    return f"coalesce(try(json_type({text})), '')"


def json_pointer(key: str) -> str:
    """The JSON Pointer (RFC 6901) to a field of an object, as an SQL literal; unlike a path it takes any key."""
    return literal("/" + key.replace("~", "~0").replace("/", "~1"))


def json_field(document: str, key: str) -> str:
    """A field of a JSON object as JSON, the document and the key given as SQL."""
    return f"json_extract({document}, {_pointer(key)})"


def json_field_text(document: str, key: str) -> str:
    """A field of a JSON object as text, the document and the key given as SQL."""
    return f"json_extract_string({document}, {_pointer(key)})"


def _pointer(key: str) -> str:
    return f"'/' || replace(replace({key}, '~', '~0'), '/', '~1')"
