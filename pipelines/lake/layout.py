"""What a delivered file holds: its format, its columns, and what has to be done before its rows can be read.

Belongs here: names, headers and schemas. Does not belong here: rows (``read``), the start of a text (``dialects``).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.lake import archives
from pipelines.lake.converting import Recoded, document_lines, is_document, sheet_lines
from pipelines.lake.dialects import (
    NOTHING_DECLARED,
    PLAIN,
    Declared,
    TextForm,
    UnreadableFileError,
    encoding_of,
    header_of,
    other_kind,
    require_text,
)
from pipelines.lake.files import Format, LandedFile
from pipelines.lake.lines import CSV, JSON_LINES, Dialect, TextFile
from pipelines.sources.base import Source

DOCUMENT = "document.json"
"""The name of a JSON document on its way to lines, in the folder for scratch."""

_CHUNK = 1 << 20
_MAGIC_BYTES = 4
_COMPRESSION_MARKS = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
_ENDINGS = ".csv, .tsv, .txt, .jsonl, .ndjson, .json, .parquet, .xlsx, .zip"


@dataclass(frozen=True)
class Layout:
    """What files must share to be read together: format, compression as delivered, columns with their types.

    ``form`` is that of text. A file is converted before it is read where it is a JSON document (``is_document``) or a
    workbook (``sheet`` says which of its sheets and from where on); ``partition`` names the columns that folders give.
    """

    format: Format
    codec: str | None
    columns: tuple[tuple[str, str], ...]
    form: TextForm = PLAIN
    is_document: bool = False
    sheet: Declared | None = None
    partition: tuple[str, ...] = ()

    @property
    def dialect(self) -> Dialect | None:
        """How the text is divided; None where it is no lines of text."""
        if self.format is Format.CSV:
            return replace(CSV, delimiter=self.form.delimiter)
        return JSON_LINES if self.format is Format.JSON_LINES else None


def layout_of(
    connection: duckdb.DuckDBPyConnection,
    landed: LandedFile,
    source: Source | None = None,
) -> Layout:
    """The layout of a file, from its name, its header or its schema, and what its source says of its files."""
    delivery = landed.delivery
    declared = source.files if source else NOTHING_DECLARED
    partition = partition_of(landed, source)
    match delivery.format:
        case Format.CSV | Format.SHEET:
            sheet = declared if delivery.format is Format.SHEET else None
            if sheet:
                start = _sheet_start(landed, sheet)
                declared = Declared(delimiter=",", encoding="utf-8")
            else:
                start = check_text(landed, declared.encoding)
            wanted, known = _looked_for(delivery.feed, source)
            given = set(partition) if known is None or set(partition) & set(known) else set()
            form, names = header_of(
                start,
                wanted=[name for name in wanted if name not in given],
                known=known,
                declared=declared,
                default="\t" if PurePosixPath(delivery.name.lower()).suffix == ".tsv" else ",",
            )
            columns = tuple((name, "VARCHAR") for name in names)
            return Layout(Format.CSV, delivery.codec, columns, form, sheet=sheet, partition=partition)
        case Format.JSON_LINES:
            start = check_text(landed, declared.encoding)
            form = TextForm(encoding=declared.encoding or encoding_of(start), skip_rows=declared.skip_rows)
            if form.encoding != "utf-8":
                start = start.decode(form.encoding, errors="replace").encode()
            keys = (*source.required, *source.optional) if source else ()
            columns = tuple((key, "VARCHAR") for key in keys or FEEDS[delivery.feed].column_names)
            return Layout(
                delivery.format,
                delivery.codec,
                columns,
                form,
                is_document=is_document(start),
                partition=partition,
            )
        case Format.PARQUET:
            return Layout(delivery.format, delivery.codec, _parquet_schema(connection, landed), partition=partition)
        case _:
            raise UnreadableFileError(_unknown_ending(landed))


def partition_of(landed: LandedFile, source: Source | None) -> tuple[str, ...]:
    """The columns that a file's folders give; payloads take in only what their source reads."""
    keys = sorted(landed.delivery.partition)
    return tuple(key for key in keys if source is None or not source.takes_payloads or key in source.columns_read)


