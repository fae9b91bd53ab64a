"""Delivered files: which there are under a path, what they hold, and landing their bytes.

Belongs here: the file system side of a delivery. Does not belong here: rows.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO
from urllib.parse import unquote

from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.lake import archives
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
    PARQUET = "parquet"
    SHEET = "xlsx"
    UNKNOWN = "unknown"


_FORMATS = {
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".txt": Format.CSV,
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
    ".json": Format.JSON_LINES,
    ".parquet": Format.PARQUET,
    ".xlsx": Format.SHEET,
}
# What is packed in itself is not packed again.
_PACKED = (Format.PARQUET, Format.SHEET)
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}


@dataclass(frozen=True)
class Delivery:
    """One file as the sender delivered it: the feed it is for, its name below the root, and where it lies.

    A file in a zip archive has the archive's name before its own (``member``).
    """

    feed: str
    name: str
    origin: Path
    member: str | None = None

    @property
    def path(self) -> str:
        """Where it lies, as messages say it; ``open`` gives what is in it."""
        return printable(f"{self.origin}/{self.member}" if self.member else str(self.origin))

    def open(self) -> IO[bytes]:
        """A stream of its bytes."""
        return archives.open_member(self.origin, self.member) if self.member else self.origin.open("rb")

    @property
    def partition(self) -> dict[str, str]:
        """The columns that the folders of its name give by ``key=value``, as Hive and Spark write them."""
        pairs = (part.partition("=") for part in PurePosixPath(self.name).parts[:-1] if "=" in part)
        return {
            unquote(key): "" if value == "__HIVE_DEFAULT_PARTITION__" else unquote(value)
            for key, _, value in pairs
            if key
        }

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
class LandedFile:
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
    links that lead out of ``path``. In that case the folders between the feed's and ``path`` that give columns are part
    of the name, as they are when the feed's folder itself is given.

    Raises ``UserError`` when there is nothing to ingest.
    """
    if not path.exists():
        raise UserError(f"There is no file or folder {printable(str(path))}: check the path.")
    root = path if path.is_dir() else path.parent
    above, between = _feed_above(Path(os.path.normpath(root.absolute())))
    own = lake.root.resolve()
    deliveries = []
    for file in sorted(regular_files(path)):
        if file.resolve().is_relative_to(own):
            continue
        relative = file.relative_to(root)
        # Not every name on a disk is text, but every name in an account is.
        name = printable(os.fsencode(relative.as_posix()).decode("utf-8", errors="replace"))
        inside: list[str | None] = [None]
        if file.suffix.lower() == archives.ENDING:
            inside = [*(archives.members(file) or inside)]
        for member in inside:
            folders = (*relative.parts[:-1], *(PurePosixPath(member).parts[:-1] if member else ()))
            owner = feed or next((part for part in folders if part in FEEDS), above)
            if owner is not None:
                whole = f"{name}/{printable(member)}" if member else name
                # Once the feed is known by a folder below, those above it say nothing.
                lost = () if feed or any(part in FEEDS for part in folders) else between
                deliveries.append(Delivery(owner, "/".join((*lost, whole)), file, member))
    if not deliveries:
        raise UserError(
            f"{printable(str(path))} holds no files to ingest: put the files of a feed in a folder of its name "
            f"({', '.join(FEEDS)}), or name their sender with --source."
        )
    return deliveries


def _feed_above(root: Path) -> tuple[str | None, tuple[str, ...]]:
    """The feed whose folder a folder is or lies in, and the folders from there on that give columns."""
    found = next((place for place in reversed(range(len(root.parts))) if root.parts[place] in FEEDS), None)
    if found is None:
        return None, ()
    return root.parts[found], tuple(printable(part) for part in root.parts[found + 1 :] if "=" in part)


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


def land(lake: Lake, delivery: Delivery, known: Mapping[tuple[str, bool], str]) -> LandedFile:
    """Keep the bytes of a delivery for ever, by their hash and the day of arrival; text is compressed.

    ``known`` has the places of the contents that the lake keeps already (``known_places``): they are not kept twice.
    """
    folder = lake.root / "landed" / delivery.feed / datetime.now(UTC).date().isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / ".landing.tmp"
    packs = delivery.codec is None and delivery.format not in _PACKED
    digest = hashlib.sha256()
    size = 0
    try:
        with (
            delivery.open() as source,
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
    stored = known.get((sha256, packs))
    if stored is None:
        # The same bytes may be kept under this name as another name said to keep them, packed or not.
        taken = known.get((sha256, not packs))
        own = folder / f"{sha256}{ending}"
        own = own if taken is None or lake.root / taken != own else folder / f"{sha256}-{int(packs)}{ending}"
        stored = own.relative_to(lake.root).as_posix()
        temporary.replace(own)
    path = lake.root / stored
    if temporary.exists() and not landed_is_sound(path, sha256):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(path)  # A good delivery heals what was kept of it.
    temporary.unlink(missing_ok=True)
    unpacked_size = size * (_PACKED_TIMES if delivery.codec else 1)
    return LandedFile(delivery, stored, path, "zstd" if packs else delivery.codec, sha256, unpacked_size)


def known_places(accounts: Iterable[FileAccount]) -> dict[tuple[str, bool], str]:
    """Where the lake keeps contents, by their hash and whether they were packed when they were landed.

    One content may have come under names that promise different things, such as ``part-0`` and ``part-0.parquet``.
    """
    return {(account.sha256, _is_packed(account)): account.landed for account in accounts}


def _is_packed(account: FileAccount) -> bool:
    delivery = Delivery(account.feed, account.file, Path(account.landed))
    return delivery.codec is None and account.landed.endswith(".zst")


def landed_before(lake: Lake, account: FileAccount) -> LandedFile:
    """A file that was landed before, from its account; raises ``UserError`` when its bytes are others by now."""
    path = lake.root / account.landed
    if not landed_is_sound(path, account.sha256):
        raise UserError(damaged_landed(account, path))
    delivery = Delivery(account.feed, account.file, path)
    packs = _is_packed(account)
    codec = "zstd" if packs else delivery.codec
    size = path.stat().st_size * (_PACKED_TIMES if codec else 1)
    return LandedFile(delivery, account.landed, path, codec, account.sha256, size)


def unpack(
    landed: LandedFile,
    folder: Path,
    *,
    dialect: Dialect | None = None,
    convert: Callable[[BinaryIO], BinaryIO] | None = None,
) -> LandedFile:
    """The same file with a path at which it lies decompressed; given a dialect, no line of it is too long to be read.

    ``convert`` makes text of it. Raises ``OSError`` without an error number when the compression is broken or the end
    is missing.
    """
    if landed.codec is None and dialect is None:
        return landed
    import pyarrow as pa

    target = folder / f"{landed.sha256}.{landed.delivery.format}"
    with pa.input_stream(str(landed.path), compression=landed.codec) as stored, target.open("w+b") as sink:
        source = convert(stored) if convert else stored
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
