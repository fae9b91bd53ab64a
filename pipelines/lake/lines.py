"""Files of text as tables of lines: which rows could be read, which could not, and the number of each.

DuckDB's reader leaves out blank lines but counts them in the numbers of the rows that it rejects, and it takes only
one style of line ending a file; both are made up for here, at the cost of a second look at such files only. Of many
files at once it drops a last row whose quote is not closed; no copy ends in one, since a mark closes it (``_END``).

Belongs here: lines and their numbers. Does not belong here: fields and their formats (``read``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import numpy as np
import numpy.typing as npt

from pipelines.lake.sql import literal, quote

MAXIMUM_LINE_BYTES = 32 << 20
# Larger ones leave the processor's cache before they are written.
_CHUNK = 1 << 20
# How much of a line that is too long is kept beside its reason; all of it is in the landed file.
_KEPT_BYTES = 1_000
# The last row of every copy with quotes: malformed by itself, and whatever has its quote still open is so with it.
_END = '"end"of file'
_LINE_FEED, _CARRIAGE_RETURN, _QUOTE = b'\n\r"'


@dataclass(frozen=True)
class Dialect:
    """How the text of a file is divided into rows and fields."""

    delimiter: str
    is_quoted: bool
    has_header: bool

    @property
    def header_lines(self) -> int:
        """The number of rows before the first row of data."""
        return int(self.has_header)


CSV = Dialect(",", is_quoted=True, has_header=True)
# No text of JSON holds this character unescaped, so a line stays whole.
JSON_LINES = Dialect("\x01", is_quoted=False, has_header=False)


@dataclass(frozen=True)
class TextFile:
    """A file to read: where it lies and its compression as Arrow names it."""

    path: Path
    codec: str | None

    def open(self) -> Any:
        """A stream of its bytes, decompressed."""
        import pyarrow as pa

        return pa.input_stream(str(self.path), compression=self.codec)

    def chunks(self) -> Iterator[bytes]:
        """Its bytes in order; raises ``OSError`` when the compression is broken or the end is missing."""
        with self.open() as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk


def copy_lines(source: BinaryIO, sink: BinaryIO, dialect: Dialect) -> None:
    """Copy text from a stream to an empty file that can be read and cut; a line that is too long comes out malformed.

    DuckDB's reader needs memory for a whole line, and from about 512 MB on it leaves lines out without a word. The
    stand-in has the line's beginning and more fields than any row, so that it is rejected in its place and counted.
    """
    line_start = 0
    cut: _CutLine | None = None
    has_quotes = False
    for chunk in _read_ahead(source):
        has_quotes = has_quotes or b'"' in chunk
        ends = [place for place in (chunk.find(b"\n"), chunk.find(b"\r")) if place >= 0]
        head = min(ends, default=len(chunk))
        if cut is None and sink.tell() - line_start + head > MAXIMUM_LINE_BYTES:
            cut = _CutLine.of(sink, line_start)
        rest = chunk
        if cut is not None:
            cut.add(chunk[:head])
            rest = chunk[head:]
            if not ends:
                continue
            cut.close(sink, dialect)
            cut = None
        sink.write(rest)
        last = max(rest.rfind(b"\n"), rest.rfind(b"\r"))
        if last >= 0:
            line_start = sink.tell() - (len(rest) - last - 1)
    if cut is not None:
        cut.close(sink, dialect)
    if dialect.is_quoted and has_quotes:
        _mark_end(sink)


def _mark_end(sink: BinaryIO) -> None:
    """Write ``_END`` as a row of its own, after the line ending of the file where its last line has none."""
    if sink.seek(0, os.SEEK_END):
        sink.seek(-1, os.SEEK_END)
        if sink.read(1) not in (b"\n", b"\r"):
            sink.seek(0)
            style = re.search(rb"\r\n?|\n", sink.read(_CHUNK))
            sink.seek(0, os.SEEK_END)
            sink.write(style[0] if style else b"\n")
    sink.write(_END.encode())


def _read_ahead(source: BinaryIO) -> Iterator[bytes]:
    """A stream in chunks, the next one of which is unpacked while one is written."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        coming = beside.submit(source.read, _CHUNK)
        while chunk := coming.result():
            coming = beside.submit(source.read, _CHUNK)
            yield chunk


@dataclass
class _CutLine:
    """A line that is left out: how it begins, and how many quotes it has, since those divide the lines after it."""

    beginning: bytes
    quotes: int

    @classmethod
    def of(cls, sink: BinaryIO, line_start: int) -> _CutLine:
        """Take back from the file what was written of a line already."""
        sink.seek(line_start)
        written = sink.read()
        sink.seek(line_start)
        sink.truncate()
        return cls(written[:_KEPT_BYTES], written.count(b'"'))

    def add(self, part: bytes) -> None:
        """Leave out more of the line."""
        self.quotes += part.count(b'"')

    def close(self, sink: BinaryIO, dialect: Dialect) -> None:
        """Write the stand-in for the line, whatever field of whatever row it is in the middle of."""
        place = sink.tell()
        sink.seek(0)
        delimiter = dialect.delimiter.encode()
        # The reader forgives surplus fields that are empty.
        too_many = (delimiter + b"-") * (sink.readline(_CHUNK).count(delimiter) + 2)
        sink.seek(place)
        beginning = self.beginning.decode(errors="ignore").replace('"', "").encode()
        sink.write(beginning + too_many + (b'"' + too_many if self.quotes % 2 else b""))


