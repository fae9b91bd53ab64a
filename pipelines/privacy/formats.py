"""Delivered files of every format without the erased people: what names nobody stays as it is, byte for byte.

A row is rewritten only when it names somebody; lines that no reader could take are searched for identifiers as well.

Belongs here: formats and compressions. Does not belong here: what becomes of a value (``cutting``), the lake.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Feed
from pipelines.errors import UserError
from pipelines.lake.files import Delivery, Format
from pipelines.privacy.cutting import Cutter
from pipelines.privacy.documents import DocumentCutter, JsonObject, dump, parse
from pipelines.privacy.places import Places
from pipelines.receiver.records import are_records
from pipelines.settings import Settings
from pipelines.sources import SOURCES
from pipelines.sources.mapping_file import mapping_rules_of

_DELIMITERS = (",", ";", "\t", "|")
_SEARCHED_LINES = 40


@dataclass(frozen=True)
class Roles:
    """What the columns of a sender's files are: the feed they belong to, or the canonical columns they become.

    ``made_from`` has, for a mapping, the columns of the file that each canonical column is made from.
    ``are_payloads`` says that a row is an object of the sender's own, which may be signed, and ``places`` where these
    name somebody.
    """

    feed: Feed | None = None
    made_from: dict[str, tuple[str, ...]] = field(default_factory=dict)
    are_payloads: bool = False
    places: Places = field(default_factory=Places)

    @property
    def columns(self) -> set[str]:
        """The names that a header may have."""
        if self.made_from:
            return {name for names in self.made_from.values() for name in names}
        return set(self.feed.column_names) if self.feed else set()


def roles_of(settings: Settings, sender: str) -> Roles:
    """The roles of the columns of a feed, a registered mapping or a sender, by the name that its accounts bear."""
    if sender in FEEDS:
        return Roles(FEEDS[sender])
    try:
        mapping = mapping_rules_of(settings, sender)
    except UserError:
        mapping = None
    if mapping is not None:
        made_from = {name: rule.source_columns for name, rule in mapping.columns.items()}
        return Roles(FEEDS[mapping.feed], made_from)
    source = SOURCES.get(sender)
    return Roles(are_payloads=True, places=Places(source.identifiers if source else ()))


def cut_content(cutter: Cutter, content: bytes, kind: Format, roles: Roles) -> bytes:
    """The content of a file, decompressed, without the erased people; the same bytes when it names none."""
    if content.startswith(b"PAR1"):
        return _parquet(cutter, content, roles)
    if content.startswith(b"PK\x03\x04"):
        return _packed(cutter, content, kind, roles)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        text = content.decode(encoding, errors="surrogateescape" if encoding == "utf-8" else "strict")
    except UnicodeDecodeError:
        encoding, text = "latin-1", content.decode("latin-1")
    cut = "".join(_text_rows(cutter, text, kind, roles))
    if cut == text:
        return content
    return cut.encode(encoding, errors="surrogateescape" if encoding == "utf-8" else "strict")


def _text_rows(cutter: Cutter, text: str, kind: Format, roles: Roles) -> Iterator[str]:
    start = text.removeprefix("\ufeff").lstrip()[:1]
    if roles.are_payloads and are_records(text.encode(errors="surrogateescape")):
        yield from (_line(cutter, line, roles) for line in io.StringIO(text, newline=""))
    elif kind is Format.CSV and start not in ("{", "["):
        yield from _table(cutter, text, roles)
    elif start == "[" or (start == "{" and not _is_json(text.partition("\n")[0])):
        yield _document(cutter, text, roles)
    else:
        yield from (_line(cutter, line, roles) for line in io.StringIO(text, newline=""))


def _is_json(line: str) -> bool:
    try:
        json.loads(line.removeprefix("\ufeff"))
    except ValueError:
        return False
    return True


def _line(cutter: Cutter, line: str, roles: Roles) -> str:
    """A line of JSON with its ending."""
    body = line.rstrip("\r\n")
    return (_document(cutter, body, roles) + line[len(body) :]) if body else line


def _document(cutter: Cutter, text: str, roles: Roles) -> str:
    if roles.feed is None:
        return DocumentCutter(cutter, roles.places, are_payloads=roles.are_payloads).text(text)
    try:
        node = parse(text.removeprefix("\ufeff"))
    except ValueError:
        return cutter.text(text)
    cut = _objects(node, lambda pairs: _cut_pairs(cutter, pairs, roles))
    return text if dump(cut) == dump(node) else dump(cut)


def _objects(node: Any, change: Callable[[JsonObject], JsonObject]) -> Any:
    if isinstance(node, JsonObject):
        return change(node)
    return [_objects(item, change) for item in node] if isinstance(node, list) else node


def _cut_pairs(cutter: Cutter, pairs: JsonObject, roles: Roles) -> JsonObject:
    """A row of JSON: its values as texts, and what changes put back in their places."""
    texts = [None if value is None else str(value) if isinstance(value, str) else dump(value) for _, value in pairs]
    cut = _cut_fields(cutter, [name for name, _ in pairs], texts, roles)
    if cut is None:
        return pairs
    changed = zip(pairs, texts, cut, strict=True)
    return JsonObject([(name, value if before == after else after) for (name, value), before, after in changed])


def _cut_fields(
    cutter: Cutter, names: Sequence[str], texts: Sequence[str | None], roles: Roles
) -> list[str | None] | None:
    """The fields of a row in their order; None when it names nobody who was erased."""
    if roles.feed is None:
        row = JsonObject([(name, text or "") for name, text in zip(names, texts, strict=True)])
        parsed = parse(DocumentCutter(cutter, roles.places).text(dump(row)))
        if dump(parsed) == dump(row):
            return None
        return [None if text is None else value for text, (_, value) in zip(texts, parsed, strict=True)]
    if roles.made_from:
        return _cut_mapped(cutter, names, texts, roles)
    cut = cutter.row(roles.feed, dict(zip(names, texts, strict=True)))
    return None if cut is None else [cut[name] for name in names]


def _cut_mapped(
    cutter: Cutter, names: Sequence[str], texts: Sequence[str | None], roles: Roles
) -> list[str | None] | None:
    """A row that a mapping makes one of a feed: its columns have the roles of the canonical ones made from them."""
    identifying: dict[str, tuple[str, ...]] = {}
    personal: set[str] = set()
    columns = {column.name: column for column in roles.feed.columns} if roles.feed else {}
    for name, sources in roles.made_from.items():
        column = columns[name]
        for source in sources if column.identifies else ():
            identifying[source] = (*identifying.get(source, ()), *column.identifier_kinds)
        personal |= set(sources) if column.personal and not column.identifies else set()
    own = any(
        text and name in identifying and cutter.names(text.strip(), identifying[name])
        for name, text in zip(names, texts, strict=True)
    )
    cut: list[str | None] = []
    for name, text in zip(names, texts, strict=True):
        if not text:
            cut.append(text)
        elif name in identifying:
            kinds = identifying[name]
            cut.append(cutter.value(text.strip(), kinds) if cutter.names(text.strip(), kinds) else text)
        elif own and (name in personal or name not in roles.columns):
            cut.append(None)
        else:
            cut.append(cutter.text(text, own=own and name in roles.made_from.get("event_id", ())))
    return None if cut == list(texts) else cut


def _table(cutter: Cutter, text: str, roles: Roles) -> Iterator[str]:
    """Delimited text: the rows that name somebody written anew, everything else as it was."""
    delimiter, skipped = _header_place(text, roles)
    names: list[str] | None = None
    for number, (raw, row) in enumerate(_raw_rows(text, delimiter, skipped)):
        if number < skipped:
            yield cutter.text(raw)
        elif names is None:
            # A file without a header has data where the names should be.
            names = [name.removeprefix("\ufeff").strip() for name in row]
            yield raw if roles.columns & set(names) else cutter.text(raw)
        else:
            # A row with other fields than its header has nothing to be told by.
            is_whole = len(row) == len(names) == len(set(names))
            cut = _cut_fields(cutter, names, row, roles) if is_whole else None
            yield cutter.text(raw) if cut is None else _written(cut, raw, delimiter)


def _raw_rows(text: str, delimiter: str, skipped: int) -> Iterator[tuple[str, list[str]]]:
    """The rows of delimited text, each as it is written and as its fields; none where it cannot be read as a row."""
    lines = io.StringIO(text, newline="")
    yield from ((lines.readline(), []) for _ in range(skipped))
    pulled: list[str] = []

    def pulling() -> Iterator[str]:
        for line in lines:
            pulled.append(line)
            yield line

    rows = csv.reader(pulling(), delimiter=delimiter)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            row = []
        yield "".join(pulled), row
        pulled.clear()


def _written(row: list[str | None], raw: str, delimiter: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="").writerow(["" if text is None else text for text in row])
    return stream.getvalue() + raw[len(raw.rstrip("\r\n")) :]


def _header_place(text: str, roles: Roles) -> tuple[str, int]:
    """The delimiter, and how many lines are before the header: where most of the known columns are named."""
    best = (0, 0, ",", 0)
    for number, line in enumerate(_first_lines(text)):
        for delimiter in _DELIMITERS:
            names = [name.strip(' "\ufeff') for name in line.rstrip("\r\n").split(delimiter)]
            known = len(roles.columns & set(names))
            found = (known, len(names) if number == 0 else 0, delimiter, number)
            best = max(best, found, key=lambda place: place[:2])
    return best[2], best[3]


def _first_lines(text: str) -> Iterable[str]:
    lines = io.StringIO(text, newline="")
    return (line for _, line in zip(range(_SEARCHED_LINES), lines, strict=False))


def _parquet(cutter: Cutter, content: bytes, roles: Roles) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(content))
    names = table.column_names
    columns = [_as_texts(table.column(name)) for name in names]
    rows = zip(*columns, strict=True) if columns else iter(())
    changed: dict[int, list[str | None]] = {}
    for number, row in enumerate(rows):
        cut = _cut_fields(cutter, names, row, roles)
        if cut is not None:
            changed[number] = cut
    if not changed:
        return content
    for position, name in enumerate(names):
        before = columns[position]
        if any(cut[position] != before[number] for number, cut in changed.items()):
            values = [changed[number][position] if number in changed else text for number, text in enumerate(before)]
            table = table.set_column(position, name, _as_before(pa, table.column(name), values))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())


def _as_texts(column: Any) -> list[str | None]:
    values = column.to_pylist()
    return [value if value is None or isinstance(value, str) else _text_of(value) for value in values]


def _text_of(value: Any) -> str:
    return json.dumps(value, default=str) if isinstance(value, list | dict) else str(value)


def _as_before(pa: Any, column: Any, values: list[str | None]) -> Any:
    """Values in a column's own type where only some of them are left out; as texts where a pseudonym is among them."""
    own = column.to_pylist()
    if all(value is None or value == text for value, text in zip(values, _as_texts(column), strict=True)):
        kept = [before if value is not None else None for before, value in zip(own, values, strict=True)]
        return pa.chunked_array([pa.array(kept, type=column.type)])
    return pa.chunked_array([pa.array(values, type=pa.string())])


