"""Saved segments and their versions: a file a version, never changed; and the segments that ship with the product.

A shipped segment is its own version 1. Whoever saves another under its name makes version 2.

Belongs here: listing, finding, saving. Does not belong here: what a document says (``documents``).
"""

from __future__ import annotations

import getpass
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.activation.documents import Document, read_document
from pipelines.activation.nearest import nearest
from pipelines.errors import UserError, WrongUsageError
from pipelines.kept import take_as_it_is
from pipelines.settings import Settings

_SHIPPED = Path(__file__).parent / "shipped"
_SAVED = "# version {version}, saved {at} by {by}\n"


@dataclass(frozen=True)
class Version:
    """One version of a segment; ``saved_at`` is UTC, empty for one that ships with the product."""

    document: Document
    number: int
    saved_at: str
    saved_by: str


def segment_names(settings: Settings) -> list[str]:
    """Every segment there is, by name."""
    saved = {folder.name for folder in settings.segments.glob("*") if any(folder.glob("*.yml"))}
    return sorted(saved | {file.stem for file in _SHIPPED.glob("*.yml")})


def versions(settings: Settings, name: str) -> list[Version]:
    """All versions of a segment, oldest first; raises ``WrongUsageError`` that names the nearest when there is none."""
    shipped = [_SHIPPED / f"{name}.yml"] if name in {file.stem for file in _SHIPPED.glob("*.yml")} else []
    files = sorted((settings.segments / name).glob("[0-9]*.yml")) if name in segment_names(settings) else []
    if not shipped and not files:
        known = segment_names(settings)
        raise WrongUsageError(
            f"there is no segment {name!r}{nearest(name, known) or ': choose one of ' + ', '.join(known)}."
        )
    found = [Version(read_document(file.read_text(), f"The segment {file.stem}"), 1, "", "ChurnIQ") for file in shipped]
    return found + [_read(file) for file in files]


def find_segment(settings: Settings, name: str, number: int | None = None) -> Version:
    """The newest version of a segment, or a numbered one."""
    found = versions(settings, name)
    if number is None:
        return found[-1]
    for version in found:
        if version.number == number:
            return version
    raise WrongUsageError(f"the segment {name} has no version {number}: it has 1 to {found[-1].number}.")


def save_segment(settings: Settings, document: Document) -> tuple[Version, bool]:
    """Keep a document as the next version of its segment; the version, and whether it is new.

    What is already the newest version is not saved again. Two who save at once get two versions.
    """
    known = versions(settings, document.name) if document.name in segment_names(settings) else []
    if known and known[-1].document == document:
        return known[-1], False
    settings.prepare()
    folder = settings.segments / document.name
    folder.mkdir(parents=True, exist_ok=True)
    number = known[-1].number + 1 if known else 1
    while True:
        at, by = datetime.now(UTC).isoformat(timespec="seconds"), getpass.getuser()
        temporary = folder / f".{number:05d}.{secrets.token_hex(8)}.tmp"
        temporary.write_text(_SAVED.format(version=number, at=at, by=by) + document.text())
        target = folder / f"{number:05d}.yml"
        try:
            target.hardlink_to(temporary)
        except FileExistsError:
            number += 1
        else:
            take_as_it_is(settings.home, target)
            return Version(document, number, at, by), True
        finally:
            temporary.unlink()


def _read(file: Path) -> Version:
    text = file.read_text()
    words = text.partition("\n")[0].split()
    # "# version 3, saved 2026-07-01T12:00:00+00:00 by somebody"
    if len(words) < 7 or not file.stem.isdecimal():
        raise UserError(f"{file} is not as it was saved: restore it from a backup, or remove this version.")
    return Version(read_document(text, str(file)), int(file.stem), words[4], " ".join(words[6:]))
