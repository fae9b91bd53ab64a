"""The values of conditions: texts of a document as what their attribute is.

YAML guesses what a value is, and guesses wrong: NO is a country, 007 a code, 1e3 an offer. So a document is read as
texts, and the attribute says what they are.

Belongs here: text to value. Does not belong here: operators (``operators``).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from pipelines.activation.attributes import Attribute, Kind
from pipelines.errors import UserError

_FLAGS = {"true": True, "yes": True, "false": False, "no": False}
_SPAN = re.compile(r"(?P<number>\d{1,5})\s*(?P<unit>hours?|days?|weeks?)?", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_RELATIVE = "relative dates are operators such as 'in the last'"
_HOURS = {"hour": 1, "day": 24, "week": 168}


def read_value(text: str, attribute: Attribute, place: str) -> str | Decimal | bool | date | datetime:
    """The value that a text is for an attribute; raises ``UserError`` that says what is expected."""
    match attribute.kind:
        case Kind.TEXT:
            return text
        case Kind.NUMBER:
            return _number(text, place)
        case Kind.FLAG:
            if text.strip().lower() not in _FLAGS:
                raise UserError(f"{place}: {text!r} is neither true nor false.")
            return _FLAGS[text.strip().lower()]
        case Kind.DAY:
            day = _day(text)
            if day is None:
                raise UserError(f"{place}: {text!r} is not a day such as 2026-07-01; {_RELATIVE}.")
            return day
        case Kind.INSTANT:
            day = _day(text)
            return _instant(text, place) if day is None else day


def read_span(text: str, attribute: Attribute, place: str) -> timedelta:
    """A span of time such as ``14 days``; a bare number counts days. Days have no hours."""
    match = _SPAN.fullmatch(text.strip())
    if match is None or int(match["number"]) == 0:
        raise UserError(f"{place}: {text!r} is no span of time: give one such as 14 days, 36 hours or 2 weeks.")
    unit = (match["unit"] or "days").lower().removesuffix("s")
    if unit == "hour" and attribute.kind is Kind.DAY:
        raise UserError(f"{place}: {attribute.name} is a day, which has no hours: give days or weeks.")
    return timedelta(hours=int(match["number"]) * _HOURS[unit])


def read_days(text: str, place: str) -> timedelta:
    """A number of whole days, 0 or more, with or without the word."""
    match = re.fullmatch(r"(\d{1,5})\s*(?:days?)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise UserError(f"{place}: {text!r} is no number of days: give whole numbers such as [7, 3].")
    return timedelta(days=int(match[1]))


def _number(text: str, place: str) -> Decimal:
    try:
        value = Decimal(text.strip())
    except InvalidOperation as error:
        raise UserError(
            f"{place}: {text!r} is no number: give one such as 0.25, without units and separators."
        ) from error
    if not value.is_finite() or abs(value) >= Decimal(10) ** 24:
        raise UserError(f"{place}: {text!r} is no number that an attribute can have.")
    return value


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if _DAY.fullmatch(text.strip()) else None
    except ValueError:
        return None


def _instant(text: str, place: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UserError(
            f"{place}: {text!r} is neither a day nor a time such as 2026-07-01T12:00:00Z; {_RELATIVE}."
        ) from error
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
