"""Notes on customers: what somebody who looked at one wants the next to know, kept in the home until it is deleted.

A note is about a person, so erasing the person removes their notes, and whoever asks what is held gets them.

Belongs here: the one file of notes of each customer. Does not belong here: how notes are shown (``app.parts.notes``).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from pipelines.errors import UserError
from pipelines.kept import remove_kept, write_kept
from pipelines.settings import Settings

_LONGEST = 2_000


@dataclass(frozen=True)
class Note:
    """What was written, when (ISO 8601, UTC) and by whom, as that person says."""

    written_at: str
    author: str
    text: str


def notes_of(settings: Settings, customer_id: str) -> list[Note]:
    """The notes on a customer, the newest first; raises ``UserError`` when their file is damaged."""
    file = _file(settings, customer_id)
    if not file.exists():
        return []
    try:
        return [Note(**note) for note in json.loads(file.read_text(encoding="utf-8"))["notes"]]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file} is damaged: restore it from a backup, or remove it.") from error


def add_note(settings: Settings, customer_id: str, text: str, author: str, at: datetime) -> None:
    """Keep one more note; raises ``UserError`` for one that is empty or too long."""
    said = text.strip()
    if not said:
        raise UserError("The note is empty: write something.")
    if len(said) > _LONGEST:
        raise UserError(f"The note has {len(said):,d} letters: it may have {_LONGEST:,d}.")
    note = Note(at.isoformat(timespec="seconds"), author.strip()[:80], said)
    with _lock(settings):
        _write(settings, customer_id, [note, *notes_of(settings, customer_id)])


def delete_note(settings: Settings, customer_id: str, note: Note) -> None:
    """Delete a note; one that is gone already stays gone."""
    with _lock(settings):
        left = [each for each in notes_of(settings, customer_id) if each != note]
        if left:
            _write(settings, customer_id, left)
        else:
            remove_kept(settings.home, _file(settings, customer_id))


def _write(settings: Settings, customer_id: str, notes: list[Note]) -> None:
    content = {"customer_id": customer_id, "notes": [asdict(note) for note in notes]}
    write_kept(settings.home, _file(settings, customer_id), json.dumps(content, ensure_ascii=False, indent=1))


def _file(settings: Settings, customer_id: str) -> Path:
    # An id may hold any sign, a path may not.
    return settings.notes / f"{hashlib.sha256(customer_id.encode()).hexdigest()[:32]}.json"


def _lock(settings: Settings) -> FileLock:
    settings.locks.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.locks / "notes.lock", timeout=10)
