"""Files of payloads as rows of one JSON object each, whatever the format they came in.

Belongs here: JSON Lines, JSON documents, tables and the receiver's envelopes as payloads.
Does not belong here: what is in a payload (``pipelines.sources``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from pipelines.lake.converting import is_document
from pipelines.lake.dialects import UnreadableFileError
from pipelines.lake.files import Format, LandedFile
from pipelines.lake.json_shapes import reject_ambiguous, shape
from pipelines.lake.layout import Layout, check_text, first_line, layout_of, partition_of, start_of
from pipelines.lake.lines import JSON_LINES, empty_rejected, load_lines
from pipelines.lake.read import Rows, differs, read, text_files
from pipelines.lake.sql import json_kind, json_pointer, literal
from pipelines.receiver.records import CHECKSUM, are_records
from pipelines.sources.base import Source

ENVELOPE_START = '{"received_at":'
"""How a line begins in which the receiver wrapped a body: its fields are received_at, headers and body."""

# The end of an envelope with a checksum of all before it, as pipelines.receiver.records writes it.
_CHECKSUM_START = f',"{CHECKSUM}":"'
_CHECKSUM_LENGTH = len(_CHECKSUM_START) + 64 + len('"}')
_TRIMMED = f"trim(payload, ' {chr(9)}{chr(13)}')"
_HAS_CHECKSUM = rf'{_CHECKSUM_START}.{{64}}"\}}[ \t\r]*$'
# A word is found faster than a pattern, most so by its last, rarer letters.
_IS_DAMAGED = f"""(case
    when not contains(payload, {literal(_CHECKSUM_START[-7:])}) then false
    when not regexp_matches(payload, {literal(_HAS_CHECKSUM)}) then false
    else {_TRIMMED}[-66:-3] <> sha256({_TRIMMED}[:-{_CHECKSUM_LENGTH + 1}]) end)"""

_COMPACT_FORM = r"\s*[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\s*"
# An envelope that was cut off has no body and stays as it is, to be rejected as a row.
_BODY = "try(json_extract_string(payload, '$.body'))"
# A body that is a signed token alone becomes an object, as which the same token also comes.
_UNWRAPPED = f"""
    case when starts_with(payload, {literal(ENVELOPE_START)}) and not {_IS_DAMAGED} then (
        case when regexp_full_match({_BODY}, {literal(_COMPACT_FORM)})
            then cast(json_object('payload', trim({_BODY})) as VARCHAR)
            else coalesce({_BODY}, payload) end
    ) else payload end"""


_FIRST, *_BETWEEN, _LAST = shape("payload")
_SHAPE = (
    {"is_damaged": _IS_DAMAGED, **_FIRST},
    *_BETWEEN,
    {**_LAST, "is_damaged": "is_damaged", "is_object": f"not is_damaged and {_LAST['is_object']}"},
)


def payload_layout_of(connection: duckdb.DuckDBPyConnection, landed: LandedFile, source: Source) -> Layout:
    """The layout of a file of payloads: JSON is lines where its first ones are whole values, else one document."""
    if landed.delivery.format is not Format.JSON_LINES:
        return layout_of(connection, landed, source)
    start = start_of(landed)
    # One damaged record of the receiver's is rejected alone, also the first, which else tells what a file is.
    is_lines = are_records(start)
    if not is_lines:
        start = check_text(landed).removeprefix(b"\xef\xbb\xbf").lstrip()
        is_lines = _is_json(start.partition(b"\n")[0]) and not is_document(start)
    return Layout(
        Format.JSON_LINES,
        landed.delivery.codec,
        (),
        is_document=not is_lines,
        partition=partition_of(landed, source),
    )


def read_payloads(
    connection: duckdb.DuckDBPyConnection, batch: Sequence[LandedFile], layout: Layout, scratch: Path
) -> Rows:
    """Make the payloads of a batch of files with one layout available as rows with a column ``payload``.

    What is no JSON object is in the table ``rejected``.
    Raises ``UnreadableFileError`` when any file of the batch cannot be read; read them one by one to find which.
    """
    fields: tuple[str, ...] = ()
    match layout.format:
        case Format.JSON_LINES:
            empty_rejected(connection)
            try:
                load_lines(connection, text_files(batch), JSON_LINES, {"payload": _UNWRAPPED}, scratch, also=_SHAPE)
            except (duckdb.Error, OSError) as error:
                raise UnreadableFileError(first_line(error)) from error
            relation = "numbered"
        case _:
            rows = read(connection, batch, replace(layout, partition=()), scratch)
            fields = (*rows.fields, *(key for key in layout.partition if key not in rows.fields))
            payload = f"json_merge_patch('{{}}', {rows.raw})"
            relation = _unwrap(connection, f"select file_number, row_number, {payload} as payload from delivered")
    relation = _open_arrays(connection, relation)
    connection.execute(
        "insert into rejected select file_number, row_number, "
        f"if(is_damaged, 'damaged_record', 'malformed_row'), payload from {relation} where not is_object"
    )
    is_unambiguous = reject_ambiguous(connection, relation, "payload")
    objects = f"(select file_number, row_number, payload from {relation} where {is_unambiguous})"
    if layout.partition:
        objects = _with_partition(connection, batch, layout, objects)
    return Rows(objects, {"payload": "VARCHAR"}, "payload", lambda _: "null", fields)


def _unwrap(connection: duckdb.DuckDBPyConnection, source: str) -> str:
    """Make a table of the payloads that a select gives, out of the receiver's envelopes; its name."""
    connection.execute(
        f"""
        create or replace temp table unwrapped as
        {_shaped(f"select file_number, row_number, cast({_UNWRAPPED} as VARCHAR) as payload from ({source})")}
        """
    )
    return "unwrapped"


