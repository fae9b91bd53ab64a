"""What a killed receiver left in the inbox, made whole.

Belongs here: hidden segments without an owner. Does not belong here: knowing that there is no owner; the caller holds
the receiver's lock.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from pipelines.receiver.records import checksum_of
from pipelines.receiver.segments import is_hidden_segment, publish, sync_folder


@dataclass(frozen=True)
class Recovered:
    """A segment that was made whole: its final path (None when no record was), and the bytes that were set aside."""

    final: Path | None
    torn_bytes: int


def recover_segments(folder: Path) -> list[Recovered]:
    """Finish every hidden segment in ``folder``; what is not whole in it is kept in ``<name>.torn``.

    A record that was answered is whole: it was on the disk before the answer. One that was damaged since is set aside
    alone, and what follows it stays. Killed halfway, this may be done again. Raises ``OSError`` when the disk refuses.
    """
    if not folder.is_dir():
        return []
    return [_recover(path) for path in sorted(folder.iterdir()) if is_hidden_segment(path) and path.is_file()]


def _recover(path: Path) -> Recovered:
    whole, torn = _parts(path)
    if torn:
        _write(path.with_name(path.name + ".torn"), torn)
        temporary = path.with_name(path.name + ".whole")
        _write(temporary, whole)
        temporary.replace(path)
        sync_folder(path.parent)
    if whole:
        with path.open("rb") as segment:
            os.fsync(segment.fileno())
        return Recovered(publish(path), len(torn))
    path.unlink()
    sync_folder(path.parent)
    return Recovered(None, len(torn))


def _parts(path: Path) -> tuple[bytes, bytes]:
    """The whole records of a segment, and the rest; after a power cut that may be anything, zeros too.

    A line without a checksum counts only while nothing before it is torn: nobody knows what such a tear took with it.
    """
    whole, torn = bytearray(), bytearray()
    place = torn
    with path.open("rb") as segment:
        for line in segment:
            if line != b"\n":  # A blank line belongs to the record before it.
                is_sound = _is_sound(line)
                place = whole if is_sound or (is_sound is None and not torn) else torn
            place += line
    return bytes(whole), bytes(torn)


def _is_sound(line: bytes) -> bool | None:
    """Whether a line is a record as it was written; None when it is whole but has no checksum."""
    try:
        text = line.decode()
        if not text.endswith("\n") or not isinstance(json.loads(text), dict):
            return False
    except ValueError:
        return False
    return checksum_of(text)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
