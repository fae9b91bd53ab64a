"""The folders and the commit log of a lake.

A lake is immutable files plus an append-only log of commits. A file that no commit names does not exist for
readers, so a process killed at any moment leaves the lake as it was before.

Belongs here: where things lie, and what is visible. Does not belong here: how rows get in (``ingest``).
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class FileAccount:
    """What became of one delivered file: ``rows_read = rows_loaded + rows_duplicate + rows_quarantined``.

    A file that could not be read at all counts as one row, quarantined.
    """

    feed: str
    file: str
    sha256: str
    rows_read: int
    rows_loaded: int
    rows_duplicate: int
    rows_quarantined: int


@dataclass(frozen=True)
class Commit:
    """One successful ingest: its accounts and the files it added, relative to the lake's root."""

    loaded_at: str
    source: str
    accounts: tuple[FileAccount, ...]
    canonical: dict[str, list[str]] = field(default_factory=dict)
    quarantine: list[str] = field(default_factory=list)


class Lake:
    """A lake at ``root``: reads the commit log, names new files, appends commits."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def commits(self) -> list[Commit]:
        """All commits, oldest first."""
        return [_parse(path) for path in sorted((self.root / "commits").glob("*.json"))]

    @property
    def version(self) -> int:
        """The number of commits; 0 for an empty lake. The same version is the same content."""
        return len(list((self.root / "commits").glob("*.json")))

    def canonical_files(self, feed: str) -> list[Path]:
        """The Parquet files that hold the accepted rows of ``feed``, oldest first."""
        return [self.root / name for commit in self.commits() for name in commit.canonical.get(feed, [])]

    def quarantine_files(self) -> list[Path]:
        """The Parquet files that hold the rejected rows of every feed, oldest first."""
        return [self.root / name for commit in self.commits() for name in commit.quarantine]

    def landed_path(self, feed: str, sha256: str, suffix: str) -> Path:
        """Where the bytes of a delivered file are kept, by their content."""
        return self.root / "landed" / feed / sha256[:2] / f"{sha256}{suffix}"

    def append(self, commit: Commit) -> None:
        """Make a commit, and with it the files it names, visible in one step.

        The caller holds the ingest lock, so the next number is free.
        """
        folder = self.root / "commits"
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{self.version + 1:08d}.json"
        temporary = folder / f".{target.name}.tmp"
        with temporary.open("w") as stream:
            json.dump(asdict(commit), stream, indent=1, sort_keys=True)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)


def _parse(path: Path) -> Commit:
    content: dict[str, Any] = json.loads(path.read_text())
    content["accounts"] = tuple(FileAccount(**account) for account in content["accounts"])
    return Commit(**content)
