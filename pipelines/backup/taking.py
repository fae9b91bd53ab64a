"""Taking a backup: every file of a home that cannot be made again, those that have changed since the last one.

Belongs here: which files those are, and what an erasure means for backups. Does not belong here: the target's form.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.backup.target import BackedUp, Manifest, Target, hash_of
from pipelines.errors import UserError
from pipelines.kept import LIST, write_kept
from pipelines.lake.ingest import sole_writer
from pipelines.lake.loading import Progress
from pipelines.lake.store import Lake
from pipelines.privacy.keys import secret_key
from pipelines.privacy.registry import erasures
from pipelines.publishing.snapshots import find_snapshot
from pipelines.settings import Settings


@dataclass(frozen=True)
class Taken:
    """What a backup did: files in it, those that were copied, and backups removed since they hold erased people."""

    name: str
    files: int
    copied: int
    removed: int


@dataclass(frozen=True)
class Known:
    """What a home knows of its backups at one target: the last one taken."""

    target: str
    name: str
    taken_at: str
    lake_version: int


def take(settings: Settings, root: Path, progress: Progress = lambda _: None) -> Taken:
    """Back a home up to a target. Raises ``UserError`` when the target is in the home, or cannot be written."""
    target = Target(root.absolute())
    if target.root.is_relative_to(settings.home) or settings.home.is_relative_to(target.root):
        raise UserError(f"{root} and {settings.home} lie in one another: give a target on another disk.")
    lake = Lake(settings.lake)
    if not lake.version:
        raise UserError(f"The lake of {settings.home} is empty, so there is nothing to back up.")
    secret_key(settings)
    with sole_writer(settings), target.alone():
        for name in target.set_broken_lists_apart():
            progress(f"the list of the backup {name} was broken: it is set apart, and everything is looked at anew")
        names = target.names()
        before = {file.path: file for file in target.manifest(names[-1]).files} if names else {}
        now = datetime.now(UTC)
        files, copied = [], 0
        for path in _to_back_up(settings):
            file = _unchanged(target, settings, path, before)
            if file is None:
                file, is_new = _copied(target, settings, path)
                copied += is_new
                if is_new and copied % 100 == 0:
                    progress(f"{copied} files copied")
            files.append(file)
        manifest = Manifest(
            f"{now:%Y%m%dT%H%M%S.%f}Z", now.isoformat(timespec="seconds"), settings.env, lake.version, tuple(files)
        )
        target.add(manifest)
        copy_registry(settings, target)
        removed = [name for name in names if _is_before_an_erasure(settings, target.manifest(name).taken_at)]
        target.remove(removed)
        _remember(settings, Known(str(target.root), manifest.name, manifest.taken_at, manifest.lake_version))
    return Taken(manifest.name, len(files), copied, len(removed))


def known_targets(settings: Settings) -> list[Known]:
    """The targets that a home was backed up to, with the last backup at each."""
    path = _record(settings)
    if not path.exists():
        return []
    try:
        return [Known(**known) for known in json.loads(path.read_text())]
    except (ValueError, TypeError) as error:
        raise UserError(f"{path} is broken: remove it, and back the home up again.") from error


def copy_registry(settings: Settings, target: Target) -> None:
    """Let a target know who was erased, so that no backup at it brings anybody back."""
    for name in ("registry.jsonl",):
        path = settings.erasures / name
        if path.exists():
            target.erasures.mkdir(exist_ok=True)
            temporary = target.erasures / f".{name}.tmp"
            shutil.copyfile(path, temporary)
            temporary.replace(target.erasures / name)


def tell_targets_of_erasure(settings: Settings) -> Iterator[str]:
    """Hand the registry to every target whose backups may hold somebody who was erased, and say which these are.

    They follow from the home alone, so what a killed command did not tell is told by the next one.
    """
    for known in known_targets(settings):
        if not _is_before_an_erasure(settings, known.taken_at):
            continue
        target = Target(Path(known.target))
        held = f"The backups at {known.target} hold people who were erased since"
        command = f"run churniq backup {known.target}, which removes these backups"
        if reason := _not_told(settings, target):
            yield f"{held}, and cannot be told now: {reason} Then {command}, before anything is restored from there."
        else:
            yield f"{held}; a restore leaves them out: {command}."


def _not_told(settings: Settings, target: Target) -> str:
    """Hand the registry to a target; what kept it from that, if anything did."""
    if not (target.root / "backups").is_dir():
        return f"{target.root} holds no backup, so it may be unplugged."
    try:
        with target.alone():
            copy_registry(settings, target)
    except UserError as error:
        return str(error)
    return ""


def _to_back_up(settings: Settings) -> list[Path]:
    """Everything but what a build makes again, locks and files that are being written."""
    apart = [settings.work, settings.locks, settings.home / "private"]
    snapshots = settings.published / "snapshots"
    try:
        current = settings.published / find_snapshot(settings).file
    except UserError:
        current = None
    return [
        path
        for path in sorted(settings.home.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not any(path.is_relative_to(folder) for folder in apart)
        and not path.name.endswith((".tmp", ".wal"))
        and path not in {current, settings.published / "current.json", _record(settings), settings.home / LIST}
        and not (path.parent == snapshots and not _is_pointed_to(settings, path))
    ]


def _is_pointed_to(settings: Settings, snapshot: Path) -> bool:
    """Whether a snapshot is one as of a given time, which a later version of the models might not make again."""
    return any(snapshot.name in path.read_text() for path in (settings.published / "as_of").glob("*.json"))


def _unchanged(target: Target, settings: Settings, path: Path, before: dict[str, BackedUp]) -> BackedUp | None:
    file = before.get(path.relative_to(settings.home).as_posix())
    state = path.stat()
    is_same = file is not None and (file.size, file.modified_ns) == (state.st_size, state.st_mtime_ns)
    return file if file is not None and is_same and target.has(file.sha256, file.size) else None


def _copied(target: Target, settings: Settings, path: Path) -> tuple[BackedUp, bool]:
    """A file with its content at the target, and whether that was not there before."""
    name, state = path.relative_to(settings.home).as_posix(), path.stat()
    sha256 = hash_of(path)
    if target.has(sha256, state.st_size):
        return BackedUp(name, sha256, state.st_size, state.st_mtime_ns), False
    return BackedUp(name, *target.put(path), state.st_mtime_ns), True


def _is_before_an_erasure(settings: Settings, taken_at: str) -> bool:
    """Whether a backup may hold somebody who was erased since: an erasure that was stopped is none until its end."""
    return any((one.ended_at or one.begun_at) >= taken_at for one in erasures(settings) if one.people)


def _record(settings: Settings) -> Path:
    return settings.home / "backups.json"


def _remember(settings: Settings, known: Known) -> None:
    others = [one for one in known_targets(settings) if one.target != known.target]
    content = json.dumps([asdict(one) for one in (*others, known)], indent=1)
    write_kept(settings.home, _record(settings), content)
