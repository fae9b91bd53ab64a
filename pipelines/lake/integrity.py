"""Whether the files of a lake are as they were written: DuckDB reads a flipped bit in a Parquet file as data.

A build checks the files that it has not seen as they are now; ``churniq verify`` checks all of them.

Belongs here: comparing files with the hashes that commits and accounts have. Does not belong here: the chain of
commits (``store``), what lies outside the lake (``pipelines.verification``).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import UserError
from pipelines.lake.store import Contents, FileAccount, Lake, sha256_of

_CHUNK = 1 << 20


def landed_is_sound(path: Path, sha256: str) -> bool:
    """Whether a landed file still holds the bytes with this hash, as they were delivered or compressed by us."""
    if not path.is_file():
        return False
    if sha256_of(path) == sha256:
        return True
    if path.suffix != ".zst":
        return False
    import pyarrow as pa

    digest = hashlib.sha256()
    try:
        with pa.input_stream(str(path), compression="zstd") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except (OSError, pa.ArrowException):
        return False
    return digest.hexdigest() == sha256


def damaged_landed(account: FileAccount, path: Path) -> str:
    """The sentence about a landed file that is lost or damaged."""
    return (
        f"The landed file {path} is lost or damaged: ingest {account.file} of {account.feed} again, which heals it, or "
        "restore it from a backup."
    )


def damaged_landed_files(lake: Lake, contents: Contents) -> Iterator[str]:
    """A sentence for every landed file that is not what was delivered."""
    for account in {account.landed: account for account in contents.accounts}.values():
        path = lake.root / account.landed
        if not landed_is_sound(path, account.sha256):
            yield damaged_landed(account, path)


def damaged_parquet_files(lake: Lake, contents: Contents) -> Iterator[str]:
    """A sentence for every visible Parquet file that is lost, or not as it was written."""
    yield from (_damaged(lake.root / name) for name in damaged_parquet_names(lake, contents))


def damaged_parquet_names(lake: Lake, contents: Contents) -> Iterator[str]:
    """The names of the visible Parquet files that are lost, or not as they were written."""
    for name in _visible(contents):
        path, expected = lake.root / name, contents.checksums.get(name)
        if not path.is_file() or (expected and sha256_of(path) != expected):
            yield name


def require_sound(lake: Lake, contents: Contents, seen: Path) -> None:
    """Check every visible Parquet file that has changed on the disk since it was last checked, or never was.

    ``seen`` keeps what was checked; it may be lost. Raises ``UserError`` that names the first damaged file.
    """
    checked = _read_seen(seen)
    now: dict[str, list[int | str]] = {}
    for name in _visible(contents):
        path = lake.root / name
        if not path.is_file():
            raise UserError(_damaged(path))
        stat = path.stat()
        expected = contents.checksums.get(name)
        # The time of the last change of an inode cannot be set back by whoever changes a file.
        now[name] = [stat.st_size, stat.st_ino, stat.st_ctime_ns, expected or ""]
        if expected and checked.get(name) != now[name] and sha256_of(path) != expected:
            raise UserError(_damaged(path))
    temporary = seen.with_name(f".{seen.name}.tmp")
    temporary.write_text(json.dumps(now))
    temporary.replace(seen)


def _visible(contents: Contents) -> Iterator[str]:
    for names in contents.canonical.values():
        yield from names
    yield from contents.quarantine


def _read_seen(seen: Path) -> dict[str, list[int | str]]:
    with contextlib.suppress(FileNotFoundError, ValueError):
        content = json.loads(seen.read_text())
        if isinstance(content, dict):
            return content
    return {}


def _damaged(path: Path) -> str:
    return (
        f"The file {path} of the lake is lost or damaged, so its rows cannot be trusted: run churniq build, which "
        "makes them again from the files in landed, or restore this file from a backup."
    )