def _shaped(rows: str) -> str:
    *steps, last = (", ".join(f"{sql} as {name}" for name, sql in step.items()) for step in _SHAPE)
    for step in steps:
        rows = f"select *, {step} from ({rows})"
    return f"select file_number, row_number, payload, {last} from ({rows})"


def _with_partition(
    connection: duckdb.DuckDBPyConnection, batch: Sequence[LandedFile], layout: Layout, relation: str
) -> str:
    """The payloads with the fields that the folders of their files give; one that says another thing is rejected."""
    folders = [{key: file.delivery.partition[key] for key in layout.partition} for file in batch]
    given = ", ".join(
        f"({number}, {literal(json.dumps({key: value for key, value in folder.items() if value}))})"
        for number, folder in enumerate(folders)
    )
    joined = f"{relation} join (values {given}) as folders (file_number, given) using (file_number)"
    for key in layout.partition:
        at = json_pointer(key)
        connection.execute(
            f"insert into rejected select file_number, row_number, {literal(f'folder_differs:{key}')}, payload "
            f"from {joined} where {differs(f'json_extract_string(payload, {at})', f'json_extract_string(given, {at})')}"
        )
    return (
        "(select file_number, row_number, cast(json_merge_patch(payload, given) as VARCHAR) as payload "
        f"from {joined} where (file_number, row_number) not in (select (file_number, row_number) from rejected))"
    )


def _open_arrays(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """Make a row of each object of the arrays that the receiver was sent, all rows numbered anew in their order.

    The name of the table that has them, which is ``relation`` itself where there are no arrays.
    """
    is_array = f"{json_kind('payload')} = 'ARRAY'"
    found = f"select exists (from {relation} where not is_object and {is_array}) and not exists (from rejected)"
    if connection.execute(found).fetchall() != [(True,)]:
        return relation
    rows = f"""
        select file_number, row_number() over (partition by file_number order by row_number, position) as row_number,
            payload
        from (
            select file_number, row_number, 0 as position, payload from {relation} where not {is_array}
            union all
            select file_number, row_number, unnest(range(len(elements))) as position,
                cast(unnest(elements) as VARCHAR) as payload
            from (select *, cast(payload as JSON[]) as elements from {relation} where {is_array})
        )"""
    connection.execute(
        f"""
        create or replace temp table opened as
        {_shaped(rows)}
        """
    )
    return "opened"


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
