"""What an export was about to do, so that a kill at any moment leaves nothing half done.

A file waits beside its final name, and a journal names it, before a campaign is recorded. Whoever comes next finishes
what the lake has recorded and forgets what it has not. So nothing is sent that was not recorded, and nothing stays
recorded that was not sent. The log has a line for every export that happened.

Belongs here: the journal, the log, finishing. Does not belong here: what is exported (``exporting``).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipelines.activation.recording import read_record
from pipelines.activation.writing import Part, discard_parts, publish_parts
from pipelines.errors import UserError
from pipelines.kept import remove_kept, write_kept
from pipelines.settings import Settings

WAITING = ("exports", "downloads")
"""Folders of the environment's working space in which an export keeps what it is about to record, or to hand over."""


@dataclass(frozen=True)
class LogLine:
    """One export that happened. ``files`` has a digest a file; nobody is named."""

    export_id: str
    at: str
    by: str
    segment: str
    version: int
    as_of: str
    layout: str
    purpose: str
    campaign: str | None
    holdout: float | None
    out: str
    in_segment: int
    written: int
    held_out: int
    left_out: dict[str, int]
    files: dict[str, str]


@contextmanager
def only_export(settings: Settings) -> Iterator[None]:
    """Hold the lock of exports and finish what a killed one left; raises ``UserError`` when another is running."""
    settings.prepare()
    try:
        with FileLock(settings.locks / "export.lock", timeout=0):
            finish_interrupted(settings)
            yield
    except Timeout as error:
        raise UserError(
            f"Another export from {settings.home} is running: wait for it to end, then run this again."
        ) from error


def intend(
    settings: Settings, line: LogLine, parts: list[Part] | None = None, *, is_recorded_in_lake: bool = False
) -> Path:
    """Write down what is about to happen, first without the parts and again once they wait; the journal's file."""
    content = {
        "line": asdict(line),
        "is_recorded_in_lake": is_recorded_in_lake,
        "parts": None
        if parts is None
        else [
            [str(part.target.absolute()), str(part.temporary.absolute()), part.people, part.sha256] for part in parts
        ],
    }
    path = _folder(settings) / f"{line.export_id}.json"
    write_kept(settings.home, path, json.dumps(content, indent=1))
    return path


def complete(settings: Settings, journal: Path) -> None:
    """Put the files of a journal in their places and write the line of the log."""
    content = _read(journal)
    line, parts = LogLine(**content["line"]), _parts(content)
    publish_parts(parts, Path(line.out))
    if all(known.export_id != line.export_id for known in read_log(settings)):
        log = _log(settings)
        before = log.read_text() if log.exists() else ""
        write_kept(settings.home, log, before + json.dumps(asdict(line), ensure_ascii=False) + "\n")
    remove_kept(settings.home, journal)


def abandon(settings: Settings, journal: Path) -> None:
    """Forget what did not happen."""
    line = LogLine(**_read(journal)["line"])
    discard_parts(Path(line.out), line.export_id)
    remove_kept(settings.home, journal)


def finish_interrupted(settings: Settings) -> None:
    """Finish or forget what killed exports left; the caller holds the lock."""
    for half_written in _folder(settings).glob(".*.tmp"):  # It never became a journal, so nothing had begun.
        half_written.unlink()
    for journal in sorted(_folder(settings).glob("*.json")):
        content = _read(journal)
        line = LogLine(**content["line"])
        is_unrecorded = content["is_recorded_in_lake"] and not read_record(settings).has_export(line.export_id)
        if content["parts"] is None or is_unrecorded:
            abandon(settings, journal)
        elif all(Path(target).exists() or Path(temporary).exists() for target, temporary, _, _ in content["parts"]):
            complete(settings, journal)
        else:
            raise UserError(
                f"The export {line.export_id} to {line.out} was recorded, but its file is gone: run the same export "
                f"again, then remove {journal}."
            )
    for waiting in WAITING:
        shutil.rmtree(settings.work / waiting, ignore_errors=True)


def read_log(settings: Settings) -> list[LogLine]:
    """Every export that happened, oldest first."""
    log = _log(settings)
    if not log.exists():
        return []
    lines = []
    for number, text in enumerate(log.read_text().splitlines(), start=1):
        try:
            lines.append(LogLine(**json.loads(text)))
        except (ValueError, TypeError) as error:
            raise UserError(f"{log} is broken in line {number}: restore it from a backup.") from error
    return lines


def _log(settings: Settings) -> Path:
    return settings.activation / "exports.jsonl"


def _folder(settings: Settings) -> Path:
    return settings.activation / "unfinished"


def _parts(content: dict[str, Any]) -> list[Part]:
    return [
        Part(Path(target), Path(temporary), people, digest) for target, temporary, people, digest in content["parts"]
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
        LogLine(**content["line"])
    except (ValueError, LookupError, TypeError) as error:
        raise UserError(
            f"{path} is broken, so what the killed export of that name had done is not known: remove it, and run the "
            "export again."
        ) from error
    return content
