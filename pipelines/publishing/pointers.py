"""The pointers that readers follow to published snapshots: one to the current one, one for each instant beside it.

A pointer is one small file, replaced in one step. A current snapshot that is superseded stays to be read by its
instant for as long as the policy keeps it. ``current.duckdb`` is a link to the file of the current one, for tools that
open files.

Belongs here: reading, writing and finding pointers. Does not belong here: the files that they name (``snapshots``).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path, PurePath

from pipelines.errors import UserError
from pipelines.kept import write_kept
from pipelines.settings import Settings

LINK = "current.duckdb"


@dataclass(frozen=True)
class Pointer:
    """Where a published snapshot lies and what it is as of; instants are ISO 8601, UTC without an offset.

    ``sha256`` is that of the file; ``is_current`` says that it was published as the one that everything reads by
    default, be it superseded by now. ``digest`` is over all other fields: an altered pointer points nowhere.
    """

    file: str
    as_of: str
    published_at: str
    lake_version: int
    sha256: str = ""
    is_current: bool = True
    digest: str = ""

    @property
    def as_of_instant(self) -> datetime:
        """The instant that the snapshot is as of, UTC."""
        return datetime.fromisoformat(self.as_of)

    def sealed(self) -> Pointer:
        """The same with its digest."""
        return replace(self, digest=self._digest())

    def is_sound(self) -> bool:
        """Whether this can be a pointer of ours, unaltered; those of version 0.1 had no digest."""
        return (
            PurePath(self.file).parts[:-1] == ("snapshots",)
            and self.as_of_instant.tzinfo is None
            and isinstance(self.lake_version, int)
            and isinstance(self.published_at, str)
            and self.digest in {"", self._digest()}
            and bool(self.digest) == bool(self.sha256)
        )

    def _digest(self) -> str:
        content = json.dumps(asdict(replace(self, digest="")), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def find_snapshot(settings: Settings, as_of: datetime | None = None) -> Pointer:
    """The current snapshot, or the one as of an instant; raises ``UserError`` that says how to get it."""
    current = read_pointer(current_path(settings))
    if as_of is None:
        if current is None:
            if others := published_pointers(settings):
                raise UserError(
                    f"{settings.home} has no current snapshot, only {len(others)} as of an instant: give --as-of "
                    f"{others[-1].as_of}Z, or run churniq build."
                )
            raise UserError(
                f"Nothing is published in {settings.home} yet: run churniq ingest PATH, then churniq build."
            )
        return current
    if current is not None and current.as_of_instant == as_of:
        return current
    beside = read_pointer(beside_path(settings, as_of))
    if beside is None:
        raise UserError(
            f"There is no snapshot as of {as_of.isoformat()}: run churniq build --as-of {as_of.isoformat()}Z first."
        )
    return beside


def published_pointers(settings: Settings) -> list[Pointer]:
    """All published snapshots: the current one first, then those beside it by the instant they are as of."""
    current = read_pointer(current_path(settings))
    paths = sorted((settings.published / "as_of").glob("*.json"))
    beside = [pointer for path in paths if (pointer := read_pointer(path)) is not None]
    return [current, *(pointer for pointer in beside if pointer.file != current.file)] if current else beside


def move_pointer(settings: Settings, pointer: Pointer) -> None:
    """Let readers see a new snapshot from here on; the current one that it supersedes stays beside it."""
    if not pointer.is_current:
        _write(settings, beside_path(settings, pointer.as_of_instant), pointer)
        return
    try:
        superseded = read_pointer(current_path(settings))
    except UserError:
        superseded = None  # What a broken pointer named is not known.
    if superseded is not None and superseded.as_of != pointer.as_of:
        _write(settings, beside_path(settings, superseded.as_of_instant), superseded)
    replace_pointer(settings, current_path(settings), pointer)


def replace_pointer(settings: Settings, path: Path, pointer: Pointer) -> None:
    """Write one of the pointer files anew; the link to the file of the current snapshot follows its pointer."""
    _write(settings, path, pointer)
    if path == current_path(settings):
        link = settings.published / f".{LINK}.tmp"
        link.unlink(missing_ok=True)
        link.symlink_to(pointer.file)
        link.replace(settings.published / LINK)


def pointer_files(settings: Settings) -> list[Path]:
    """The files of all pointers: that to the current snapshot, and those beside it by their instants."""
    return [current_path(settings), *sorted((settings.published / "as_of").glob("*.json"))]


def current_path(settings: Settings) -> Path:
    """The pointer to the current snapshot."""
    return settings.published / "current.json"


def beside_path(settings: Settings, as_of: datetime) -> Path:
    """The pointer to the snapshot as of an instant."""
    return settings.published / "as_of" / f"{as_of:%Y%m%dT%H%M%S.%f}.json"


def read_pointer(path: Path) -> Pointer | None:
    """The pointer in a file; None without the file. Raises ``UserError`` when the file holds anything else."""
    try:
        pointer = Pointer(**json.loads(path.read_text()))
        is_ours = pointer.is_sound()
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        is_ours = False
    if not is_ours:
        remedy = (
            "churniq build" if path.stem == "current" else f"churniq build --as-of {path.stem}Z, or remove the file"
        )
        raise UserError(f"{path} is broken or not ChurnIQ's, since it names no snapshot: run {remedy}.")
    return pointer


def broken_snapshot(settings: Settings, pointer: Pointer) -> str:
    """The sentence about a snapshot whose file cannot be trusted."""
    is_current = pointer == read_pointer(current_path(settings))
    remedy = "churniq build" if is_current else f"churniq build --as-of {pointer.as_of}Z"
    path = settings.published / pointer.file
    return f"The snapshot {path} is lost or broken: run {remedy}, which publishes it again."


def _write(settings: Settings, path: Path, pointer: Pointer) -> None:
    write_kept(settings.home, path, json.dumps(asdict(pointer.sealed()), indent=1))
