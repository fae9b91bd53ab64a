"""Writing an export: whole or not at all, split where a destination takes no more, harmless in a spreadsheet.

Belongs here: formats, parts, neutral cells. Does not belong here: which people and columns (``exporting``).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.activation.layouts import Layout
from pipelines.errors import UserError
from pipelines.spreadsheets import neutral


@dataclass(frozen=True)
class Part:
    """One file of an export: where it is to lie, where it waits, how many people it holds, its digest."""

    target: Path
    temporary: Path
    people: int
    sha256: str


def write_parts(
    layout: Layout,
    headers: Sequence[str],
    rows: Sequence[Sequence[Any]],
    out: Path,
    *,
    export_id: str,
    rows_a_part: int | None = None,
) -> list[Part]:
    """Write the rows beside their final names, for their owner alone; ``publish_parts`` puts them there.

    Raises ``UserError`` when the folder is missing or cannot be written.
    """
    if not out.absolute().parent.is_dir():
        raise UserError(f"There is no folder {out.absolute().parent}: create it or choose another file.")
    parts: list[Part] = []
    try:
        contents = list(_contents(layout, headers, rows, rows_a_part))
        for number, (people, content) in enumerate(contents, start=1):
            target = out if len(contents) == 1 else out.with_name(f"{out.stem}.part-{number:03d}{out.suffix}")
            temporary = target.with_name(f".{target.name}.{export_id}.tmp")
            temporary.unlink(missing_ok=True)
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            parts.append(Part(target, temporary, people, hashlib.sha256(content).hexdigest()))
    except OSError as error:
        discard_parts(out, export_id)
        raise UserError(f"{out} cannot be written: choose a folder with room that you may write to.") from error
    return parts


def publish_parts(parts: Sequence[Part], out: Path) -> None:
    """Put every part in its place, and take away parts that an earlier, longer export left there."""
    for part in parts:
        if part.temporary.exists():
            part.temporary.replace(part.target)
    ours = {part.target for part in parts}
    for stale in [*out.parent.glob(f"{out.stem}.part-[0-9][0-9][0-9]{out.suffix}"), out]:
        if stale not in ours:
            stale.unlink(missing_ok=True)


def discard_parts(out: Path, export_id: str) -> None:
    """Forget what waits of an export."""
    for temporary in out.parent.glob(f".*.{export_id}.tmp"):
        temporary.unlink(missing_ok=True)


def _contents(
    layout: Layout, headers: Sequence[str], rows: Sequence[Sequence[Any]], rows_a_part: int | None
) -> Iterator[tuple[int, bytes]]:
    """How many people, and the bytes, of each file."""
    per_part = rows_a_part or max(len(rows), 1)
    if len(rows) <= per_part:
        content = _encoded(layout, headers, rows)
        if layout.most_bytes is None or len(content) <= layout.most_bytes or len(rows) <= 1:
            yield len(rows), content
            return
        # As if every row were the longest: no part can then be longer than what is taken.
        longest = max(len(_csv([row])) for row in rows)
        per_part = max((layout.most_bytes - len(_csv([headers]))) // longest, 1)
    for start in range(0, len(rows), per_part):
        chunk = rows[start : start + per_part]
        yield len(chunk), _encoded(layout, headers, chunk)


def _encoded(layout: Layout, headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    if layout.ending == ".parquet":
        return _parquet(headers, rows)
    if layout.ending == ".jsonl":
        return "".join(
            json.dumps(dict(zip(headers, map(_json, row), strict=True)), ensure_ascii=False) + "\n" for row in rows
        ).encode()
    return _csv([headers, *rows])


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([[neutral(_text(cell)) for cell in row] for row in rows])
    return stream.getvalue().encode()


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return cell.isoformat() if isinstance(cell, date | datetime) else str(cell)


def _json(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, bool | int | float | str) else _text(cell)


def _parquet(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet

    kinds = {
        "as_of_date": pa.date32(),
        "horizon_days": pa.int32(),
        "churn_probability": pa.float64(),
        "current_mrr": pa.decimal128(38, 4),
        "marketing_consent": pa.bool_(),
    }
    columns = [
        pa.array([row[number] for row in rows], kinds.get(header, pa.string())) for number, header in enumerate(headers)
    ]
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns, names=list(headers)), stream)
    return stream.getvalue()
