"""The content calendar: sports seasons and flagship series, and how they lift and drop viewing.

Belongs here: the dates, and per month how much of the content that a fan came for is on.
Does not belong here: viewers (``habits``).
"""

from __future__ import annotations

import numpy as np

from pipelines.sandbox.window import DAY, Flags, Floats, Integers, Window, add_months

SPORT_MONTHS = (8, 9, 10, 11, 12, 1, 2, 3, 4, 5)
"""The league plays from August to May."""

SERIES_MONTHS = (2, 3, 9, 10, 11)
"""The flagship series runs in late winter and in autumn."""

MATCH_WEEKDAYS = (2, 5, 6)
"""Wednesday, Saturday, Sunday (Monday is 0)."""


def calendar_months(window: Window) -> Integers:
    """The calendar month (1 to 12) of each month of the window, and of the one after it."""
    return np.asarray(window.edges.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12 + 1)


def on_air(window: Window, months: tuple[int, ...]) -> Flags:
    """For each month of the window, and the one after it, whether the content is on."""
    return np.isin(calendar_months(window), months)


def just_ended(playing: Flags) -> Floats:
    """1 in the month in which content that was on the month before is off, ½ in the next one, else 0."""
    ended = np.zeros(len(playing))
    ended[1:] = (playing[:-1] & ~playing[1:]).astype(float)
    after = np.zeros(len(playing))
    after[1:] = 0.5 * ended[:-1]
    return np.maximum(ended, after)


def runs(window: Window, months: tuple[int, ...]) -> list[tuple[int, int]]:
    """The first instant of each season that touches the window or the year after it, and the first one after it."""
    edges = add_months(np.full(window.months + 36, window.start, dtype=np.int64), np.arange(-18, window.months + 18))
    playing = np.isin(edges.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12 + 1, months)
    begins = np.flatnonzero(playing[1:] & ~playing[:-1]) + 1
    ends = [int(begin + np.argmin(playing[begin:])) for begin in begins if not playing[begin:].all()]
    return [
        (int(edges[begin]), int(edges[end]))
        for begin, end in zip(begins, ends, strict=False)
        if edges[end] > window.start and edges[begin] < window.end + 365 * DAY
    ]


def weekdays(days: Integers) -> Integers:
    """Weekday (Monday is 0) of days counted since 1970, which began on a Thursday."""
    return np.asarray((days + 3) % 7, dtype=np.int64)


def match_days(days: Integers) -> Flags:
    """Whether the league plays on each of these days."""
    month = (days * DAY).astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    return np.isin(month, SPORT_MONTHS) & np.isin(weekdays(days), MATCH_WEEKDAYS)
