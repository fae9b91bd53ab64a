"""How a file of text is written: its encoding, what divides its fields, and where its header is.

Found where it is certain; otherwise the error says what the file seems to be. A mapping may declare it (``Declared``).

Belongs here: the start of a file. Does not belong here: its rows (``read``, ``lines``), other formats (``converting``).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
_PREAMBLE_LINES = 30
_MAGIC = {
    b"\x1f\x8b": ("gzip", ".gz"),
    b"\x28\xb5\x2f\xfd": ("zstd", ".zst"),
    b"PAR1": ("Parquet", ".parquet"),
    b"PK\x03\x04": ("a zip archive or an Excel workbook", ".zip or .xlsx"),
}
_BYTE_ORDER_MARKS = (
    ((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), "utf-32"),
    ((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), "utf-16"),
)


class UnreadableFileError(Exception):
    """A file of which nothing can be read; the message is a clause that says why."""


@dataclass(frozen=True)
class TextForm:
    """How a text is written; ``skip_rows`` are the lines before the header."""

    delimiter: str = ","
    encoding: str = "utf-8"
    skip_rows: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether its bytes can be read as they are."""
        return self.encoding == "utf-8" and not self.skip_rows


@dataclass(frozen=True)
class Declared:
    """What a mapping says about its files, where it does; ``sheet`` is of an Excel workbook."""

    delimiter: str | None = None
    encoding: str | None = None
    skip_rows: int = 0
    sheet: str | None = None


_SIGNS_IN_TEXT = "€£§°«»®©™²³µ…\u2013\u2014\u2018\u2019\u201c\u201d\u201e"  # dashes and quotes

PLAIN = TextForm()
NOTHING_DECLARED = Declared()


def encoding_of(start: bytes) -> str:
    """The encoding of a text by its first bytes: UTF-8, unless a byte order mark or zeros show another."""
    # The shorter mark is the beginning of the longer one.
    for marks, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(marks):
            return encoding
    head = start[:200]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if len(head) > 3 and max(even, odd) > len(head) // 4 and min(even, odd) == 0:
        return "utf-16-be" if even else "utf-16-le"
    return "utf-8"


def other_kind(start: bytes) -> str | None:
    """What a file is whose bytes are those of another kind than text, and the ending for its name; else None."""
    for magic, (kind, ending) in _MAGIC.items():
        if start.startswith(magic):
            return f"it is {kind}: give its name the ending {ending}"
    return None


def require_text(start: bytes, encoding: str) -> None:
    """Refuse bytes that are no text in an encoding; raises ``UnreadableFileError``."""
    if (kind := other_kind(start)) is not None:
        raise UnreadableFileError(kind)
    if encoding == "utf-8" and b"\x00" in start.partition(b"\n")[0]:
        raise UnreadableFileError("it is not UTF-8 text: convert it to UTF-8")


