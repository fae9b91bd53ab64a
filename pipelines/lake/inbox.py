"""The inbox: files that wait under ``CHURNIQ_HOME/landing``, by feed or by source, until the next build takes them.

A file is taken once it is quiet: no process of this machine has it open for writing, and it has not changed for a
moment. It is claimed by a rename into a hidden folder beside the inbox's, so that nobody else takes it, and removed
once it is landed, unless it has changed since: then it goes back. What a killed taker left claimed is taken next.

Belongs here: which files wait, taking them, and emptying the inbox once they are safe. Does not belong here: ingesting.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.contract.feeds import FEEDS
from pipelines.lake.files import regular_files
from pipelines.lake.ingest import ingest
from pipelines.lake.store import FileAccount
from pipelines.locks import waiting_for
from pipelines.receiver.segments import is_hidden_segment
from pipelines.settings import Settings
from pipelines.sources import SOURCES
from pipelines.sources.mapping_file import registered_mappings

QUIET_SECONDS = 2.0
"""How long a file must not have changed before it is taken; a build waits that long for a file that is younger."""

_CLAIMED = ".claimed"
_O_ACCMODE = os.O_RDONLY | os.O_WRONLY | os.O_RDWR

_Look = tuple[int, int, int]


def waiting_files(settings: Settings) -> list[Path]:
    """The files in the inbox, folder by folder, sorted; hidden files are still being written."""
    claimed = [file for folder in _senders(settings) for file in _files(settings.landing / _CLAIMED / folder)]
    return claimed + [file for folder in _senders(settings) for file in _files(settings.landing / folder)]


def quiet_files(settings: Settings) -> list[Path]:
    """The waiting files that a build would take now: those that nobody writes to, and what was claimed before."""
    waiting = waiting_files(settings)
    claimed = [file for file in waiting if file.is_relative_to(settings.landing / _CLAIMED)]
    return [*claimed, *_quiet(file for file in waiting if file not in claimed)]


@dataclass(frozen=True)
class Waiting:
    """What of one folder of the inbox waits: whole files, those that are still being written, and those taken already.

    ``oldest`` is when the oldest of them last changed, UTC. Of a folder that is ``unknown`` nothing is ever taken.
    """

    folder: str
    files: int
    being_written: int
    claimed: int
    oldest: datetime
    is_unknown: bool = False


def waiting_by_folder(settings: Settings) -> list[Waiting]:
    """What waits in the inbox, folder by folder; does not wait itself, so what changed only now is being written."""
    senders, writing, now = _senders(settings), _open_for_writing(), time.time()
    result = []
    there = {path.name for path in settings.landing.glob("*") if not path.name.startswith(".")}
    for folder in (*senders, *sorted(there - senders.keys())):
        root = settings.landing / folder
        own = _files(root) if root.is_dir() else [root] if root.is_file() else []
        hidden = [path for path in root.glob(".*") if is_hidden_segment(path)] if root.is_dir() else []
        claimed = _files(settings.landing / _CLAIMED / folder)
        looks = {file: look for file in (*own, *hidden, *claimed) if (look := _look(file)) is not None}
        seen = [(file, looks[file]) for file in own if file in looks]
        young = [file for file, look in seen if look[:1] in writing or now - look[2] / 1e9 < QUIET_SECONDS]
        if looks:
            result.append(
                Waiting(
                    folder,
                    len(own) - len(young),
                    len(young) + len(hidden),
                    len(claimed),
                    datetime.fromtimestamp(min(changed for _, _, changed in looks.values()) / 1e9, UTC),
                    is_unknown=folder not in senders,
                )
            )
    return result


def ingest_inbox(settings: Settings, progress: Callable[[str], None]) -> list[FileAccount]:
    """Ingest what is quiet in the inbox, folder by folder, and remove what was landed; the lake keeps its bytes."""
    accounts: list[FileAccount] = []
    if not waiting_files(settings):
        return accounts
    lock, holder = settings.locks / "inbox.lock", f"Another build that takes the inbox of {settings.home}"
    with waiting_for(lock, holder=holder, seconds=settings.wait_seconds):
        senders = _senders(settings)
        waiting = [file for folder in senders for file in _files(settings.landing / folder)]
        quiet = _quiet(waiting)
        if len(quiet) < len(waiting):
            progress(f"{len(waiting) - len(quiet)} files of the inbox are still being written: they stay for now")
        for file in quiet:
            _claim(settings, file)
        for folder, source in senders.items():
            claimed = settings.landing / _CLAIMED / folder
            looks = {file: _look(file) for file in _files(claimed)}
            if not looks:
                continue
            accounts.extend(ingest(settings, claimed, source_name=source, progress=progress).accounts)
            for file, look in looks.items():
                _release(settings, file, is_landed=_look(file) == look)
    return accounts


def _senders(settings: Settings) -> dict[str, str]:
    """The folders of the inbox and who is taken to have filled each: a feed's name, or that of a source."""
    sources = {source.name: source.name for source in SOURCES.values() if source.mappings}
    return {**dict.fromkeys(FEEDS, "canonical"), **sources, **{name: name for name in registered_mappings(settings)}}


def _files(folder: Path) -> list[Path]:
    return sorted(regular_files(folder))


def _quiet(files: Iterable[Path]) -> list[Path]:
    """The files that nobody writes to; waits a moment for those that changed only just now."""
    before = {file: look for file in files if (look := _look(file)) is not None}
    youngest = max((changed for _, _, changed in before.values()), default=0) / 1e9
    wait = QUIET_SECONDS - (time.time() - youngest)
    # A time in the future is that of another machine's clock: only that it stays the same says something then.
    if before and wait > 0:
        time.sleep(min(wait, QUIET_SECONDS))
    writing = _open_for_writing()
    return [file for file, look in before.items() if _look(file) == look and look[:1] not in writing]


def _look(file: Path) -> _Look | None:
    """What changes when a file is written to: its content's place, size and time; None when it is gone."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _open_for_writing() -> set[tuple[int]]:
    """The inodes that processes of this machine have open for writing, as far as that can be seen here."""
    found: set[tuple[int]] = set()
    for process in Path("/proc").glob("[0-9]*/fd"):
        try:
            descriptors = list(process.iterdir())
        except OSError:
            continue
        for descriptor in descriptors:
            try:
                info = (process.parent / "fdinfo" / descriptor.name).read_text()
                flags = int(info.partition("flags:")[2].split()[0], 8)
                if flags & _O_ACCMODE != os.O_RDONLY:
                    found.add((descriptor.stat().st_ino,))
            except (OSError, ValueError, IndexError):
                continue
    return found


def _claim(settings: Settings, file: Path) -> None:
    """Move a file to the claimed ones, where it has its name; one of that name that is claimed already goes first."""
    target = settings.landing / _CLAIMED / file.relative_to(settings.landing)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        file.rename(target)
    except FileNotFoundError:
        return


def _release(settings: Settings, file: Path, *, is_landed: bool) -> None:
    """Remove a claimed file that is landed as it is; give back one that has changed since."""
    if is_landed:
        file.unlink()
        return
    back = settings.landing / file.relative_to(settings.landing / _CLAIMED)
    if file.exists() and not back.exists():
        back.parent.mkdir(parents=True, exist_ok=True)
        file.rename(back)
