"""Files that are no lines of UTF-8 text yet as such: other encodings, JSON documents, sheets of Excel workbooks.

Belongs here: conversions that lose nothing. Does not belong here: what the lines then say (``read``).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import duckdb

from pipelines.lake.dialects import Declared, TextForm, UnreadableFileError
from pipelines.lake.lines import MAXIMUM_LINE_BYTES

if TYPE_CHECKING:
    from _typeshed import SupportsRead

# Excel keeps 15 digits of a number, so what is longer is no longer what somebody typed.
_EXACT_DIGITS = 10**15
# Programs that write one object after another write all of them alike, but for what is empty.
_VALUES_SEEN = 5
_EDGE = 64


class Recoded:
    """A text in UTF-8 without the lines before its header, read from a stream of its bytes."""

    def __init__(self, source: BinaryIO, form: TextForm) -> None:
        encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
        errors = "surrogateescape" if form.encoding == "utf-8" else "strict"
        self._form = form
        self._errors = errors
        self._text = io.TextIOWrapper(source, encoding=encoding, errors=errors, newline="")
        for _ in range(form.skip_rows):
            self._text.readline()

    def read(self, size: int = -1) -> bytes:
        """The next characters, about ``size`` bytes; raises ``UnreadableFileError`` where they are no such text."""
        try:
            # A row that is no UTF-8 comes out as it went in, to be rejected as a row.
            return self._text.read(size).encode("utf-8", errors=self._errors)
        except UnicodeDecodeError as error:
            raise UnreadableFileError(f"it is not {self._form.encoding} text ({error.reason})") from error


class Streamed:
    """Texts one after another, read like a file."""

    def __init__(self, parts: Iterator[str]) -> None:
        self._parts = parts

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002 - a part is as long as it is
        """The next part that is not empty."""
        return next((part.encode() for part in self._parts if part), b"")


def is_document(start: bytes) -> bool:
    """Whether a text is JSON that is not written one value a line: an array, objects side by side or indented."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().decode("utf-8", errors="replace")
    if text.startswith("["):
        return True
    for number in range(_VALUES_SEEN):
        first = text.partition("\n")[0]
        try:
            _, end = json.JSONDecoder().raw_decode(text)
        except ValueError:
            # An object longer than what is seen of it begins with a line of its own where it is indented.
            return number == 0 and first.strip() == "{"
        if end > len(first.rstrip()) or first[end:].lstrip().startswith("{"):
            return True
        text = text[end:].lstrip()
    return False


def document_lines(path: Path) -> Streamed:
    """The values of a JSON document, one a line, as they are written; raises ``duckdb.Error`` when it is none."""

    # By itself DuckDB takes for lines what begins with an object on a line of its own.
    with path.open("rb") as document:
        layout = "auto" if document.read(_EDGE).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[") else "unstructured"

    def lines() -> Iterator[str]:
        with duckdb.connect() as connection:
            found = connection.execute(
                "select replace(replace(cast(json as VARCHAR), chr(10), ' '), chr(13), ' ') from read_json_objects("
                f"$1, format = '{layout}', compression = 'none', maximum_object_size = {MAXIMUM_LINE_BYTES})",
                [str(path)],
            )
            while rows := found.fetchmany(10_000):
                yield "".join(f"{line}\n" for (line,) in rows)

    return Streamed(lines())


def sheet_lines(source: SupportsRead[bytes], declared: Declared) -> Streamed:
    """The rows of a sheet of an Excel workbook as CSV in UTF-8; raises ``UnreadableFileError``.

    Without a name it is the only sheet that has rows. Empty rows, and those that are to be skipped, are left out.
    """
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(io.BytesIO(source.read()), read_only=True, data_only=True)
    except Exception as error:
        raise UnreadableFileError(
            "it is no Excel workbook that can be read: save it as .xlsx without a password"
        ) from (error)
    names, sheet = workbook.sheetnames, declared.sheet
    if sheet is not None and sheet not in names:
        raise UnreadableFileError(f"it has no sheet {sheet!r}: it has {', '.join(names)}")
    filled = [name for name in names if next(_rows(workbook[name], declared.skip_rows), None)]
    if sheet is None and len(filled) != 1:
        raise UnreadableFileError(
            f"several of its sheets have rows ({', '.join(filled)}): keep one, or name one in a mapping"
            if filled
            else "its sheets have no rows"
        )

    def lines() -> Iterator[str]:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        for row in _rows(workbook[sheet or filled[0]], declared.skip_rows):
            writer.writerow(row)
            if buffer.tell() > 1 << 16:
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue()

    return Streamed(lines())


def _rows(sheet: Any, skip_rows: int) -> Iterator[list[str]]:
    for number, row in enumerate(sheet.iter_rows(min_row=skip_rows + 1, values_only=True), start=skip_rows + 1):
        texts = [_cell(value, number, column) for column, value in enumerate(row, start=1)]
        if any(texts):
            yield texts


def _cell(value: Any, row: int, column: int) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            if abs(value) >= _EXACT_DIGITS:
                raise UnreadableFileError(
                    f"row {row}, column {column} holds a number of more digits than Excel keeps: format it as text"
                )
            return str(int(value)) if value.is_integer() else repr(value)
        case datetime():
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)
