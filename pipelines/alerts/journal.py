"""What was found and what was sent: two files of one JSON line each, only ever added to.

Belongs here: writing and reading them. Does not belong here: what is found or sent.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.errors import UserError


@dataclass(frozen=True)
class Verdict:
    """Whether a rule fired, what was found, and where its rows are."""

    rule: str
    fired: bool
    found: str
    page: str = ""
    """The page of the dashboards that shows it."""
    rows: str = ""
    """The query of ``churniq sql`` that lists the rows behind it."""


@dataclass(frozen=True)
class Evaluation:
    """All rules, looked at once; ``trigger`` is who asked: build, schedule or command."""

    at: str
    trigger: str
    verdicts: list[Verdict]

    @property
    def instant(self) -> datetime:
        """When it was, UTC."""
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True)
class AlertDelivery:
    """One message to one target: whether it arrived, and the rules that it spoke of."""

    at: str
    target: str
    kind: str
    purpose: str
    """alert, digest or test."""
    rules: list[str] = field(default_factory=list)
    delivered: bool = False
    error: str = ""

    @property
    def instant(self) -> datetime:
        """When it was sent, UTC."""
        return datetime.fromisoformat(self.at)


def deliveries_file(home: Path) -> Path:
    """Where the deliveries of an environment are written down."""
    return home / "alerts" / "deliveries.jsonl"


def evaluations_file(home: Path) -> Path:
    """Where its evaluations are."""
    return home / "alerts" / "evaluations.jsonl"


def deliveries(home: Path) -> list[AlertDelivery]:
    """Every delivery, oldest first."""
    return [AlertDelivery(**record) for record in _read(deliveries_file(home))]


def evaluations(home: Path) -> list[Evaluation]:
    """Every evaluation that was written down, oldest first."""
    return [
        Evaluation(record["at"], record["trigger"], [Verdict(**verdict) for verdict in record["verdicts"]])
        for record in _read(evaluations_file(home))
    ]


def record_delivery(home: Path, delivery: AlertDelivery) -> None:
    """Add one delivery."""
    _append(deliveries_file(home), asdict(delivery))


def record_evaluation(home: Path, evaluation: Evaluation) -> None:
    """Add one evaluation; those of the schedule that say what the newest says only once an hour."""
    known = evaluations(home)
    if evaluation.trigger == "schedule" and known:
        newest = known[-1]
        same = [(one.rule, one.fired) for one in newest.verdicts] == [
            (one.rule, one.fired) for one in evaluation.verdicts
        ]
        if same and evaluation.instant - newest.instant < timedelta(hours=1):
            return
    _append(evaluations_file(home), asdict(evaluation))


def failing_targets(known: list[AlertDelivery], now: datetime, hours: float) -> dict[str, str]:
    """The targets whose last message did not arrive, within so many hours, with the reason."""
    newest = {delivery.target: delivery for delivery in known}
    since = now - timedelta(hours=hours)
    return {name: last.error for name, last in newest.items() if not last.delivered and last.instant >= since}


def _append(file: Path, record: dict[str, object]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
    with file.open("ab") as stream:
        # A kill may have left the last line without its end.
        if stream.tell() and _last_byte(file) != b"\n":
            line = b"\n" + line
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())


def _last_byte(file: Path) -> bytes:
    with file.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1)


def _read(file: Path) -> list[dict[str, Any]]:
    """The whole lines of a journal; the torn one of a killed writer is left out."""
    if not file.exists():
        return []
    found: list[dict[str, Any]] = []
    for number, line in enumerate(file.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            if not line.rstrip().endswith(b"}"):
                continue
            raise UserError(f"{file} is broken in line {number}: move it away; a new one is begun.") from error
        found.append(record)
    return found
