"""A segment: the file in the inbox that requests of one sender are written to, hidden while it is open.

Belongs here: appending durably, taking back what failed, and giving a segment its final name. Does not belong here:
when to do so, several writers, what a line says.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path

_SEQUENCE = itertools.count(1)
_HIDDEN_NAME = re.compile(r"\.\d{8}T\d{6}Z-\d+-\d+\.jsonl")


class Segment:
    """An open segment, owned by one thread at a time; every method raises ``OSError`` when the disk refuses."""

    def __init__(self, folder: Path) -> None:
        """Create a hidden file in ``folder`` and make its name durable; the folder is made when it is missing."""
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            for above in (folder.parent, folder.parent.parent):  # The inbox may be as new as the folder in it.
                sync_folder(above)
        while True:
            # Padded, so that names sort as their segments were written: the inbox is ingested in that order.
            self.path = folder / f".{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}-{next(_SEQUENCE):06d}.jsonl"
            # A process id comes again, in a container at every start: never take the name of a finished segment.
            if not final_path(self.path).exists():
                break
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666)
        try:
            sync_folder(folder)
        except OSError:
            os.close(self._descriptor)
            self.path.unlink(missing_ok=True)
            raise
        self.durable_bytes = 0
        self.opened_at = time.monotonic()

    def append(self, lines: list[bytes]) -> None:
        """Write whole lines and return once they survive a power cut; when that fails, none of them remains."""
        try:
            data = memoryview(b"".join(lines))
            size = self.durable_bytes + len(data)
            while data:
                data = data[os.write(self._descriptor, data) :]
            os.fsync(self._descriptor)
            if os.fstat(self._descriptor).st_nlink == 0:
                raise FileNotFoundError(errno.ENOENT, "the segment was removed", str(self.path))
        except OSError:
            with contextlib.suppress(OSError):
                self._cut()
            raise
        self.durable_bytes = size

    def finish(self) -> Path | None:
        """Close it and give it its final name, durably; an empty one is removed and there is no name.

        After an ``OSError`` this may be tried again. Raises ``FileNotFoundError`` when somebody removed the file.
        """
        if self._descriptor >= 0:
            self._cut()
            os.close(self._descriptor)
            self._descriptor = -1
        if self.durable_bytes:
            return publish(self.path)
        self.path.unlink(missing_ok=True)
        return None

    def _cut(self) -> None:
        """Take back what is not durable: half a line, or one whose sender is told to repeat it."""
        os.ftruncate(self._descriptor, self.durable_bytes)


def is_hidden_segment(path: Path) -> bool:
    """Whether a file is a segment without its final name: open, or left behind by a killed receiver."""
    return bool(_HIDDEN_NAME.fullmatch(path.name))


def final_path(hidden: Path) -> Path:
    """Where a segment lies once it is finished."""
    return hidden.with_name(hidden.name.removeprefix("."))


def publish(hidden: Path) -> Path:
    """Give a complete segment its final name, durably; whoever ingests may take it from then on."""
    final = final_path(hidden)
    if hidden.exists() or not final.exists():  # An earlier attempt may have failed after the renaming.
        hidden.rename(final)
    sync_folder(final.parent)
    return final


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
