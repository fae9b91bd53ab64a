"""The ``annotations`` feed: what the simulated business noted beside its series, all of which really happens in it.

Belongs here: the notes. Does not belong here: what they are about (``pipelines.sandbox.catalogue``, ``seasons``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipelines.sandbox import catalogue
from pipelines.sandbox.feeds.columns import timestamp
from pipelines.sandbox.feeds.files import write_csv
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.seasons import SPORT_MONTHS, runs
from pipelines.sandbox.window import DAY, Window, instant

NOTED_DAYS = 14
"""How long before it begins something is noted."""


@dataclass(frozen=True)
class Note:
    """Something that begins at an instant; of a span the last day is named, of one offer its id."""

    name: str
    kind: str
    starts: int
    text: str
    ends_on: str | None = None
    offer: str | None = None


_BASIC, _PREMIUM, _BASIC_AGAIN = (int(at) for at in catalogue.PRICE_DATES[1:])
NOTES = (
    Note("price-basic", "price_change", _BASIC, "The list price of Basic rises"),
    Note("price-premium", "price_change", _PREMIUM, "The list price of Premium rises"),
    Note("price-basic", "price_change", _BASIC_AGAIN, "The list price of Basic rises again"),
    *(
        Note("black-friday", "campaign", instant(f"{year}-11-01"), "BLACKFRIDAY30 for who registers", f"{year}-11-30")
        for year in (2024, 2025)
    ),
    Note(
        "week-withdrawn", "other", catalogue.WEEK_WITHDRAWN_FROM_TELEVISION,
        "The weekly offer is no longer sold on televisions", offer=catalogue.OFFERS[catalogue.WEEK].offer_id,
    ),
)  # fmt: skip
"""What is noted beside the seasons of the league."""


def write(history: History, folder: Path) -> int:
    """Write what begins within the window; returns the rows."""
    window = history.window
    notes = sorted(
        (note for note in (*NOTES, *_seasons(window)) if window.start <= note.starts < window.end),
        key=lambda note: (note.starts, note.name),
    )
    frame = pl.DataFrame(
        {
            "annotation_id": [f"{note.name}-{_day(note.starts)}" for note in notes],
            "kind": [note.kind for note in notes],
            "starts_on": [_day(note.starts) for note in notes],
            "ends_on": [note.ends_on for note in notes],
            "text": [note.text for note in notes],
            "source": ["sandbox" for _ in notes],
            "dimension": ["offer" if note.offer else None for note in notes],
            "dimension_value": [note.offer for note in notes],
            "active": [True for _ in notes],
            # What began soon after the window did was noted on its first day.
            "noted": [max(note.starts - NOTED_DAYS * DAY, window.start) for note in notes],
        },
        schema_overrides={"ends_on": pl.String, "dimension": pl.String, "dimension_value": pl.String},
    )
    return write_csv(
        frame.select(pl.exclude("noted"), recorded_at=timestamp(pl.col("noted"))),
        folder / "annotations" / "annotations.csv",
    )


def _seasons(window: Window) -> Iterator[Note]:
    for starts, _ in runs(window, SPORT_MONTHS):
        yield Note("league", "launch", starts, "A season of The League begins")


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