def load_lines(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[TextFile],
    dialect: Dialect,
    columns: Mapping[str, str],
    scratch: Path,
    *,
    also: Sequence[Mapping[str, str]] = (),
) -> None:
    """Show the readable rows of files as the view ``numbered`` (file_number, row_number, the columns, as text).

    ``columns`` has for the name of each, in their order, the SQL of what is kept of it; ``also`` has further ones that
    are worth computing only once, in steps: as SQL over what is kept and the step before. The last step is kept.
    ``row_number`` counts rows of data from 1, unreadable ones too, blank lines not; the unreadable ones are added
    to the table ``rejected``. Raises ``duckdb.Error`` or ``OSError`` when a file cannot be read.
    """
    try:
        _load(connection, files, dialect, columns, also)
    except duckdb.Error:
        # Several files are tried again one by one; a single one may have done no worse than mix its line endings.
        if len(files) > 1:
            raise
        files = [_with_line_feeds(files[0], dialect, scratch)]
        _load(connection, files, dialect, columns, also)
    _number(connection, files, dialect, [*columns, *(also[-1] if also else ())])


def empty_rejected(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``rejected`` of the rows that could not be read, for a new batch."""
    connection.execute(
        "create or replace temp table rejected (file_number INTEGER, row_number BIGINT, reason VARCHAR, raw VARCHAR)"
    )


def _load(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[TextFile],
    dialect: Dialect,
    columns: Mapping[str, str],
    also: Sequence[Mapping[str, str]],
) -> None:
    for table in ("delivered_rejects", "delivered_scans"):
        connection.execute(f"drop table if exists {table}")
    quotation = '"' if dialect.is_quoted else ""
    struct = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    kept = ", ".join(f"{expression} as {quote(name)}" for name, expression in columns.items())
    # A blank line is no row; the reader leaves it out unless there is a single column, which is then null.
    filled = f"where {quote(*columns)} is not null" if len(columns) == 1 else ""
    # Left alone, the reader takes buffers of 16 of the longest lines, and what fits in one is read by one thread.
    read = f"""select filename, {kept} from read_csv(
            [{", ".join(literal(str(file.path)) for file in files)}], columns = {{{struct}}},
            auto_detect = false, hive_partitioning = false, strict_mode = true,
            header = {dialect.has_header}, delim = '{dialect.delimiter}', quote = '{quotation}', escape = '{quotation}',
            compression = {literal(files[0].codec or "none")}, filename = true,
            max_line_size = {MAXIMUM_LINE_BYTES}, buffer_size = {2 * MAXIMUM_LINE_BYTES},
            ignore_errors = true, store_rejects = true, rejects_limit = 0,
            rejects_table = 'delivered_rejects', rejects_scan = 'delivered_scans'
        ) {filled}"""
    names = ", ".join(["filename", *map(quote, columns)])
    for position, step in enumerate(also, start=1):
        computed = ", ".join(f"{expression} as {quote(name)}" for name, expression in step.items())
        read = f"select {names if position == len(also) else '*'}, {computed} from ({read})"
    connection.execute(f"create or replace temp table delivered_lines as {read}")


def _number(
    connection: duckdb.DuckDBPyConnection, files: Sequence[TextFile], dialect: Dialect, columns: Sequence[str]
) -> None:
    """Number the rows: the readable ones by their place among themselves and the rejected ones before them."""
    numbers = ", ".join(f"({position}, {literal(str(file.path))})" for position, file in enumerate(files))
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
        """
        create or replace temp table rejected_lines as
        select file.file_number, reject.line, trim(any_value(reject.csv_line), chr(10) || chr(13)) as csv_line
        from delivered_rejects as reject
        join delivered_scans as scan using (scan_id, file_id)
        join delivered_files as file on file.filename = scan.file_path
        group by file.file_number, reject.line
        """
    )
    if dialect.is_quoted:
        _forget_end(connection)
    _find_blank_lines(connection, files, dialect)
    connection.execute(
        f"""
        insert into rejected
        select
            file_number,
            -- Stray quotes can make the reader and us disagree on which lines are blank: numbers must still differ.
            rank_in_file + max(greatest(counted, rank_in_file) - rank_in_file)
                over (partition by file_number order by line) as row_number,
            'malformed_row',
            csv_line
        from (
            select *, row_number() over (partition by file_number order by line) as rank_in_file
            from (
                select *, line - {dialect.header_lines}
                    - sum(is_blank) over (partition by file_number order by line) as counted
                from (
                    select file_number, line, csv_line, 0 as is_blank from rejected_lines
                    union all
                    select file_number, line, null, 1 from blank_lines
                    anti join rejected_lines using (file_number, line)
                )
            )
            where is_blank = 0
        )
        """
    )
    connection.execute(
        """
        create or replace temp table skipped as
        select file_number, good_rows_before, max(rows_before) as rows_before
        from (
            select
                file_number,
                row_number() over ranked as rows_before,
                row_number - row_number() over ranked as good_rows_before
            from rejected
            window ranked as (partition by file_number order by row_number)
        )
        group by file_number, good_rows_before
        """
    )
    fields = ", ".join(f"line.{quote(name)}" for name in columns)
    place = "line.rowid - file.first_row"
    before, skips = "0", ""
    # The join sorts all the rows, so only files that have rejected ones pay for it.
    if connection.execute("select exists (from skipped)").fetchall() == [(True,)]:
        before = "coalesce(skipped.rows_before, 0)"
        skips = (
            f"asof left join skipped on skipped.file_number = file.file_number and {place} >= skipped.good_rows_before"
        )
    connection.execute(
        f"""
        create or replace temp view numbered as
        select file.file_number, {place} + 1 + {before} as row_number, {fields}
        from delivered_lines as line
        join delivered_files as file on file.filename = line.filename
        {skips}
        """
    )


def _forget_end(connection: duckdb.DuckDBPyConnection) -> None:
    """Take ``_END`` from the last rejected row of each file, which is nothing else unless a quote was open."""
    connection.execute(
        """
        create or replace temp table last_lines as
        select file_number, max(line) as line from rejected_lines group by file_number
        """
    )
    connection.execute(
        "delete from rejected_lines using last_lines as last_line where last_line.file_number = "
        "rejected_lines.file_number and last_line.line = rejected_lines.line and csv_line = $1",
        [_END],
    )
    connection.execute(
        "update rejected_lines set csv_line = rtrim(left(csv_line, -length($1)), chr(10) || chr(13)) from last_lines "
        "where last_lines.file_number = rejected_lines.file_number and last_lines.line = rejected_lines.line "
        "and ends_with(csv_line, $1)",
        [_END],
    )


def _find_blank_lines(connection: duckdb.DuckDBPyConnection, files: Sequence[TextFile], dialect: Dialect) -> None:
    """The numbers of the blank lines of the files that have rejected ones."""
    import pyarrow as pa

    connection.execute("create or replace temp table blank_lines (file_number INTEGER, line BIGINT)")
    concerned = connection.execute("select distinct file_number from rejected_lines order by file_number").fetchall()
    for (file_number,) in concerned:
        lines = _blank_lines(files[file_number], dialect)
        connection.register("found", pa.table({"line": lines}))
        connection.execute("insert into blank_lines select $1, line from found", [file_number])
        connection.unregister("found")


def _blank_lines(file: TextFile, dialect: Dialect) -> npt.NDArray[np.int64]:
    """The numbers, from 1, of the blank ones among the lines of a file."""
    found = [np.empty(0, np.int64)]
    lines_before = 0
    for scan in _scan(file, dialect):
        numbers = lines_before + np.cumsum(scan.ends)
        found.append(numbers[scan.ends & scan.is_blank])
        lines_before = int(numbers[-1])
    return np.concatenate(found)


def _with_line_feeds(file: TextFile, dialect: Dialect, scratch: Path) -> TextFile:
    """A decompressed copy of a file in which every line ends in a line feed."""
    target = scratch / f"{file.path.name}.lines"
    with target.open("wb") as sink:
        for scan in _scan(file, dialect):
            sink.write(np.where(scan.ends, _LINE_FEED, scan.text)[~scan.completes_end].tobytes())
    return TextFile(target, None)


@dataclass(frozen=True)
class _Scan:
    """A chunk of text and, for each byte, what it has to do with line endings outside of quotes."""

    text: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.bool_]
    completes_end: npt.NDArray[np.bool_]
    is_blank: npt.NDArray[np.bool_]


def _scan(file: TextFile, dialect: Dialect) -> Iterator[_Scan]:
    quotes_before = 0
    last = _LINE_FEED
    for chunk in file.chunks():
        text = np.frombuffer(chunk, np.uint8)
        previous = np.concatenate([np.array([last], np.uint8), text[:-1]])
        is_end = (text == _LINE_FEED) | (text == _CARRIAGE_RETURN)
        if dialect.is_quoted:
            # Between quotes their number so far is odd; an escaped quote is two. Whether it is odd survives overflow.
            quotes = np.cumsum(text == _QUOTE, dtype=np.uint8) + np.uint8(quotes_before)
            is_end &= quotes % 2 == 0
            quotes_before = int(quotes[-1] % 2)
        completes_end = is_end & (text == _LINE_FEED) & (previous == _CARRIAGE_RETURN)
        follows_end = (previous == _LINE_FEED) | (previous == _CARRIAGE_RETURN)
        yield _Scan(text, is_end & ~completes_end, completes_end, follows_end)
        last = int(text[-1])