def _packed(cutter: Cutter, content: bytes, kind: Format, roles: Roles) -> bytes:
    """An Excel workbook, or an archive of files, which are cut one by one."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "[Content_Types].xml" in archive.namelist():
            return _workbook(cutter, content, roles)
        members = [(entry, archive.read(entry)) for entry in archive.infolist()]
    cut = [
        (entry, cut_content(cutter, unpacked, kind_of(entry.filename) or kind, roles)) for entry, unpacked in members
    ]
    if all(after == before for (_, before), (_, after) in zip(members, cut, strict=True)):
        return content
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, unpacked in cut:
            archive.writestr(entry, unpacked)
    return stream.getvalue()


def kind_of(name: str) -> Format | None:
    """The format that a name promises; None when it promises none."""
    kind = Delivery("", name, Path(name)).format
    return None if kind is Format.UNKNOWN else kind


def _workbook(cutter: Cutter, content: bytes, roles: Roles) -> bytes:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content))
    is_changed = False
    for sheet in book.worksheets:
        names: list[str] = []
        for cells in sheet.iter_rows():
            texts = [None if cell.value is None else str(cell.value) for cell in cells]
            if not names:
                found = [(text or "").strip() for text in texts]
                names = found if not roles.columns or roles.columns & set(found) else []
                continue
            cut = _cut_fields(cutter, names, texts, roles) if len(set(names)) == len(names) else None
            for cell, before, after in zip(cells, texts, cut or texts, strict=True):
                if before != after:
                    cell.value, is_changed = after, True
    if not is_changed:
        return content
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