def converter(layout: Layout, scratch: Path) -> Callable[[BinaryIO], BinaryIO] | None:
    """What makes lines of text of a file with this layout; None where it is lines of UTF-8 already."""
    if (sheet := layout.sheet) is not None:
        return lambda source: cast(BinaryIO, sheet_lines(source, sheet))
    if layout.is_document:

        def of_document(source: BinaryIO) -> BinaryIO:
            document = scratch / DOCUMENT
            with document.open("wb") as sink:
                shutil.copyfileobj(Recoded(source, layout.form), sink, _CHUNK)
            return cast(BinaryIO, document_lines(document))

        return of_document
    if layout.form.is_plain:
        return None
    return lambda source: cast(BinaryIO, Recoded(source, layout.form))


def _looked_for(feed: str, source: Source | None) -> tuple[Sequence[str], Collection[str] | None]:
    """The columns that a table must have, and those of which there must not be two; None stands for all."""
    if source is None or not source.mappings:
        return FEEDS[feed].required_names, FEEDS[feed].column_names
    if source.takes_payloads:
        return source.columns_read, source.columns_read or None
    return source.required, (*source.required, *source.optional)


def _unknown_ending(landed: LandedFile) -> str:
    """Why a file with this name is not read, and what it seems to be by its first bytes."""
    if landed.delivery.name.lower().endswith(archives.ENDING):
        return "it is no zip archive that can be read: it is broken, encrypted or names a file twice"
    try:
        start = next(TextFile(landed.path, landed.codec).chunks(), b"")
    except OSError as error:
        return first_line(error)
    seems = other_kind(start)
    return f"its name ends in none of {_ENDINGS}, with .gz or .zst after them" + (f"; {seems}" if seems else "")


def _sheet_start(landed: LandedFile, declared: Declared) -> bytes:
    try:
        with TextFile(landed.path, landed.codec).open() as source:
            return sheet_lines(source, declared).read()
    except OSError as error:
        raise UnreadableFileError(first_line(error)) from error


def check_text(landed: LandedFile, encoding: str | None = None) -> bytes:
    """The start of a file of text; raises ``UnreadableFileError`` when it cannot be decompressed or is no text."""
    start = start_of(landed)
    require_text(start, encoding or encoding_of(start))
    return start


def start_of(landed: LandedFile) -> bytes:
    """The start of a file, whatever it is; raises ``UnreadableFileError`` when it cannot be decompressed."""
    try:
        return next(TextFile(landed.path, landed.codec).chunks(), b"")
    except OSError as error:
        raise UnreadableFileError(_not_packed(landed) or first_line(error)) from error


def _not_packed(landed: LandedFile) -> str | None:
    """What to do with a file whose name promises a compression that its bytes do not have."""
    with landed.path.open("rb") as stream:
        start = stream.read(_MAGIC_BYTES)
    if not landed.delivery.codec or start.startswith(_COMPRESSION_MARKS[landed.delivery.codec]):
        return None
    ending = PurePosixPath(landed.delivery.name).suffix
    return f"it is not compressed by {landed.delivery.codec}, as its name says: give it its name without {ending}"


def _parquet_schema(connection: duckdb.DuckDBPyConnection, landed: LandedFile) -> tuple[tuple[str, str], ...]:
    if landed.codec is not None:
        return ()  # known once it is decompressed; such files are read one by one
    try:
        return tuple(describe_parquet(connection, str(landed.path)).items())
    except duckdb.Error as error:
        raise UnreadableFileError(first_line(error)) from error


def describe_parquet(connection: duckdb.DuckDBPyConnection, path: str) -> dict[str, str]:
    """The columns of a Parquet file with their types."""
    described = connection.execute(
        "describe select * from read_parquet(?, hive_partitioning = false)", [path]
    ).fetchall()
    return {row[0]: row[1] for row in described}


def first_line(error: Exception) -> str:
    """What an error says first, without its kind."""
    lines = str(error).splitlines() or [type(error).__name__]
    return re.sub(r"^(?:[A-Z]\w* )+Error: ", "", lines[0].strip())
