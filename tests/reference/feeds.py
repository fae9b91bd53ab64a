"""The files that a sender would write of a history.

Belongs here: events and rates as CSV feeds of the contract, spread over files, repeated, in varying notation.
Does not belong here: what the histories contain (``histories``), rows that break the contract.
"""

from __future__ import annotations

import csv
import random
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from .state import Event, FxRate

EVENT_COLUMNS = tuple(Event.__dataclass_fields__)
RATE_COLUMNS = ("rate_date", "currency", "rate_to_reporting", "recorded_at")


def write_feeds(
    events: list[Event],
    rates: list[FxRate],
    folder: Path,
    *,
    files: int = 1,
    repeated: float = 0.0,
    seed: int = 0,
) -> None:
    """Writes ``<folder>/subscription_events/*.csv`` and ``<folder>/fx_rates/*.csv``.

    Rows are shuffled over ``files`` files each; the share ``repeated`` of them is delivered twice. Timestamps are
    ISO 8601 in varying offsets, so a repeated row may be the same moment in other words.
    """
    generator = random.Random(seed)
    event_rows = [[getattr(event, name) for name in EVENT_COLUMNS] for event in events]
    rate_rows = [[rate.rate_date, rate.currency, rate.rate, rate.recorded_at] for rate in rates]
    for feed, columns, rows in (
        ("subscription_events", EVENT_COLUMNS, event_rows),
        ("fx_rates", RATE_COLUMNS, rate_rows),
    ):
        deliveries = [*rows, *(row for row in rows if generator.random() < repeated)]
        generator.shuffle(deliveries)
        target = folder / feed
        target.mkdir(parents=True, exist_ok=True)
        for number in range(files):
            with (target / f"part-{number}.csv").open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerow(columns)
                for row in deliveries[number::files]:
                    writer.writerow([_text(value, generator) for value in row])


def _text(value: Any, generator: random.Random) -> str:
    """A CSV field: empty for null, ISO 8601 in one offset or another (none is UTC) for a time."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        offset = generator.choice((None, 0, 60, 330, -480))
        if offset is None:
            return value.astimezone(UTC).replace(tzinfo=None).isoformat()
        return value.astimezone(timezone(timedelta(minutes=offset))).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)
