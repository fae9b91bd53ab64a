"""Days as they were known at their close: the instants of their snapshots, and which of them are published.

Belongs here: what a day's snapshot is as of. Does not belong here: building it (``pipelines.orchestration.backfill``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipelines.errors import UserError, WrongUsageError
from pipelines.lake.store import sha256_of
from pipelines.publishing.pointers import Pointer, beside_path, read_pointer
from pipelines.settings import Settings


def parse_day(text: str, option: str) -> date:
    """A calendar day such as 2026-05-31; raises ``WrongUsageError`` that names the option."""
    try:
        day = date.fromisoformat(text)
        day + timedelta(days=1)  # With which it closes.
    except (ValueError, OverflowError) as error:
        raise WrongUsageError(f"{option} {text} is not understood: give a day such as 2026-05-31.") from error
    return day


def close_of(day: date, timezone: str) -> datetime:
    """The last instant of a day in a time zone, UTC without an offset."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(timezone))
    return midnight.astimezone(UTC).replace(tzinfo=None) - timedelta(microseconds=1)


def snapshot_of_day(settings: Settings, day: date) -> Pointer | None:
    """The snapshot as of the close of a day, if there is one whose file is whole."""
    try:
        pointer = read_pointer(beside_path(settings, close_of(day, settings.timezone)))
    except UserError:
        return None  # What a broken pointer named is built again.
    if pointer is None:
        return None
    path = settings.published / pointer.file
    return pointer if path.is_file() and (not pointer.sha256 or sha256_of(path) == pointer.sha256) else None


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
