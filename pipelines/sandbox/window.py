"""The simulated span of time and calendar arithmetic on seconds since 1970 in UTC.

Belongs here: the fixed end of history, months, and adding calendar months to many instants at once.
Does not belong here: what happens in a month (``lifecycle``) and content seasons (``seasons``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MINUTE = 60
HOUR = 3_600
DAY = 86_400
NEVER = np.iinfo(np.int64).max
"""An instant after every other one: a discount without an end, a state without a limit."""


def instant(text: str) -> int:
    """Seconds since 1970 of an ISO 8601 date or time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


END = instant("2026-07-01")
"""Where every simulated history ends, whenever it is made: the simulator reads no clock."""


def add_months(instants: Integers, months: Integers | int) -> Integers:
    """Add calendar months; the day is clamped to the length of the target month, the time of day is kept."""
    moments = instants.astype("datetime64[s]")
    month = moments.astype("datetime64[M]")
    day = (moments.astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
    target = month + np.asarray(months, dtype="timedelta64[M]")
    length = ((target + np.timedelta64(1, "M")).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(
        np.int64
    )
    days = target.astype("datetime64[D]").astype(np.int64) + np.minimum(day, length - 1)
    return np.asarray(days * DAY + instants % DAY, dtype=np.int64)


@dataclass(frozen=True)
class Window:
    """``months`` calendar months that end at ``END``; ``edges`` holds their ``months + 1`` borders in seconds."""

    months: int
    edges: Integers

    @classmethod
    def ending_at_epoch(cls, months: int) -> Window:
        """The window of so many months before the fixed end."""
        edges = add_months(np.full(months + 1, END, dtype=np.int64), np.arange(-months, 1))
        return cls(months=months, edges=edges)

    @property
    def start(self) -> int:
        """The first instant of the window."""
        return int(self.edges[0])

    @property
    def end(self) -> int:
        """The first instant after the window."""
        return int(self.edges[-1])

    def label(self, month: int) -> str:
        """``YYYY-MM`` of the month with this position."""
        return str(self.edges[month : month + 1].astype("datetime64[s]").astype("datetime64[M]")[0])
