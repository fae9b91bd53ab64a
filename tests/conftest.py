"""What tests of every room may need: an environment of their own, and deliveries written in any format.

Belongs here: fixtures and helpers that more than one folder uses. Does not belong here: what one folder needs alone.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from pipelines.processes import collect_garbage_rarely
from pipelines.settings import Settings

collect_garbage_rarely()

Row = dict[str, Any]

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
# How long a test waits for what must come: long, since a loaded machine is slow, and no test may fail there for that.
PATIENCE_SECONDS = 120


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CHURNIQ_HOME that nobody has used, and no setting from the environment of whoever runs the tests."""
    for name in ("ENV", "REPORTING_CURRENCY", "TIMEZONE"):
        monkeypatch.delenv(f"CHURNIQ_{name}", raising=False)
    folder = tmp_path / "home"
    monkeypatch.setenv("CHURNIQ_HOME", str(folder))
    return folder


@pytest.fixture
def settings(home: Path) -> Settings:
    """The settings of the fresh environment, its folders made."""
    return Settings().prepare()


# The processes share the files in this order, so that no file of minutes comes last.
_LONGEST_FIRST = ("warehouse", "cli", "privacy", "sources", "app", "lake")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The rooms whose tests take longest first."""
    rooms = {name: place for place, name in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: rooms.get(item.path.relative_to(Path(__file__).parent).parts[0], len(rooms)))


def write_rows(path: Path, rows: Sequence[Row]) -> Path:
    """Write rows to a file in the format and compression that its name ends in; the columns are those of any row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name, codec = path.name, None
    for ending, known in ((".gz", "gzip"), (".zst", "zstd")):
        if name.endswith(ending):
            name, codec = name.removesuffix(ending), known
    columns = list(dict.fromkeys(column for row in rows for column in row))
    write_bytes(path, _WRITERS[name.rsplit(".", 1)[-1]](columns, rows), codec)
    return path


def write_bytes(path: Path, content: bytes | str, codec: str | None = None) -> Path:
    """Write a file as it is, or compressed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(compressed(content.encode() if isinstance(content, str) else content, codec))
    return path


def compressed(content: bytes, codec: str | None) -> bytes:
    """Bytes as a sender would compress them."""
    if codec == "gzip":
        return gzip.compress(content, mtime=0)
    return bytes(pa.compress(content, codec="zstd", asbytes=True)) if codec == "zstd" else content


def _csv(columns: list[str], rows: Sequence[Row]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row.get(column) for column in columns] for row in rows)
    return stream.getvalue().encode()


def _json_lines(columns: list[str], rows: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows).encode()


def _parquet(columns: list[str], rows: Sequence[Row]) -> bytes:
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({column: [row.get(column) for row in rows] for column in columns}), stream)
    return stream.getvalue()


_WRITERS = {"csv": _csv, "jsonl": _json_lines, "ndjson": _json_lines, "json": _json_lines, "parquet": _parquet}
