"""Billing intervals of the app stores: from an ISO 8601 duration, or from the two ends of a period that was paid.

Belongs here: reading an interval where a store sells only a few lengths. Does not belong here: what is billed.
"""

from __future__ import annotations

from collections.abc import Mapping

_UNITS = {"D": "day", "W": "week", "M": "month", "Y": "year"}
# Both stores sell these lengths only. A period may be shorter than its interval, when the time in grace is taken off
# it, so the next longer length is meant; it may be longer by a change of clocks or the hours a charge took.
_LONGEST_DAYS: tuple[tuple[int, str, int], ...] = (
    (8, "week", 1),
    (32, "month", 1),
    (63, "month", 2),
    (94, "month", 3),
    (126, "month", 4),
    (187, "month", 6),
    (370, "year", 1),
)


def iso_interval(duration: str) -> tuple[str, str]:
    """The billing interval and its count, as SQL, of a text such as ``P3M``; nulls for any other text."""
    pattern = "^P([1-9][0-9]{0,2})([DWMY])$"
    unit = f"regexp_extract({duration}, '{pattern}', 2)"
    count = f"try_cast(regexp_extract({duration}, '{pattern}', 1) as BIGINT)"
    return f"case {unit} {_cases(_UNITS)} end", count


def period_interval(start: str, end: str, *, without: frozenset[str] = frozenset()) -> tuple[str, str]:
    """The billing interval and its count, as SQL, of a paid period between two timestamps.

    The period is taken for the shortest length on sale that is not shorter than it, with these tolerances: up to 8
    days is a week, 32 a month, 63 two, 94 three, 126 four, 187 six months, 370 a year. Longer ones, and periods that do
    not end after they begin, have none. ``without`` names lengths, such as ``4 month``, that the store does not sell.
    """
    days = f"date_diff('second', {start}, {end}) / 86400.0"
    lengths = [(most, unit, count) for most, unit, count in _LONGEST_DAYS if f"{count} {unit}" not in without]
    units = " ".join(f"when {days} <= {most} then '{unit}'" for most, unit, _ in lengths)
    counts = " ".join(f"when {days} <= {most} then {count}" for most, _, count in lengths)
    ruled_out = f"when coalesce({days} <= 0, true) then null"
    return f"case {ruled_out} {units} end", f"cast(case {ruled_out} {counts} end as BIGINT)"


def is_whole_period(start: str, end: str, unit: str, count: str) -> str:
    """The condition, as SQL, that a paid period is one whole interval; null where the interval is.

    What is left of a period after a recovery in grace, and a period that a change of plan shortened or lengthened, is
    none. Days at the end of a month follow the first purchase, hence three of them; a week has its hours.
    """
    after = f"""{start} + {count} * case {unit} when 'year' then interval 1 year when 'month' then interval 1 month
        when 'week' then interval 7 days when 'day' then interval 1 day end"""
    most = f"case when {unit} in ('week', 'day') then 2 else 78 end"
    return f"(abs(date_diff('hour', {after}, {end})) <= {most})"


def _cases(values: Mapping[str, str]) -> str:
    return " ".join(f"when '{given}' then '{meant}'" for given, meant in values.items())
