"""Numbers in words, the same on the command line and on the pages.

Belongs here: how long something is, how many there are. Does not belong here: money and shares of pages
(``app.formatting``).
"""

from __future__ import annotations

_HOURS_OF_A_DAY = 24
_MINUTES_OF_AN_HOUR = 60


def plural(number: int, noun: str) -> str:
    """A number with its noun: 1 day, 2 days."""
    return f"{number:,d} {noun}{'' if number == 1 else 's'}"


def span(hours: float) -> str:
    """A length of time, rounded: in minutes below an hour, in hours below two days, else in days."""
    minutes = round(hours * _MINUTES_OF_AN_HOUR)
    if minutes < _MINUTES_OF_AN_HOUR:
        return plural(minutes, "minute")
    if round(hours) < 2 * _HOURS_OF_A_DAY:
        return plural(round(hours), "hour")
    return plural(round(hours / _HOURS_OF_A_DAY), "day")
