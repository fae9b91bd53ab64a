"""The folder that backups are kept in: contents by their hash, and for each backup a list of files with their hashes.

A content is written once however many backups hold it, and a list is written last, so a process killed at any moment
leaves the backups that were whole before it.

Belongs here: the form of the target. Does not belong here: which files are backed up (``taking``) or put back.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.errors import UserError

_CHUNK = 1 << 20
_DAMAGED = ".damaged"  # the ending of what is kept for whoever wants to look at it, and used by nothing


@dataclass(frozen=True)
class BackedUp:
    """One file of a backup: its path in the home, and what makes a copy of it unnecessary next time."""

    path: str
    sha256: str
    size: int
    modified_ns: int


@dataclass(frozen=True)
class Manifest:
    """One backup: when, of which environment, at which version of the lake, and its files."""

    name: str
    taken_at: str
    environment: str
    lake_version: int
    files: tuple[BackedUp, ...]


class Target:
    """A folder of backups."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def erasures(self) -> Path:
        """The registry of erased people, newer than that of any backup where somebody was erased since."""
        return self.root / "erasures"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other backups out meanwhile; raises ``UserError`` when there is one, or the disk refuses."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with FileLock(self.root / ".lock", timeout=0):
                yield
        except Timeout as error:
            raise UserError(f"Another backup to {self.root} is running: wait for it to end.") from error
        except OSError as error:
            raise UserError(
                f"{self.root} cannot be written ({error.strerror or error}): free space or correct its permissions; "
                "the backups before this one are as they were."
            ) from error

    def names(self) -> list[str]:
        """The names of the backups, oldest first."""
        return sorted(path.stem for path in (self.root / "backups").glob("*.json"))

    def manifest(self, name: str) -> Manifest:
        """A backup by its name; raises ``UserError`` when its list is broken."""
        path = self.root / "backups" / f"{name}.json"
        try:
            content = json.loads(path.read_text())
            digest = content.pop("sha256")
            if digest != hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest():
                raise ValueError("altered")  # noqa: TRY301 - one sentence for whatever is wrong with it
            return Manifest(**{**content, "files": tuple(BackedUp(**file) for file in content["files"])})
        except (OSError, ValueError, KeyError, TypeError) as error:
            others = [other for other in self.names() if other != name]
            raise UserError(
                f"The backup {path} is lost or broken: restore another with --backup "
                f"({', '.join(others) or 'there is none'})."
            ) from error

    def add(self, manifest: Manifest) -> None:
        """Write the list of a backup, in one step."""
        content = asdict(manifest)
        content["files"] = list(content["files"])
        plain = json.loads(json.dumps(content))
        plain["sha256"] = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
        folder = self.root / "backups"
        folder.mkdir(exist_ok=True)
        temporary = folder / f".{manifest.name}.tmp"
        with temporary.open("w") as stream:
            json.dump(plain, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(folder / f"{manifest.name}.json")

    def has(self, sha256: str, size: int) -> bool:
        """Whether a content is there, as long as it should be."""
        path = self._object(sha256)
        return path.exists() and path.stat().st_size == size

    def put(self, path: Path) -> tuple[str, int]:
        """Keep the content of a file; its hash and size. What is written is read back."""
        temporary = self.root / f".copying-{os.getpid()}.tmp"
        digest = hashlib.sha256()
        size = 0
        with path.open("rb") as source, temporary.open("wb") as sink:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                sink.write(chunk)
            sink.flush()
            os.fsync(sink.fileno())
        sha256 = digest.hexdigest()
        if hash_of(temporary) != sha256:
            temporary.unlink()
            raise OSError(f"{self.root} gives back other bytes than were written")
        target = self._object(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(target)
        return sha256, size

    def get(self, file: BackedUp, to: Path) -> None:
        """Write the content of a file, unless it is there; raises ``UserError`` when it is lost or not what it was."""
        if to.exists() and to.stat().st_size == file.size and hash_of(to) == file.sha256:
            return
        to.parent.mkdir(parents=True, exist_ok=True)
        temporary = to.with_name(f".{to.name}.tmp")
        try:
            shutil.copyfile(self._object(file.sha256), temporary)
        except FileNotFoundError as error:
            raise self._broken(file) from error
        if hash_of(temporary) != file.sha256:
            temporary.unlink()
            raise self._broken(file)
        temporary.replace(to)

    def damaged(self, manifest: Manifest) -> list[BackedUp]:
        """The files of a backup whose content is lost or not what it was."""
        return [
            file
            for file in manifest.files
            if not self.has(file.sha256, file.size) or hash_of(self._object(file.sha256)) != file.sha256
        ]

    def set_apart(self, files: list[BackedUp]) -> None:
        """Let the next backup copy the content of these files anew."""
        for file in files:
            path = self._object(file.sha256)
            with suppress(FileNotFoundError):
                path.replace(path.with_suffix(_DAMAGED))

    def set_broken_lists_apart(self) -> list[str]:
        """The backups whose lists are broken, so that nothing can be restored from them; they are none any more."""
        broken = []
        for name in self.names():
            try:
                self.manifest(name)
            except UserError:
                broken.append(name)
                path = self.root / "backups" / f"{name}.json"
                path.replace(path.with_suffix(_DAMAGED))
        return broken

    def remove(self, names: list[str]) -> None:
        """Remove backups, and the contents that no other backup holds."""
        for name in names:
            (self.root / "backups" / f"{name}.json").unlink(missing_ok=True)
        kept = {file.sha256 for name in self.names() for file in self.manifest(name).files}
        for path in (self.root / "objects").rglob("*"):
            if path.is_file() and path.name not in kept:
                path.unlink()

    def _object(self, sha256: str) -> Path:
        return self.root / "objects" / sha256[:2] / sha256

    def _broken(self, file: BackedUp) -> UserError:
        return UserError(
            f"{self._object(file.sha256)}, the copy of {file.path}, is lost or broken: take it from another copy of "
            f"{self.root}, or restore another backup with --backup."
        )


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
