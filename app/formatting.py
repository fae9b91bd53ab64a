"""How numbers, dates and identifiers are written, the same on every page.

Belongs here: values to text. Does not belong here: where the text goes (``app.layout``), chart axes (``app.charts``).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from app import vocabulary
from pipelines.readings import words as readings

NOTHING = "\N{EN DASH}"
Number = Decimal | float


def money(amount: Number | None, currency: str, *, signed: bool = False) -> str:
    """An amount with its currency code: whole units from a thousand on, two decimals below."""
    return NOTHING if amount is None else readings.money(amount, currency, signed=signed)


def count(number: int | None, *, signed: bool = False) -> str:
    """A whole number with thousands separators."""
    return NOTHING if number is None else f"{number:{'+' if signed else ''},d}"


def percent(share: float | None) -> str:
    """A share (0.052) as a percentage with one decimal (5.2%)."""
    return NOTHING if share is None else f"{_without_minus_zero(share, 3):.1%}"


def change(difference: Number | None, text: str) -> str:
    """A difference as the text of a metric's arrow, which goes by the sign in front; nothing has none to show."""
    if not difference:
        return "no change"
    sign = "-" if difference < 0 else "+"
    return sign + text.replace(sign, "", 1)


def points(difference: float | None) -> str | None:
    """A difference of two shares in percentage points; None when there is none to tell."""
    return None if difference is None else f"{_without_minus_zero(difference * 100, 1):+.1f} points"


def outcome(value: Number | None, currency: str, *, is_share: bool, is_difference: bool = False) -> str:
    """What a group of people brought, or brought more than another: a share in hundredths, the rest in money."""
    if not is_share:
        return money(value, currency, signed=is_difference)
    share = None if value is None else float(value)
    return (points(share) or NOTHING) if is_difference else percent(share)


def _without_minus_zero(number: float, decimals: int) -> float:
    """A number that would be written as -0.0, as 0.0."""
    return number if round(number, decimals) else 0.0


def day(value: date | None) -> str:
    """A day, such as 28 Feb 2017."""
    return NOTHING if value is None else f"{value.day} {value:%b %Y}"


def month(value: date | None) -> str:
    """A month, such as Feb 2017."""
    return NOTHING if value is None else f"{value:%b %Y}"


def instant(value: datetime | None) -> str:
    """An instant to the minute, in UTC."""
    return NOTHING if value is None else readings.instant(value)


def span(minutes: int | None) -> str:
    """A length of time in its largest fitting unit: 3 days, 5 hours, 12 minutes."""
    return NOTHING if minutes is None else readings.span(minutes / 60)


def plural(number: int, noun: str) -> str:
    """A number with its noun: 1 day, 2 days."""
    return readings.plural(number, noun)


def words(code: str | None) -> str:
    """A code of the warehouse as words: on_hold becomes On hold."""
    return NOTHING if code is None else vocabulary.word(code)


def verbatim(text: str) -> str:
    """Text of a source inside Markdown, shown as it is whatever it contains; control characters as spaces."""
    shown = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).replace("`", "'")
    return f"`{shown}`"


def plain(text: str) -> str:
    """Running text inside Markdown, its signs shown as they are and its line breaks gone.

    Every sign of punctuation is escaped, else a leading dash would be a list. An address is a link even so, but for a
    sign without width in it: who wrote the data would choose where a click leads.
    """
    escaped = re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))
    return re.sub(r"(?i)(https?|www)(?=\\[:.])", "\\1\N{WORD JOINER}", escaped)
