"""Restoring a backup into a home that holds nothing: every file by its hash, erased people left out.

The files are gathered beside their places and moved there at the end, so a lake that is half there is never seen.
Killed at any moment, the same command goes on.

Belongs here: putting files back. Does not belong here: building from them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.backup.target import Manifest, Target
from pipelines.errors import UserError
from pipelines.kept import LIST, take_as_it_is
from pipelines.lake.loading import Progress
from pipelines.lake.store import Lake
from pipelines.privacy.erase import erase_again
from pipelines.privacy.registry import Registry, erasures, read_registry
from pipelines.settings import Settings

_STAGING = ".restoring"
# What a home may hold before: who was erased there, and how it is set.
_MAY_BE_THERE = frozenset(("erasures", "secret.key", "settings.toml", "environment", "locks", "work", LIST, _STAGING))
_HAPPENED = "restores.jsonl"


@dataclass(frozen=True)
class Restored:
    """What was restored: which backup, how many files, and how many of them named people erased since."""

    name: str
    taken_at: str
    files: int
    files_cut: int


def restore(settings: Settings, root: Path, name: str | None = None, progress: Progress = lambda _: None) -> Restored:
    """Restore a backup, the newest unless one is named.

    Raises ``UserError`` when the home holds a lake, the backup is of another environment, or a file of it is damaged.
    """
    target = Target(root.absolute())
    names = target.names() if root.is_dir() else []
    if not names:
        raise UserError(f"{root} holds no backup: check the path.")
    if name is not None and name not in names:
        raise UserError(f"{root} holds no backup {name}: it holds {', '.join(names)}.")
    manifest = target.manifest(name or names[-1])
    if manifest.environment != settings.env:
        raise UserError(
            f"The backup is of the {manifest.environment} environment, but CHURNIQ_ENV is {settings.env}: set it to "
            f"{manifest.environment}, and CHURNIQ_HOME to a folder of its own."
        )
    _require_empty(settings)
    settings.prepare()
    staging = settings.home / _STAGING
    for number, file in enumerate(manifest.files, start=1):
        if number % 100 == 0:
            progress(f"{number} of {len(manifest.files)} files")
        target.get(file, staging / file.path)
    _require_same_key(settings, staging)
    erased_then = set(read_registry(staging / "erasures"))
    _move_into_place(settings, staging)
    registry = Registry(settings)
    registry.merge(target.erasures)
    registry.merge(staging / "erasures")
    files_cut = 0
    if registry:
        registry.save()
    if set(registry.entries) - erased_then or any(erasure.ended_at is None for erasure in erasures(settings)):
        files_cut = erase_again(settings, progress)
    shutil.rmtree(staging)
    take_as_it_is(settings.home)
    _write_down(target, manifest)
    if Lake(settings.lake).version < manifest.lake_version:
        raise UserError(f"The restored lake has fewer commits than the backup says: restore {root} again.")
    return Restored(manifest.name, manifest.taken_at, len(manifest.files), files_cut)


def restores(target: Target) -> Iterator[dict[str, str]]:
    """The restores of the backups at a target that came to their end."""
    path = target.root / _HAPPENED
    if path.exists():
        yield from (json.loads(line) for line in path.read_text().splitlines() if line)


def _require_empty(settings: Settings) -> None:
    if (settings.home / _STAGING).exists():
        return  # A restore was killed; whatever is in place came from it.
    there = [
        path.name
        for path in settings.home.glob("*")
        if path.name not in _MAY_BE_THERE and not (path.is_dir() and not any(path.rglob("*")))
    ]
    if there:
        raise UserError(
            f"{settings.home} is not empty ({', '.join(sorted(there))}): set CHURNIQ_HOME to a new folder, or move "
            "these away."
        )


def _require_same_key(settings: Settings, staging: Path) -> None:
    """Two keys would know different people: the home's own is only given up where it knows nobody."""
    own, restored = settings.secret_key, staging / "secret.key"
    if own.exists() and restored.exists() and own.read_text() != restored.read_text():
        if (settings.erasures / "registry.jsonl").exists():
            raise UserError(
                f"{own} is another key than the backup's, and people were erased with it: move {settings.erasures} and "
                "the key away if these people may come back."
            )
        own.unlink()


def _move_into_place(settings: Settings, staging: Path) -> None:
    for path in sorted(staging.iterdir()):
        place = settings.home / path.name
        if path.name == "erasures" and place.exists():
            continue  # Merged afterwards: both know somebody.
        if path.is_dir() and place.is_dir() and not any(place.rglob("*")):
            shutil.rmtree(place)
        if not place.exists():
            path.replace(place)


def _write_down(target: Target, manifest: Manifest) -> None:
    """At the target, where the home that was backed up finds it: a backup that was restored once can be trusted."""
    line = {"backup": manifest.name, "restored_at": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        with (target.root / _HAPPENED).open("a") as stream:
            stream.write(json.dumps(line) + "\n")
    except OSError:
        return  # A target that can only be read restores as well.
