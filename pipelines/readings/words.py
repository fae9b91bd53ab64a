"""Numbers in words, the same on the command line and on the pages.

Belongs here: how long something is, how many there are, what a metric has come to and when, money.
Does not belong here: shares of pages (``app.formatting``).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

_NUMBERS = {"count": ",.0f", "money": ",.2f", "ratio": ",.2f", "share": ".1%"}
_HOURS_OF_A_DAY = 24
_MINUTES_OF_AN_HOUR = 60
_WHOLE_FROM = 1000


def plural(number: int, noun: str) -> str:
    """A number with its noun: 1 day, 2 days."""
    return f"{number:,d} {noun}{'' if number == 1 else 's'}"


def number(value: float, unit: str) -> str:
    """A value of a metric by the metric's unit, an amount without its currency."""
    return f"{value:{_NUMBERS[unit]}}"


def amount(value: Decimal | float, *, signed: bool = False) -> str:
    """An amount without its currency: whole units from a thousand on, two decimals below."""
    decimals = 0 if abs(float(value)) >= _WHOLE_FROM else 2
    # As charts and tables write it: half a cent of a decimal would go the other way.
    return f"{float(value):{'+' if signed else ''},.{decimals}f}"


def money(value: Decimal | float, currency: str, *, signed: bool = False) -> str:
    """An amount with its currency code."""
    return f"{currency} {amount(value, signed=signed)}"


def period(first: date, grain: str) -> str:
    """A period by its first day: Apr 2026, the week of 6 Apr 2026, 6 Apr 2026."""
    day = f"{first.day} {first:%b %Y}"
    return {"month": f"{first:%b %Y}", "day": day}.get(grain, f"the {grain} of {day}")


def instant(value: datetime) -> str:
    """An instant to the minute, in UTC; without a zone it is of UTC."""
    value = value.astimezone(UTC) if value.tzinfo else value
    return f"{value.day} {value:%b %Y, %H:%M} UTC"


def span(hours: float) -> str:
    """A length of time, rounded: in minutes below an hour, in hours below two days, else in days."""
    minutes = round(hours * _MINUTES_OF_AN_HOUR)
    if minutes < _MINUTES_OF_AN_HOUR:
        return plural(minutes, "minute")
    if round(hours) < 2 * _HOURS_OF_A_DAY:
        return plural(round(hours), "hour")
    return plural(round(hours / _HOURS_OF_A_DAY), "day")