def wrong_encoding(start: bytes) -> str | None:
    """What the encoding of a text seems to be that is not UTF-8, as the end of a sentence; None when it is UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError as error:
        around = start[max(error.start - 20, 0) : error.start + 20].splitlines()
        seen = next((line for line in around if any(byte > 127 for byte in line)), b"")
        shown = seen.decode("cp1252", errors="replace").strip()
        # A text of another encoding gives signs that stand in no word: to name one would make wrong letters of it.
        is_likely = all(sign.isascii() or sign.isalpha() or sign in _SIGNS_IN_TEXT for sign in shown)
        guess = f"; it seems to be Windows-1252 ({shown!r})" if is_likely else ""
        return f"it is not UTF-8 text{guess}: convert it to UTF-8, or declare its encoding in a mapping"
    return None


def wrong_lines(start: bytes) -> str | None:
    """Why lines of a file are no JSON Lines although they hold JSON, as the end of a sentence; None of others."""
    first = start.partition(b"\n")[0].strip()
    if first.endswith(b"},"):
        return "its lines end with commas: leave these out, or put the lines between brackets as one array"
    if first.startswith(b"\x1e"):
        return "its lines begin with record separators (RFC 7464): leave these out"
    return None


def header_of(
    start: bytes, *, wanted: Sequence[str], known: Collection[str] | None, declared: Declared, default: str = ","
) -> tuple[TextForm, tuple[str, ...]]:
    """The form of a file of delimited text by its first bytes, and the names in its header.

    ``wanted`` are the columns that it must have: of the delimiters that are not declared that one is taken which gives
    most of them. ``known`` are the columns of which there must not be two; None stands for all. Columns without a
    name, and the repetitions of others, get names of their own. Raises ``UnreadableFileError``.
    """
    encoding = declared.encoding or encoding_of(start)
    require_text(start, encoding)
    if not start:
        raise UnreadableFileError("it is empty: a CSV file needs a header row")
    text = _decoded(start, encoding)
    skip_rows = declared.skip_rows
    delimiters = (declared.delimiter,) if declared.delimiter else (default, *(d for d in DELIMITERS if d != default))
    if not skip_rows and text[:4] == "sep=" and text[5:6] in {"\n", "\r"}:
        # Excel's own way to declare a delimiter.
        skip_rows, delimiters = 1, (text[4],)
    skipped, text = _split_lines(text, skip_rows)
    headers = {delimiter: _first_row(text, delimiter) for delimiter in delimiters}
    if all(names is None for names in headers.values()):
        raise UnreadableFileError("its header row cannot be read: a quote in it is not closed, or not doubled")
    delimiter = _best(headers, wanted)
    names = headers[delimiter] or []
    if not set(wanted) & set(names) or not names:
        _require_not_skipped(skipped, delimiters, wanted)
        _require_no_preamble(text, delimiters, wanted, skip_rows)
    if not names:
        raise UnreadableFileError("it begins with a blank line: a CSV file needs a header row first")
    if any("\ufffd" in name for name in names) and (problem := wrong_encoding(start)) is not None:
        raise UnreadableFileError(problem)
    return TextForm(delimiter, encoding, skip_rows), tuple(_distinct(names, known))


def _decoded(start: bytes, encoding: str) -> str:
    try:
        decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)
        return decoder(errors="replace" if encoding == "utf-8" else "strict").decode(start)
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"it is not {encoding} text, as its mapping declares") from error


def _lines(text: str) -> Iterator[str]:
    return iter(io.StringIO(text, newline=""))


def _first_row(text: str, delimiter: str) -> list[str] | None:
    """The fields of the first row; None where quotes do not fit the delimiter."""
    try:
        return next(csv.reader(_lines(text), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _best(headers: dict[str, list[str] | None], wanted: Sequence[str]) -> str:
    """The delimiter that gives most of the wanted columns, or most columns where the first gives but one."""
    first = next(iter(headers))
    found = {delimiter: len(set(wanted) & set(names or [])) for delimiter, names in headers.items()}
    if max(found.values()):
        return max(found, key=lambda delimiter: found[delimiter])
    if len(headers[first] or []) > 1:
        return first
    return max(headers, key=lambda delimiter: len(headers[delimiter] or []))


def _split_lines(text: str, skip_rows: int) -> tuple[list[str], str]:
    """The lines that are to be skipped, and the text after them."""
    if not skip_rows:
        return [], text
    lines = list(_lines(text))
    return lines[:skip_rows], "".join(lines[skip_rows:])


def _names_in(line: str, delimiter: str) -> set[str]:
    return set(line.removeprefix("\ufeff").rstrip("\r\n").replace('"', "").split(delimiter))


def _require_not_skipped(skipped: Sequence[str], delimiters: Sequence[str], wanted: Sequence[str]) -> None:
    """Say so when the names of the columns are in a line that is left out as declared."""
    for number, line in enumerate(skipped, start=1):
        if any(set(wanted) & _names_in(line, delimiter) for delimiter in delimiters):
            raise UnreadableFileError(
                f"the names of its columns stand in line {number}, which skip_rows: {len(skipped)} leaves out: "
                + (f"declare skip_rows: {number - 1}" if number > 1 else "leave skip_rows out of the mapping")
            )


def _require_no_preamble(text: str, delimiters: Sequence[str], wanted: Sequence[str], skip_rows: int) -> None:
    """Say so when the names of the columns come in a later line."""
    if not wanted:
        return
    for number, line in enumerate(_lines(text), start=1):
        if number > _PREAMBLE_LINES:
            return
        for delimiter in delimiters:
            if number > 1 and set(wanted) <= _names_in(line, delimiter):
                before = skip_rows + number - 1
                raise UnreadableFileError(
                    f"the names of its columns stand in line {before + 1}, divided by "
                    f"{_NAMES.get(delimiter, delimiter)}: remove the {before} lines before them, or declare "
                    f"skip_rows: {before} in a mapping"
                )


def _distinct(names: Sequence[str], known: Collection[str] | None) -> Iterator[str]:
    """The names with those that are missing or repeated made up."""
    used: set[str] = set(names)
    seen: set[str] = set()
    for position, name in enumerate(names, start=1):
        if name in seen and (known is None or name in known):
            raise UnreadableFileError(f"its header names the column {name!r} twice: leave one")
        own = name
        if not name or name in seen:
            own = f"column {position}" if not name else f"{name} ({position})"
            while own in used:
                own += "'"
        used.add(own)
        seen.add(own)
        yield own
