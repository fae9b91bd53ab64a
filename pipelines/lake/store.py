"""The folders and the commit log of a lake.

A lake is immutable files plus an append-only log of commits. A file that no commit names does not exist for
readers, so a process killed at any moment leaves the lake as it was before.

Belongs here: where things lie, and what is visible. Does not belong here: how rows get in (``ingest``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.errors import UserError


@dataclass(frozen=True)
class FileAccount:
    """What became of one delivered file: ``rows_read = rows_loaded + rows_duplicate + rows_quarantined``.

    ``feed`` is the feed or, for files of a sender, its name; ``landed`` is where the bytes are kept, relative to the
    lake's root. A file that could not be read at all counts as one row, quarantined.
    """

    feed: str
    file: str
    sha256: str
    landed: str
    loaded_at: str
    rows_read: int
    rows_loaded: int
    rows_duplicate: int
    rows_quarantined: int
    mapping: str = ""
    """The version of the mapping that made its rows; empty for other sources."""


@dataclass(frozen=True)
class Commit:
    """One change of the lake: its accounts and the files it added, relative to the lake's root.

    An ingest only adds. Doing files again takes their earlier accounts away (``redone`` has the hashes of their
    bytes) and the earlier files that hold rows no longer true (``removed``). ``columns`` has the columns that came.
    """

    loaded_at: str
    source: str
    accounts: tuple[FileAccount, ...]
    canonical: dict[str, list[str]] = field(default_factory=dict)
    quarantine: list[str] = field(default_factory=list)
    redone: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Contents:
    """What the commits add up to: the visible files, oldest first, and the account of every delivery."""

    canonical: dict[str, list[str]] = field(default_factory=dict)
    quarantine: list[str] = field(default_factory=list)
    accounts: list[FileAccount] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    """The columns with which each feed came last."""

    def add(self, commit: Commit) -> None:
        """Apply the next commit of the log."""
        removed, redone = set(commit.removed), set(commit.redone)
        if removed:
            self.canonical = {feed: _without(files, removed) for feed, files in self.canonical.items()}
            self.quarantine = _without(self.quarantine, removed)
        if redone:
            self.accounts = [account for account in self.accounts if account.sha256 not in redone]
        for feed, files in commit.canonical.items():
            self.canonical.setdefault(feed, []).extend(files)
        self.quarantine.extend(commit.quarantine)
        self.accounts.extend(commit.accounts)
        self.columns.update({feed: names for feed, names in commit.columns.items() if names})


class Lake:
    """A lake at ``root``: reads the commit log, names new files, appends commits."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def commits(self) -> list[Commit]:
        """All commits, oldest first; raises ``UserError`` when one of them cannot be read."""
        return [_parse(path) for path in self._commit_files()]

    def contents(self) -> Contents:
        """What is visible now."""
        contents = Contents()
        for commit in self.commits():
            contents.add(commit)
        return contents

    @property
    def version(self) -> int:
        """The number of commits; 0 for an empty lake. The same version is the same content."""
        return len(self._commit_files())

    def canonical_files(self, feed: str) -> list[Path]:
        """The Parquet files that hold the accepted rows of ``feed``, oldest first."""
        return [self.root / name for name in self.contents().canonical.get(feed, [])]

    def quarantine_files(self) -> list[Path]:
        """The Parquet files that hold the rejected rows of every feed, oldest first."""
        return [self.root / name for name in self.contents().quarantine]

    def append(self, commit: Commit) -> None:
        """Make a commit, and with it the files it names, visible in one step that survives a loss of power.

        The caller holds the ingest lock, so the next number is free.
        """
        folder = self.root / "commits"
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{self.version + 1:08d}.json"
        temporary = folder / f".{target.name}.tmp"
        with temporary.open("w") as stream:
            json.dump(asdict(commit), stream, indent=1, sort_keys=True)
        # One call for the landed bytes, the rows and the commit: a call for each of many small files would take longer.
        os.sync()
        temporary.replace(target)
        os.sync()

    def _commit_files(self) -> list[Path]:
        return sorted((self.root / "commits").glob("*.json"))


@contextmanager
def reading_quarantine(files: Sequence[Path]) -> Iterator[None]:
    """Turn what DuckDB says of a broken or lost file of the quarantine into a ``UserError`` that names it."""
    import duckdb

    try:
        yield
    except (duckdb.Error, OSError) as error:
        for file in files:
            try:
                duckdb.execute("select bit_xor(hash(columns(*))) from read_parquet($1)", [str(file)])
            except duckdb.Error:
                raise UserError(
                    f"The quarantine file {file} is lost or broken: restore it from a backup; the files that its rows "
                    "came from lie unharmed in landed beside it."
                ) from error
        raise


def _without(names: Iterable[str], removed: set[str]) -> list[str]:
    return [name for name in names if name not in removed]


def _parse(path: Path) -> Commit:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
        content["accounts"] = tuple(FileAccount(**_of_0_1(content, account)) for account in content["accounts"])
        return Commit(**content)
    except (ValueError, TypeError, LookupError) as error:
        raise UserError(
            f"The commit {path} of the lake is broken: restore this file from a backup, since what the lake holds "
            "follows from all of its commits."
        ) from error


def _of_0_1(commit: dict[str, Any], account: dict[str, Any]) -> dict[str, Any]:
    """An account with what those of version 0.1 left to the commit and to convention."""
    if "landed" in account:
        return account
    endings = [ending.lower() for ending in PurePosixPath(account["file"]).suffixes]
    kept = endings[-2:] if endings and endings[-1] in {".gz", ".zst", ".zstd"} else endings[-1:]
    sha256 = account["sha256"]
    landed = f"landed/{account['feed']}/{sha256[:2]}/{sha256}{''.join(kept)}"
    return {**account, "landed": landed, "loaded_at": commit["loaded_at"]}
