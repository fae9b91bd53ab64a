"""Delivered files: which there are under a path, what they hold, and landing their bytes.

Belongs here: the file system side of a delivery. Does not belong here: rows.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipelines.contract import FEEDS
from pipelines.errors import UserError
from pipelines.lake.store import Lake

_CHUNK = 1 << 20


class Format(StrEnum):
    """How the rows of a file are written."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"
    UNKNOWN = "unknown"


_FORMATS = {
    ".csv": Format.CSV,
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
    ".json": Format.JSON_LINES,
    ".parquet": Format.PARQUET,
}
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}


@dataclass(frozen=True)
class Delivery:
    """One file as the sender delivered it: the feed it is for, its name below the root, and where it lies."""

    feed: str
    name: str
    path: Path

    @property
    def format(self) -> Format:
        """The format that the name's ending promises."""
        suffixes = [suffix.lower() for suffix in self.path.suffixes]
        if suffixes and suffixes[-1] in _COMPRESSIONS:
            suffixes.pop()
        return _FORMATS.get(suffixes[-1], Format.UNKNOWN) if suffixes else Format.UNKNOWN

    @property
    def compression(self) -> str:
        """``gzip``, ``zstd`` or ``none``, by the name's ending."""
        return _COMPRESSIONS.get(self.path.suffix.lower(), "none")

    @property
    def codec(self) -> str | None:
        """The compression as Arrow names it."""
        return None if self.compression == "none" else self.compression


@dataclass(frozen=True)
class Landed:
    """A delivery whose bytes are safe in the lake, under the hash of their content."""

    delivery: Delivery
    path: Path
    sha256: str


def find_deliveries(path: Path, lake: Lake, feed: str | None = None) -> list[Delivery]:
    """The files under ``path`` (or ``path`` itself), sorted by name, those of the lake itself left out.

    Without ``feed``, a file belongs to the feed whose name the outermost folder below ``path`` bears, or failing
    that the folder that ``path`` lies in; files under no feed's name are left out, and so are hidden files and
    links that lead out of ``path``. Raises ``UserError`` when there is nothing to ingest.
    """
    if not path.exists():
        raise UserError(f"There is no file or folder {path}: check the path.")
    root = path if path.is_dir() else path.parent
    above = next((part for part in reversed(Path(os.path.normpath(root.absolute())).parts) if part in FEEDS), None)
    own = lake.root.resolve()
    deliveries = []
    for file in sorted(regular_files(path)):
        relative = file.relative_to(root)
        owner = feed or next((part for part in relative.parts[:-1] if part in FEEDS), above)
        if owner is not None and not file.resolve().is_relative_to(own):
            # Not every name on a disk is text, but every name in an account is.
            name = os.fsencode(relative.as_posix()).decode("utf-8", errors="replace")
            deliveries.append(Delivery(owner, name, file))
    if not deliveries:
        raise UserError(
            f"{path} holds no files to ingest: put the files of a feed in a folder of its name "
            f"({', '.join(FEEDS)}), or name their sender with --source."
        )
    return deliveries


def regular_files(path: Path) -> Iterator[Path]:
    """The files under ``path`` that are meant to be read: not hidden (``.`` or ``_``), and no link that leads out."""
    if path.is_file():
        yield path
        return
    inside = path.resolve()
    for file in path.rglob("*"):
        hidden = any(part.startswith((".", "_")) for part in file.relative_to(path).parts)
        if not hidden and file.is_file() and file.resolve().is_relative_to(inside):
            yield file


def land(lake: Lake, delivery: Delivery) -> Landed:
    """Copy the bytes of a delivery into the lake under their hash; a file that is there already is left alone."""
    folder = lake.root / "landed" / delivery.feed
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / ".landing.tmp"
    digest = hashlib.sha256()
    try:
        with delivery.path.open("rb") as source, temporary.open("wb") as target:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
    except PermissionError as error:
        raise UserError(f"{error.filename} cannot be opened: give this user the right to it.") from error
    sha256 = digest.hexdigest()
    suffixes = "".join(delivery.path.suffixes[-2:]) if delivery.compression != "none" else delivery.path.suffix
    landed = lake.landed_path(delivery.feed, sha256, suffixes)
    if landed.exists():
        temporary.unlink()
    else:
        landed.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(landed)
    return Landed(delivery, landed, sha256)


def decompress(landed: Landed, folder: Path) -> Path:
    """A decompressed copy of a landed Parquet file in ``folder``; DuckDB reads other formats compressed."""
    import pyarrow as pa

    target = folder / f"{landed.sha256}.{landed.delivery.format}"
    with (
        pa.input_stream(str(landed.path), compression=landed.delivery.codec) as source,
        target.open("wb") as sink,
    ):
        shutil.copyfileobj(source, sink, _CHUNK)
    return target
