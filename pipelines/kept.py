"""The files of a home that nothing can make again: each is written whole, and its hash is written down beside it.

A lake has its commits and a snapshot its pointer; all else that commands keep (who was erased, what was exported, saved
segments, mappings, the key) is listed in ``kept.json`` with its SHA-256. A write is announced there before it happens
and confirmed after, so a process killed between leaves a file that is as it was or as it was to be, and no false alarm.

Belongs here: writing, removing and checking such files. Does not belong here: what is in them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from pipelines.errors import UserError

LIST = "kept.json"
# Where whatever lies is written by this module. Elsewhere files have checks of their own, wait, or can be made again.
_PLACES = (
    *("environment", "settings.toml", "alerts.yml", "secret.key", "backups.json", "mappings", "segments", "activation"),
    *("erasures", "published", "score_record", "views", "notes"),
)
_SNAPSHOTS = "published/snapshots"
_GONE = ""


def write_kept(home: Path, path: Path, content: bytes | str) -> None:
    """Write a file of a home whole, in one step that survives a loss of power, for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
        stream.flush()
        os.fsync(stream.fileno())
    place_kept(home, temporary, path)


def place_kept(home: Path, temporary: Path, path: Path) -> None:
    """Give a file that is written already its place."""
    temporary.chmod(0o600)
    with _changing(home, path, _hash(temporary)):
        temporary.replace(path)


def remove_kept(home: Path, path: Path) -> None:
    """Remove a file of a home, if it is there."""
    with _changing(home, path, _GONE):
        path.unlink(missing_ok=True)


def take_as_it_is(home: Path, *paths: Path) -> None:
    """Trust files as they are now: without paths everything, as after a restore or in a home of before."""
    with _list(home) as hashes:
        if not paths:
            hashes.clear()
        for path in paths or kept_files(home):
            name = path.relative_to(home).as_posix()
            hashes.pop(name, None)
            if path.is_file():
                hashes[name] = [_hash(path)]


def has_list(home: Path) -> bool:
    """Whether a home has its list; those of version 0.1 had none."""
    return (home / LIST).exists()


def kept_files(home: Path) -> Iterator[Path]:
    """The files that a home keeps, and that nothing else checks."""
    for place in (home / name for name in _PLACES):
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            is_ours = path.is_file() and not path.is_symlink() and not path.name.endswith(".tmp")
            if is_ours and home / _SNAPSHOTS not in path.parents:
                yield path


def was_written(home: Path, path: Path, content: bytes) -> bool | None:
    """Whether a file of a home was last written with this content; None when nothing is known of it."""
    try:
        expected = _read(home).get(path.relative_to(home).as_posix())
    except UserError:
        return None
    return None if expected is None else hashlib.sha256(content).hexdigest() in expected


def damaged_kept_files(home: Path) -> Iterator[str]:
    """A sentence for every kept file that is lost or not as it was written, with the remedy."""
    try:
        hashes = _read(home)
    except UserError as error:
        yield str(error)
        return
    if not hashes and not has_list(home):
        if any(True for _ in kept_files(home)):
            yield (
                f"{home / LIST} is missing, so nothing says whether the files of the home are as they were written: "
                "restore it from a backup, or let the next ingest or build write down what is there now."
            )
        return
    for name, expected in hashes.items():
        path = home / name
        found = _hash(path) if path.is_file() else _GONE
        is_disposable = found == _GONE and name.startswith("work/")
        if found not in expected and not is_disposable:
            yield f"{path} is {'damaged' if found else 'lost'}: {_remedy(name)}."


def _remedy(name: str) -> str:
    """What helps when a file is lost or damaged."""
    folder, _, rest = name.partition("/")
    match folder:
        case "settings.toml" | "alerts.yml" | "model_registry":
            return "it is not as it was at the last build; correct it, or run churniq build, which takes it as it is"
        case "environment":
            return "run any command that writes, such as churniq ingest, with the right CHURNIQ_ENV: it is made anew"
        case "published":
            if rest == "current.json":
                return "run churniq build --full-refresh, which publishes again"
            return f"run churniq build --as-of {Path(rest).stem}Z, which publishes it again, or restore a backup"
        case "secret.key" | "erasures":
            return "restore it from a backup, since without it people who were erased are not recognised"
        case "work":
            return "run churniq build, which writes it anew"
        case "backups.json":
            return "run churniq backup again, which writes it anew"
        case "mappings":
            return "ingest with the mapping file once more, which keeps it again, or restore it from a backup"
        case "views":
            return "save the view once more, or restore it from a backup"
        case "activation" if rest.startswith(("memberships/", "private/")):
            return "restore it from a backup; without one run churniq build --full-refresh, which begins it anew"
    return "restore it from a backup"


@contextmanager
def _changing(home: Path, path: Path, sha256: str) -> Iterator[None]:
    """Around a change of a file: either hash is right until it is done."""
    name = path.relative_to(home).as_posix()
    with _list(home) as hashes:
        hashes[name] = list(dict.fromkeys([*hashes.get(name, [_GONE])[-1:], sha256]))
    yield
    with _list(home) as hashes:
        if sha256 == _GONE:
            hashes.pop(name, None)
        else:
            hashes[name] = [sha256]


@contextmanager
def _list(home: Path) -> Iterator[dict[str, list[str]]]:
    """The list, to be changed by one process at a time; it is written when it differs."""
    locks = home / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / "kept.lock", thread_local=False):
        try:
            hashes = _read(home)
        except UserError:
            hashes = {}
        if not has_list(home):
            hashes = {path.relative_to(home).as_posix(): [_hash(path)] for path in kept_files(home)}
        before = json.dumps(hashes)
        yield hashes
        if json.dumps(hashes) != before or not has_list(home):
            _write(home, hashes)


def _read(home: Path) -> dict[str, list[str]]:
    path = home / LIST
    try:
        content = json.loads(path.read_text())
        files: dict[str, list[str]] = content["files"]
        is_whole = content["sha256"] == _digest(files)
    except FileNotFoundError:
        return {}
    except (ValueError, LookupError, TypeError):
        is_whole = False
    if not is_whole:
        raise UserError(
            f"{path} is damaged, so nothing says whether the files of the home are as they were written: restore it "
            "from a backup, or remove it, and the next ingest or build writes down what is there now."
        )
    return files


def _write(home: Path, files: dict[str, list[str]]) -> None:
    temporary = home / f".{LIST}.{os.getpid()}.tmp"
    with temporary.open("w") as stream:
        json.dump({"files": files, "sha256": _digest(files)}, stream, indent=1, sort_keys=True)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.chmod(0o600)
    temporary.replace(home / LIST)


def _digest(files: dict[str, list[str]]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def _hash(path: Path) -> str:
    with contextlib.suppress(FileNotFoundError), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
    return _GONE
