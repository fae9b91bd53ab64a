"""What a killed receiver left in the inbox, made whole.

Belongs here: hidden segments without an owner. Does not belong here: knowing that there is no owner; the caller holds
the receiver's lock.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from pipelines.receiver.segments import is_hidden_segment, publish, sync_folder


@dataclass(frozen=True)
class Recovered:
    """A segment that was made whole: its final path (None when no line was), and the bytes that were cut off."""

    final: Path | None
    torn_bytes: int


def recover_segments(folder: Path) -> list[Recovered]:
    """Finish every hidden segment in ``folder``; what follows its last whole line is kept in ``<name>.torn``.

    A line that was answered is whole: it was on the disk before the answer, and so was all before it. Killed halfway,
    this may be done again. Raises ``OSError`` when the disk refuses.
    """
    if not folder.is_dir():
        return []
    return [_recover(path) for path in sorted(folder.iterdir()) if is_hidden_segment(path) and path.is_file()]


def _recover(path: Path) -> Recovered:
    whole = _whole_bytes(path)
    torn = path.stat().st_size - whole
    with path.open("r+b") as segment:
        if torn:
            segment.seek(whole)
            _keep(path.with_name(path.name + ".torn"), segment.read())
            segment.truncate(whole)
        os.fsync(segment.fileno())
    if whole:
        return Recovered(publish(path), torn)
    path.unlink()
    sync_folder(path.parent)
    return Recovered(None, torn)


def _whole_bytes(path: Path) -> int:
    """How many bytes of a segment are whole lines; after a power cut the rest may be anything, zeros too."""
    whole = 0
    with path.open("rb") as segment:
        for line in segment:
            try:
                is_whole = line.endswith(b"\n") and isinstance(json.loads(line), dict)
            except ValueError:
                is_whole = False
            if not is_whole:
                break
            whole += len(line)
    return whole


def _keep(path: Path, content: bytes) -> None:
    with path.open("wb") as torn:
        torn.write(content)
        torn.flush()
        os.fsync(torn.fileno())
    sync_folder(path.parent)
