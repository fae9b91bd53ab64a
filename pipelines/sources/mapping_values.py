"""How the texts of a mapped column are read: numbers of a declared form, times of a declared format and zone.

Everything here is SQL over a text and gives null for what is no such value: nothing is guessed.

Belongs here: numbers, times, days. Does not belong here: which column is read so (``mapping_rules``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import available_timezones

from pipelines.contract.codes import WITH_THREE_DIGITS, WITHOUT_MINOR_UNIT
from pipelines.lake.sql import literal
from pipelines.sources.sql import major_units

EPOCHS = {
    "seconds": (r"-?\d{1,11}(\.\d{1,6})?", "cast(round(cast({0} as DECIMAL(20,6)) * 1000000) as BIGINT)"),
    "milliseconds": (r"-?\d{1,14}", "cast({0} as BIGINT) * 1000"),
    "microseconds": (r"-?\d{1,17}", "cast({0} as BIGINT)"),
    "nanoseconds": (r"-?\d{1,20}", "cast(cast({0} as HUGEINT) // 1000 as BIGINT)"),
    # Days since 30 December 1899, of which a workbook shows the seconds.
    "excel": (
        r"\d{1,6}(\.\d+)?",
        "epoch_us(TIMESTAMP '1899-12-30') + cast(round(cast({0} as DECIMAL(28,12)) * 86400) as BIGINT) * 1000000",
    ),
}
_OVERLAPS = ("30 minutes", "1 hour", "2 hours")
_ISO = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?"
_ISO_WITH_OFFSET = rf"{_ISO}\s?(Z|z|[+-]\d{{2}}(:?\d{{2}})?)"


def number(text: str, *, decimal: str, group: str, strip: Sequence[str]) -> str:
    """A number as text with a point, its separators only where they belong: a group has three digits."""
    for symbol in strip:
        text = f"replace({text}, {literal(symbol)}, '')"
    if strip:
        text = rf"regexp_replace({text}, '^[\s\x{{a0}}\x{{202f}}]+|[\s\x{{a0}}\x{{202f}}]+$', '', 'g')"
    if group == " ":
        text = rf"regexp_replace({text}, '[\x{{a0}}\x{{202f}}]', ' ', 'g')"
    grouped = rf"\d{{1,3}}({re.escape(group)}\d{{3}})+" if group else ""
    whole = rf"(\d+|{grouped})" if grouped else r"\d+"
    point = re.escape(decimal)
    pattern = rf"[+-]?{whole}({point}\d+)?"
    plain = f"replace({text}, {literal(group)}, '')" if group else text
    plain = plain if decimal == "." else f"replace({plain}, {literal(decimal)}, '.')"
    return f"case when regexp_full_match({text}, {literal(pattern)}) then {plain} end"


def rounded(text: str, digits: int) -> str:
    """A number rounded half up to so many decimals."""
    return f"cast(round(try_cast({text} as DECIMAL(38,18)), {digits}) as DECIMAL(18,4))"


def of_minor_units(text: str, currency: str) -> str:
    """Major units of a whole number of minor ones, by the digits of its currency."""
    return f"case when regexp_full_match({text}, '[+-]?\\d+') then {major_units(text, f'({currency})')} end"


def of_hundredths(text: str, currency: str | None) -> str:
    """A hundredth of a number, which is no amount of a currency whose minor unit is none or a thousandth."""
    value = f"cast(try_cast({text} as DECIMAL(18,2)) * 0.01 as DECIMAL(18,4))"
    if currency is None:
        return value
    others = ", ".join(literal(code) for code in sorted({*WITHOUT_MINOR_UNIT, *WITH_THREE_DIGITS}))
    return f"case when coalesce(({currency}) not in ({others}), true) then {value} end"


def time(text: str, *, date_format: str | None, epoch: str | None, zone: str | None, ambiguous: str) -> str:
    """A time: a timestamp in UTC of a text in a format, of an epoch, or in ISO 8601, whose zone may be named."""
    if date_format == "%s":
        date_format, epoch = None, "seconds"
    if epoch is not None:
        pattern, microseconds = EPOCHS[epoch]
        value = f"make_timestamp({microseconds.format(f'({text})')})"
        value = f"case when regexp_full_match({text}, {literal(pattern)}) then {value} end"
        return localized(value, literal(zone), ambiguous) if zone else value
    if date_format is None:
        with_offset = f"try_cast({text} as TIMESTAMPTZ) at time zone 'UTC'"
        plain = f"try_cast({text} as TIMESTAMP)"
        local = localized(plain, literal(zone), ambiguous) if zone else plain
        return (
            f"case when regexp_full_match({text}, {literal(_ISO_WITH_OFFSET)}) then {with_offset} "
            f"when regexp_full_match({text}, {literal(_ISO)}) then {local} end"
        )
    if date_format.endswith("%Z"):
        # The zone is taken off the text: left to the reader, an hour that is told twice would be guessed.
        named = rf"regexp_extract({text}, '\S+$')"
        local = _parsed(rf"regexp_replace({text}, '\S+$', '')", date_format.removesuffix("%Z"))
        zones = ", ".join(literal(name) for name in sorted(available_timezones()))
        known = f"case when {named} = 'Z' then 'UTC' when {named} in ({zones}) then {named} end"
        return localized(local, known, ambiguous)
    if "%z" in date_format:
        plain = rf"regexp_replace({text}, '(?i)\s?(Z|UTC|GMT)$', '{_gap(date_format)}+00:00')"
        return f"{_parsed(plain, date_format)} at time zone 'UTC'"
    value = _parsed(text, date_format)
    return localized(value, literal(zone), ambiguous) if zone else value


def localized(local: str, zone: str, ambiguous: str) -> str:
    """The instant of a local time in a zone: null in the gap of a change; in its overlap as is decided."""
    instant = f"(({local}) at time zone {zone})"
    others = [f"({instant} {sign} interval {literal(span)})" for span in _OVERLAPS for sign in ("+", "-")]
    same = " or ".join(f"{other} at time zone {zone} = ({local})" for other in others)
    candidates = ", ".join(
        [instant, *(f"case when {other} at time zone {zone} = ({local}) then {other} end" for other in others)]
    )
    decided = {"refuse": "null", "earlier": f"least({candidates})", "later": f"greatest({candidates})"}[ambiguous]
    return (
        f"case when {instant} at time zone {zone} <> ({local}) then null "
        f"when {same} then {decided} else {instant} end at time zone 'UTC'"
    )


def day(value: str, zone: str | None) -> str:
    """The day of a time in UTC, or in a zone."""
    moved = f"(({value}) at time zone 'UTC' at time zone {literal(zone)})" if zone else f"({value})"
    return f"cast({moved} as DATE)"


def _gap(date_format: str) -> str:
    return " " if " %z" in date_format else ""


def _parsed(text: str, date_format: str) -> str:
    """A text read by strptime; a format with seconds also takes their fraction."""
    formats = [date_format]
    if "%S" in date_format and not re.search("%[fgn]", date_format):
        formats.append(date_format.replace("%S", "%S.%n"))
    listed = ", ".join(literal(one) for one in formats)
    parsed = f"try_strptime({text}, [{listed}])"
    return parsed if "%z" in date_format else f"cast({parsed} as TIMESTAMP)"
