"""How the last build of an environment went, whoever started it: a command, the schedule, the sensor or a person.

The record is written when a build gets hold of the lock and again when it ends. One that has no end while nobody
holds the lock belongs to a build whose process was killed.

Belongs here: the record, and a failure as one sentence. Does not belong here: running a build.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pipelines
from pipelines.errors import UserError
from pipelines.kept import write_kept
from pipelines.settings import Settings

if TYPE_CHECKING:
    from dagster_shared.error import SerializableErrorInfo

_NAMED = 5  # as many failures as a sentence can hold
_INTERRUPTIONS = {"DagsterExecutionInterruptedError", "KeyboardInterrupt"}


@dataclass(frozen=True)
class BuildRecord:
    """How a build went; instants are ISO 8601, UTC.

    ``ended_at`` is null for a build that has not ended, ``failure`` for one that published or has not ended.
    ``code`` is a digest of the program that built.
    """

    as_of: str
    started_at: str
    ended_at: str | None
    failure: str | None
    started_by: str = "churniq build"
    run_id: str = ""
    code: str = ""


def last_build(settings: Settings) -> BuildRecord | None:
    """The record of the last build of an environment; raises ``UserError`` when it cannot be read."""
    path = settings.work / "last_build.json"
    try:
        return BuildRecord(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise UserError(f"{path} is broken: remove it, or run churniq build, which writes it again.") from error


def write_record(settings: Settings, record: BuildRecord) -> None:
    """Replace the record of the last build in one step."""
    write_kept(settings.home, settings.work / "last_build.json", json.dumps(asdict(record), indent=1))


def code_fingerprint() -> str:
    """A digest of every Python file of the program: other code may build other tables from the same lake."""
    digest = hashlib.sha256()
    root = Path(pipelines.__file__).parent.parent
    for package in ("models", "pipelines"):
        for file in sorted((root / package).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def now() -> str:
    """The clock, as records have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def started_by(tags: Mapping[str, str]) -> str:
    """Who started a run of Dagster's, from its tags."""
    for tag, kind in (("dagster/schedule_name", "schedule"), ("dagster/sensor_name", "sensor")):
        if tag in tags:
            return f"the {kind} {tags[tag]}"
    return tags.get("churniq/started_by", "Dagster's pages")


def same_build(as_of: str) -> str:
    """What builds the same again: a command, as of an instant also the backfill that a day may have been of."""
    return (
        "churniq build" if as_of in {"latest", "now"} else f"churniq build --as-of {as_of}, or the backfill of that day"
    )


def stopped_sentence(as_of: str) -> str:
    """That a build was stopped, and what begins it again."""
    return f"The build was stopped before it ended, so the last snapshot still serves: run {same_build(as_of)} again."


def failure_sentence(settings: Settings, error: SerializableErrorInfo, began: float, as_of: str) -> str:
    """One sentence that says which check or step failed, that readers still have what they had, and what helps."""
    from pipelines.warehouse.dbt import failed_nodes

    causes: list[SerializableErrorInfo] = []
    cause: SerializableErrorInfo | None = error
    while cause is not None:
        causes.append(cause)
        cause = cause.cause
    for cause in causes:
        if cause.cls_name in {"UserError", "WrongUsageError"}:
            return _text(cause)
        if cause.cls_name in _INTERRUPTIONS:
            return stopped_sentence(as_of)
    failed = failed_nodes(settings, since=began)
    more = [f"{len(failed) - _NAMED} more"] if len(failed) > _NAMED else []
    shown = next((cause for cause in causes if cause.cls_name != "DagsterExecutionStepExecutionError"), error)
    reason = "; ".join([*failed[:_NAMED], *more]) if failed else _text(shown)[:600].rstrip(".")
    return (
        f"The build failed and published nothing, so the last snapshot still serves: {reason}; "
        "churniq --debug build shows all of it, and the runbook docs/runbooks/build-failed.md says what to do."
    )


def _text(error: SerializableErrorInfo) -> str:
    """What an error says, on one line, without the name of its class."""
    return " ".join(re.sub(r"^[\w.]+: ", "", error.message).split())
