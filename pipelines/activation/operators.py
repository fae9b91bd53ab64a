"""The operators of conditions: how they may be written, of which kinds of attributes, and with how many values.

An empty attribute meets no condition but ``is empty`` and the two that deny something (≠ and not in), so that a
condition and its denial always share out everybody between them.

Belongs here: the table of operators. Does not belong here: reading values (``values``), SQL (``compilation``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pipelines.activation.attributes import Kind

_ORDERED = (Kind.NUMBER, Kind.DAY, Kind.INSTANT)
_COMPARED = (Kind.TEXT, *_ORDERED)
_ALL = (*_COMPARED, Kind.FLAG)
_TIMES = (Kind.DAY, Kind.INSTANT)


class Takes(Enum):
    """What stands in ``value``."""

    NOTHING = "no value"
    ONE = "one value"
    TWO = "a list of two values, the smaller first"
    SEVERAL = "a list of values"
    SPAN = "a number of days, hours or weeks such as 14 days"
    TWO_DAYS = "a list of two numbers of days"


@dataclass(frozen=True)
class Operator:
    """One operator: its name, other ways to write it, what it takes, of which kinds, and what it says."""

    name: str
    takes: Takes
    kinds: tuple[Kind, ...]
    says: str
    spellings: tuple[str, ...] = ()


OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("=", Takes.ONE, _ALL, "is", ("==", "is", "equals")),
        Operator("≠", Takes.ONE, _ALL, "is not, or is empty", ("!=", "<>", "is not")),
        Operator("<", Takes.ONE, _ORDERED, "is less than"),
        Operator("≤", Takes.ONE, _ORDERED, "is at most", ("<=",)),
        Operator(">", Takes.ONE, _ORDERED, "is more than"),
        Operator("≥", Takes.ONE, _ORDERED, "is at least", (">=",)),
        Operator("between", Takes.TWO, _ORDERED, "lies between two values, both included"),
        Operator("in", Takes.SEVERAL, _COMPARED, "is one of", ("one of", "is one of")),
        Operator("not in", Takes.SEVERAL, _COMPARED, "is none of, or is empty", ("none of", "is none of")),
        Operator("contains", Takes.ONE, (Kind.TEXT,), "contains, whatever the case of letters"),
        Operator("starts with", Takes.ONE, (Kind.TEXT,), "starts with, whatever the case of letters", ("starts",)),
        Operator("ends with", Takes.ONE, (Kind.TEXT,), "ends with, whatever the case of letters", ("ends",)),
        Operator("is empty", Takes.NOTHING, _ALL, "is empty"),
        Operator("is not empty", Takes.NOTHING, _ALL, "is not empty"),
        Operator(
            "in the last", Takes.SPAN, _TIMES, "was within the time before the as-of instant, that instant included"
        ),
        Operator("in the next", Takes.SPAN, _TIMES, "comes within the time after the as-of instant"),
        Operator("longer ago than", Takes.SPAN, _TIMES, "was before the time before the as-of instant"),
        Operator("days before", Takes.TWO_DAYS, _TIMES, "the as-of day is so many days before it"),
        Operator("days after", Takes.TWO_DAYS, _TIMES, "the as-of day is so many days after it"),
    )
}
WHOLE = ("=", "≠", "in", "not in")
"""The operators that compare a text as a whole, so that one which nobody can have is a mistake."""
SPELLINGS: dict[str, str] = {
    spelling: operator.name for operator in OPERATORS.values() for spelling in (operator.name, *operator.spellings)
}


def operators_of(kind: Kind) -> list[Operator]:
    """The operators that a kind of attribute takes."""
    return [operator for operator in OPERATORS.values() if kind in operator.kinds]
