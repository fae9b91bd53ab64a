"""A flat file as a table of texts: CSV in whatever dialect and encoding it came, or Parquet.

Belongs here: bytes to named columns, and the sentence for a file that cannot be read for certain.
Does not belong here: feeds (``pipelines.lake``), what a column means (``models.flat_table``).
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import UserError

if TYPE_CHECKING:
    import polars as pl

_DELIMITERS = ",;\t|"
_ZSTANDARD, _GZIP = b"\x28\xb5\x2f\xfd", b"\x1f\x8b"
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_flat_file(file: Path) -> pl.DataFrame:
    """The columns of ``file``, all of them texts when it is CSV; raises ``UserError`` where it cannot be read."""
    import polars as pl

    try:
        content = file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror}): name a CSV or Parquet file.") from error
    if content[:4] == b"PAR1":
        try:
            return pl.read_parquet(io.BytesIO(content))
        except Exception as error:
            raise UserError(f"{file} is a broken Parquet file: export it again.") from error
    text = _text(file, _plain(file, content))
    header_line = next((line for line in text.splitlines() if line.strip()), "")
    if not header_line:
        raise UserError(f"{file} is empty: give it a header and a row a customer.")
    delimiter = max(_DELIMITERS, key=header_line.count)
    header = [name.strip() for name in next(csv.reader([header_line], delimiter=delimiter))]
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise UserError(f"{file} has several columns named {', '.join(repeated) or '(nothing)'}: rename all but one.")
    try:
        table = pl.read_csv(text.lstrip("\r\n").encode(), separator=delimiter, infer_schema=False, encoding="utf8")
    except pl.exceptions.PolarsError as error:
        why = " ".join(str(error).split())[:120]
        raise UserError(f"{file} is not a table in CSV ({why}): mend the row, or export it again.") from error
    return table.rename(dict(zip(table.columns, header, strict=True)))


def _plain(file: Path, content: bytes) -> bytes:
    """The content without compression."""
    if content[:2] == _GZIP:
        try:
            return gzip.decompress(content)
        except (OSError, EOFError) as error:
            raise UserError(f"{file} is a broken gzip file: copy it again.") from error
    if content[:4] == _ZSTANDARD:
        raise UserError(f"{file} is compressed with zstd: unpack it, or compress it with gzip.")
    return content


def _text(file: Path, content: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise UserError(f"{file} is not text: give a CSV or a Parquet file.")
    return text
