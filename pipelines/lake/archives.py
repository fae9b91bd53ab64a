"""Zip archives as the files in them.

Belongs here: which members there are. Does not belong here: what is in them (``read``).
"""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath
from typing import IO

ENDING = ".zip"
_IS_ENCRYPTED = 1


def members(path: Path) -> list[str] | None:
    """The names of the files in an archive that are meant to be read, sorted; None when it is broken or encrypted."""
    try:
        with zipfile.ZipFile(path) as archive:
            if any(entry.flag_bits & _IS_ENCRYPTED for entry in archive.infolist()) or archive.testzip() is not None:
                return None
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    # The standard library raises a kind of RuntimeError for a compression that it cannot read.
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, ValueError):
        return None
    if len(set(names)) < len(names):
        return None
    return sorted(name for name in names if not _is_hidden(name))


def open_member(path: Path, name: str) -> IO[bytes]:
    """A stream of the bytes of a file in an archive."""
    return zipfile.ZipFile(path).open(name)


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in PurePosixPath(name).parts)
