"""The ``engagement_daily`` feed: one row for each customer and day with viewing, written month by month.

Belongs here: days, minutes, titles from the hidden level of interest. Does not belong here: the level (``habits``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.sandbox.feeds.columns import identifier, timestamp
from pipelines.sandbox.feeds.files import REDELIVERED_SHARE, write_parquet
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.seasons import SERIES_MONTHS, match_days, on_air, weekdays
from pipelines.sandbox.window import DAY, HOUR, Flags, Floats, Integers

WATCH_ODDS = -0.72
LEVEL_ODDS = 0.95
"""Log odds of watching on a day: at level 0, and for each unit of the level."""

_WEEKDAY_ODDS = np.array([-0.15, -0.12, -0.10, -0.08, 0.05, 0.25, 0.22])
MATCH_ODDS = 0.8
"""Added for a full sports fan on a match day."""

TITLES = 240
FLAGSHIP_TITLE = 0
LEAGUE_TITLE = 1


def title_id(number: int) -> str:
    """The identifier of a title."""
    return f"TT{number:04d}"


def write(history: History, rng: np.random.Generator, folder: Path) -> int:
    """Write the feed; returns the rows written, repeated ones included."""
    customers = pl.DataFrame({"number": np.arange(history.people.size)}).select(identifier("C", pl.col("number")))
    ids = customers.to_series()
    titles = pl.Series([title_id(number) for number in range(TITLES)])
    access = history.access.select("customer", "start", "end").to_numpy()
    rows = 0
    again = []
    for month in range(history.window.months):
        frame = _month(history, rng, month=month, access=access, ids=ids, titles=titles)
        label = history.window.label(month)
        write_parquet(frame, folder / "engagement_daily" / f"engagement_daily-{label}.parquet")
        rows += frame.height
        again.append(frame.filter(rng.random(frame.height) < REDELIVERED_SHARE))
    repeated = pl.concat(again) if again else pl.DataFrame()
    if repeated.height:
        write_parquet(repeated, folder / "engagement_daily" / "redelivered.parquet")
    return rows + repeated.height


def _access_days(access: Integers, first_day: int, days: int) -> tuple[Integers, Flags]:
    """The customers with access in these days, and for each of them on which days, shape (customers, days)."""
    here = access[(access[:, 1] < (first_day + days) * DAY) & (access[:, 2] > first_day * DAY)]
    customer, row = np.unique(here[:, 0], return_inverse=True)
    begins = np.clip(here[:, 1] // DAY - first_day, 0, days)
    stops = np.clip((here[:, 2] - 1) // DAY + 1 - first_day, 0, days)
    changes = np.zeros((len(customer), days + 1), dtype=np.int16)
    np.add.at(changes, (row, begins), 1)
    np.add.at(changes, (row, stops), -1)
    return customer, np.cumsum(changes[:, :-1], axis=1) > 0


def _month(
    history: History,
    rng: np.random.Generator,
    *,
    month: int,
    access: Integers,
    ids: pl.Series,
    titles: pl.Series,
) -> pl.DataFrame:
    window, people = history.window, history.people
    first_day = int(window.edges[month]) // DAY
    length = int(window.edges[month + 1]) // DAY - first_day
    # A day is reported on the next day, so the last day of the window is not known within it.
    days = length - (month == window.months - 1)
    customer, has_access = _access_days(access, first_day, days)
    day = first_day + np.arange(days)
    share = ((np.arange(days) + 0.5) / length).astype(np.float32)
    opening, closing = history.levels[month, customer], history.levels[month + 1, customer]
    level = opening[:, None] + (closing - opening)[:, None] * share
    matches = match_days(day)
    odds = (WATCH_ODDS + _WEEKDAY_ODDS[weekdays(day)]).astype(np.float32) + np.float32(LEVEL_ODDS) * level
    odds += (MATCH_ODDS * people.sport[customer])[:, None].astype(np.float32) * matches
    watches = has_access & (rng.random(level.shape, dtype=np.float32) < 1 / (1 + np.exp(-odds)))
    on_day, row = np.nonzero(watches.T)
    viewer = customer[row]
    live = matches[on_day] & (rng.random(len(row)) < people.sport[viewer])
    minutes = _minutes(rng, level[row, on_day], live)
    live_minutes = np.where(live, np.round(minutes * rng.uniform(0.4, 0.95, len(row)), 1), 0.0)
    sessions = 1 + np.floor(-np.log(rng.random(len(row))) * 0.8).astype(np.int64)
    title = _top_titles(history, rng, month, viewer, live)
    # Each day's batch arrives in the small hours of the next day.
    batch = (day + 1) * DAY + rng.integers(HOUR, 5 * HOUR, days)
    return (
        pl.DataFrame(
            {
                "customer_id": ids.gather(viewer),
                "activity_date": pl.Series(day[on_day].astype(np.int32)).cast(pl.Date),
                "minutes_watched": minutes,
                "sessions": sessions,
                "titles_watched": sessions + np.floor(minutes / 90).astype(np.int64),
                "live_minutes": live_minutes,
                "devices": 1 + (rng.random(len(row)) < 0.22) + (rng.random(len(row)) < 0.05).astype(np.int64),
                "top_title_id": titles.gather(title),
                "batch": batch[on_day],
            }
        )
        .with_columns(recorded_at=timestamp(pl.col("batch")))
        .drop("batch")
    )


def _minutes(rng: np.random.Generator, level: Floats, live: Flags) -> Floats:
    logs = 4.0 + 0.22 * level + 0.35 * live + 0.6 * rng.standard_normal(len(level), dtype=np.float32)
    return np.asarray(np.round(np.clip(np.exp(logs).astype(np.float64), 2, 720), 1))


def _top_titles(history: History, rng: np.random.Generator, month: int, viewer: Integers, live: Flags) -> Integers:
    """Live sport, the flagship series while it runs for those who follow it, else the long tail."""
    tail = 2 + np.floor((TITLES - 2) * rng.random(len(viewer)) ** 2.5).astype(np.int64)
    running = bool(on_air(history.window, SERIES_MONTHS)[month])
    follows = running & (rng.random(len(viewer)) < 0.7 * history.people.series[viewer])
    return np.select([live, follows], [LEAGUE_TITLE, FLAGSHIP_TITLE], tail)
