"""Delivered files: which there are under a path, what they hold, and landing their bytes.

Belongs here: the file system side of a delivery. Does not belong here: rows.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.lake.integrity import damaged_landed, landed_is_sound
from pipelines.lake.lines import Dialect, copy_lines
from pipelines.lake.store import FileAccount, Lake

_CHUNK = 1 << 20
# How much larger text is than what it is packed to, about: enough to cut batches by.
_PACKED_TIMES = 6


class Format(StrEnum):
    """How the rows of a file are written."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    JSON = "json"
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
    origin: Path

    @property
    def path(self) -> str:
        """Where it lies, as messages say it; ``origin`` is what opens it."""
        return printable(str(self.origin))

    @property
    def format(self) -> Format:
        """The format that the name's ending promises."""
        suffixes = [suffix.lower() for suffix in PurePosixPath(self.name).suffixes]
        if suffixes and suffixes[-1] in _COMPRESSIONS:
            suffixes.pop()
        return _FORMATS.get(suffixes[-1], Format.UNKNOWN) if suffixes else Format.UNKNOWN

    @property
    def codec(self) -> str | None:
        """The compression that the name's ending promises, as Arrow names it."""
        return _COMPRESSIONS.get(PurePosixPath(self.name).suffix.lower())


@dataclass(frozen=True)
class Landed:
    """A delivery whose bytes are safe in the lake.

    ``stored`` is where, relative to the lake's root; ``path`` is a file to read them from, with the compression
    ``codec`` as Arrow names it; ``sha256`` is that of the bytes as delivered, ``size`` about what they unpack to.
    """

    delivery: Delivery
    stored: str
    path: Path
    codec: str | None
    sha256: str
    size: int


def find_deliveries(path: Path, lake: Lake, feed: str | None = None) -> list[Delivery]:
    """The files under ``path`` (or ``path`` itself), sorted by name, those of the lake itself left out.

    Without ``feed``, a file belongs to the feed whose name the outermost folder below ``path`` bears, or failing
    that the folder that ``path`` lies in; files under no feed's name are left out, and so are hidden files and
    links that lead out of ``path``. Raises ``UserError`` when there is nothing to ingest.
    """
    if not path.exists():
        raise UserError(f"There is no file or folder {printable(str(path))}: check the path.")
    root = path if path.is_dir() else path.parent
    above = next((part for part in reversed(Path(os.path.normpath(root.absolute())).parts) if part in FEEDS), None)
    own = lake.root.resolve()
    deliveries = []
    for file in sorted(regular_files(path)):
        relative = file.relative_to(root)
        owner = feed or next((part for part in relative.parts[:-1] if part in FEEDS), above)
        if owner is not None and not file.resolve().is_relative_to(own):
            # Not every name on a disk is text, but every name in an account is.
            name = printable(os.fsencode(relative.as_posix()).decode("utf-8", errors="replace"))
            deliveries.append(Delivery(owner, name, file))
    if not deliveries:
        raise UserError(
            f"{printable(str(path))} holds no files to ingest: put the files of a feed in a folder of its name "
            f"({', '.join(FEEDS)}), or name their sender with --source."
        )
    return deliveries


def printable(name: str) -> str:
    """A name with its control characters escaped: printed raw, the name of a file can command a terminal."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in name)


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


def land(lake: Lake, delivery: Delivery, known: Mapping[str, str]) -> Landed:
    """Keep the bytes of a delivery for ever, by their hash and the day of arrival; text is compressed.

    ``known`` has the places of the contents that the lake keeps already, by hash: they are not kept twice.
    """
    folder = lake.root / "landed" / delivery.feed / datetime.now(UTC).date().isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / ".landing.tmp"
    packs = delivery.codec is None and delivery.format is not Format.PARQUET
    digest = hashlib.sha256()
    size = 0
    try:
        with (
            delivery.origin.open("rb") as source,
            _sink(temporary, packs=packs) as target,
            ThreadPoolExecutor(max_workers=1) as beside,
        ):
            # Packing takes about as long as reading and hashing together.
            chunk = source.read(_CHUNK)
            while chunk:
                kept = beside.submit(target.write, chunk)
                digest.update(chunk)
                size += len(chunk)
                chunk = source.read(_CHUNK)
                kept.result()
    except PermissionError as error:
        raise UserError(f"{delivery.path} cannot be opened: give this user the right to it.") from error
    sha256 = digest.hexdigest()
    ending = "".join(_endings(delivery)) + (".zst" if packs else "")
    stored = known.get(sha256) or (folder / f"{sha256}{ending}").relative_to(lake.root).as_posix()
    path = lake.root / stored
    if landed_is_sound(path, sha256):
        temporary.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(path)
    unpacked_size = size * (_PACKED_TIMES if delivery.codec else 1)
    return Landed(delivery, stored, path, "zstd" if packs else delivery.codec, sha256, unpacked_size)


def landed_before(lake: Lake, account: FileAccount) -> Landed:
    """A file that was landed before, from its account; raises ``UserError`` when its bytes are others by now."""
    path = lake.root / account.landed
    if not landed_is_sound(path, account.sha256):
        raise UserError(damaged_landed(account, path))
    delivery = Delivery(account.feed, account.file, path)
    packs = delivery.codec is None and path.suffix == ".zst"
    codec = "zstd" if packs else delivery.codec
    size = path.stat().st_size * (_PACKED_TIMES if codec else 1)
    return Landed(delivery, account.landed, path, codec, account.sha256, size)


def unpack(landed: Landed, folder: Path, *, dialect: Dialect | None = None) -> Landed:
    """The same file with a path at which it lies decompressed; given a dialect, no line of it is too long to be read.

    Raises ``OSError`` without an error number when the compression is broken or the end is missing.
    """
    if landed.codec is None and dialect is None:
        return landed
    import pyarrow as pa

    target = folder / f"{landed.sha256}.{landed.delivery.format}"
    with pa.input_stream(str(landed.path), compression=landed.codec) as source, target.open("w+b") as sink:
        if dialect:
            copy_lines(source, sink, dialect)
        else:
            shutil.copyfileobj(source, sink, _CHUNK)
    return replace(landed, path=target, codec=None)


def _endings(delivery: Delivery) -> list[str]:
    """The endings of a name that say what is in the file; whatever else a name has stays out of the lake's paths."""
    known = {*_FORMATS, *_COMPRESSIONS}
    return [ending.lower() for ending in PurePosixPath(delivery.name).suffixes if ending.lower() in known][-2:]


def _sink(path: Path, *, packs: bool) -> Any:
    import pyarrow as pa

    return pa.output_stream(str(path), compression="zstd" if packs else None)
