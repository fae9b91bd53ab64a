"""The folders and the commit log of a lake.

A lake is immutable files plus an append-only log of commits. A file that no commit names does not exist for
readers, so a process killed at any moment leaves the lake as it was before. Commits are numbered without a gap, each
names the hash of the one before, and ``head.json`` that of the newest: one that is lost or altered is noticed.

Belongs here: where things lie, and what is visible. Does not belong here: how rows get in (``ingest``), whether the
files that commits name are as they were written (``integrity``).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.errors import UserError

_CHECKPOINT = "checkpoint.json"


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
    ``checksums`` has the SHA-256 of each file that it adds, ``previous`` that of the commit before; the lake fills
    both in. Version 0.1 had neither.
    """

    loaded_at: str
    source: str
    accounts: tuple[FileAccount, ...]
    canonical: dict[str, list[str]] = field(default_factory=dict)
    quarantine: list[str] = field(default_factory=list)
    redone: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)
    previous: str | None = None


@dataclass
class Contents:
    """What the commits add up to: the visible files, oldest first, and the account of every delivery."""

    canonical: dict[str, list[str]] = field(default_factory=dict)
    quarantine: list[str] = field(default_factory=list)
    accounts: list[FileAccount] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    """The columns with which each feed came last."""
    checksums: dict[str, str] = field(default_factory=dict)
    """The SHA-256 of every visible Parquet file that a commit has one of."""

    def add(self, commit: Commit) -> None:
        """Apply the next commit of the log."""
        removed, redone = set(commit.removed), set(commit.redone)
        self.checksums.update(commit.checksums)
        if removed:
            self.checksums = {name: sha256 for name, sha256 in self.checksums.items() if name not in removed}
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

    def commits(self, *, after: int = 0) -> list[Commit]:
        """All commits after a number, oldest first; raises ``UserError`` when one is lost, altered or unreadable."""
        commits: list[Commit] = []
        files = self._commit_files()
        last = sha256_of(files[after - 1]) if after else ""
        is_chained = False
        for number, path in enumerate(files[after:], start=after):
            content = path.read_bytes()
            commit = _parse(path, content)
            if commit.previous != last and (commit.previous is not None or is_chained):
                before = self._commit_path(number)
                raise _broken_log(f"The commit {before if number else path} of the lake was altered")
            last = hashlib.sha256(content).hexdigest()
            is_chained = commit.previous is not None
            commits.append(commit)
        self._require_newest(files)
        return commits

    def contents(self) -> Contents:
        """What is visible now: what the commits add up to, from the checkpoint on where there is one."""
        files = self._commit_files()
        number, contents = self._checkpoint(files)
        if number == len(files):
            self._require_newest(files)
            return contents
        for commit in self.commits(after=number):
            contents.add(commit)
        return contents

    def write_checkpoint(self) -> None:
        """Keep what the commits add up to, for those who need not read all of them; it may be lost."""
        contents = Contents()
        for commit in self.commits():
            contents.add(commit)
        files = self._commit_files()
        plain = json.dumps([len(files), sha256_of(files[-1]) if files else "", asdict(contents)])
        temporary = self.root / f".{_CHECKPOINT}.tmp"
        temporary.write_text(f"{hashlib.sha256(plain.encode()).hexdigest()}\n{plain}")
        temporary.replace(self.root / _CHECKPOINT)

    def remove_checkpoint(self) -> None:
        """Forget what was kept: it may name what the commits name no more."""
        (self.root / _CHECKPOINT).unlink(missing_ok=True)

    def damaged_checkpoint(self) -> str | None:
        """The sentence about a checkpoint that says anything else than the commits; None when it is right or absent."""
        path = self.root / _CHECKPOINT
        if not path.exists():
            return None
        number, contents = self._checkpoint(self._commit_files())
        true = Contents()
        for commit in self.commits()[:number]:
            true.add(commit)
        return None if number and contents == true else f"{path} is damaged: remove it, since the commits say the same."

    def _checkpoint(self, files: Sequence[Path]) -> tuple[int, Contents]:
        """What the commits up to a number add up to; from nothing where the checkpoint is absent or not of this log."""
        try:
            digest, _, plain = (self.root / _CHECKPOINT).read_text().partition("\n")
            if hashlib.sha256(plain.encode()).hexdigest() == digest:
                number, sha256, content = json.loads(plain)
                if 0 < number <= len(files) and sha256_of(files[number - 1]) == sha256:
                    accounts = [FileAccount(**account) for account in content.pop("accounts")]
                    return number, Contents(accounts=accounts, **content)
        except (OSError, ValueError, TypeError, LookupError):
            pass  # It may be lost.
        return 0, Contents()

    def _require_newest(self, files: Sequence[Path]) -> None:
        head = self._head()
        if files and head and len(files) == head["number"] and sha256_of(files[-1]) != head["sha256"]:
            raise _broken_log(f"The commit {files[-1]} of the lake was altered")

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

        The caller holds the ingest lock, so the next number is free; raises ``UserError`` when it is not.
        """
        before = self._commit_files()
        folder = self.root / "commits"
        folder.mkdir(parents=True, exist_ok=True)
        added = [*(name for names in commit.canonical.values() for name in names), *commit.quarantine]
        commit = replace(
            commit,
            checksums={name: sha256_of(self.root / name) for name in added},
            previous=sha256_of(before[-1]) if before else "",
        )
        target = self._commit_path(len(before) + 1)
        content = json.dumps(asdict(commit), indent=1, sort_keys=True)
        head = {"number": len(before) + 1, "sha256": hashlib.sha256(content.encode()).hexdigest()}
        temporary, temporary_head = folder / f".{target.name}.tmp", self.root / ".head.json.tmp"
        temporary.write_text(content)
        temporary_head.write_text(json.dumps(head))
        # One call for the landed bytes, the rows and the commit: a call for each of many small files would take longer.
        os.sync()
        try:
            os.link(temporary, target)  # Unlike a renaming, it replaces nothing.
        except FileExistsError as error:
            raise _broken_log(f"The commit {target} of the lake is there already") from error
        temporary.unlink()
        _sync_folder(folder)
        temporary_head.replace(self.root / "head.json")
        _sync_folder(self.root)

    @property
    def lacks_head(self) -> bool:
        """Whether nothing says which commit is the newest, though the newest was written by a version that says so."""
        commits = self.commits(after=max(self.version - 1, 0))
        return bool(commits) and commits[-1].previous is not None and self._head() is None

    def _commit_path(self, number: int) -> Path:
        return self.root / "commits" / f"{number:08d}.json"

    def _commit_files(self) -> list[Path]:
        """The files of all commits; raises ``UserError`` when one is missing."""
        files = sorted((self.root / "commits").glob("*.json"))
        head = self._head()
        for number in range(1, max(len(files), head["number"] if head else 0) + 1):
            if number > len(files) or files[number - 1] != self._commit_path(number):
                raise _broken_log(f"The commit {self._commit_path(number)} of the lake is missing")
        return files

    def _head(self) -> dict[str, Any] | None:
        """The number and the hash of the newest commit, or of the one before it when a process was killed between."""
        path = self.root / "head.json"
        try:
            head: dict[str, Any] = json.loads(path.read_text())
            return {"number": int(head["number"]), "sha256": str(head["sha256"])}
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, LookupError) as error:
            raise UserError(
                f"{path} is broken: remove it when all commits beside it are there, and the next ingest writes it "
                "again."
            ) from error


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _broken_log(what: str) -> UserError:
    return UserError(
        f"{what}: restore the folder commits and head.json beside it from a backup, since what the lake holds follows "
        "from all of its commits."
    )


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


def _parse(path: Path, text: bytes) -> Commit:
    try:
        content: dict[str, Any] = json.loads(text)
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
