"""What a segment asks: conditions on attributes in groups, nested as deep as people can follow.

Belongs here: the tree, and reading it from the texts of a document against the attributes there are.
Does not belong here: SQL (``compilation``), files (``documents``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pipelines.activation.attributes import Attribute, Attributes
from pipelines.activation.nearest import nearest
from pipelines.activation.operators import OPERATORS, SPELLINGS, WHOLE, Operator, Takes, operators_of
from pipelines.activation.values import read_days, read_span, read_value
from pipelines.errors import UserError

Value = str | Decimal | bool | date | datetime | timedelta
MOST_CONDITIONS = 200
MOST_DEPTH = 10


@dataclass(frozen=True)
class Condition:
    """One condition; ``values`` are as its operator takes them, a span of time as a ``timedelta``."""

    attribute: Attribute
    operator: Operator
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Group:
    """Conditions and groups of which all, or any, must hold. There is no empty group."""

    is_all: bool
    members: tuple[Condition | Group, ...]

    def conditions(self) -> Iterator[Condition]:
        """Every condition, in order."""
        for member in self.members:
            if isinstance(member, Group):
                yield from member.conditions()
            else:
                yield member


class SegmentError(UserError):
    """What is wrong with a segment, at which place in it, and the nearest right thing."""


def read_group(node: Any, attributes: Attributes, place: str = "conditions", depth: int = 1) -> Group:
    """A group from what YAML made of it: ``all: [...]`` or ``any: [...]``; raises ``SegmentError``."""
    if depth > MOST_DEPTH:
        raise SegmentError(f"{place}: groups are nested more than {MOST_DEPTH} deep; make it two segments.")
    if not isinstance(node, dict) or len(node) != 1 or (word := next(iter(node))) not in {"all", "any"}:
        raise SegmentError(f"{place}: a group is 'all:' or 'any:' with a list of conditions{_suggestion(node)}.")
    listed = node[word]
    if not isinstance(listed, list) or not listed:
        raise SegmentError(f"{place}.{word}: give a list with at least one condition.")
    group = Group(
        word == "all",
        tuple(_read(member, attributes, f"{place}.{word}[{n}]", depth) for n, member in enumerate(listed, start=1)),
    )
    if depth == 1 and sum(1 for _ in group.conditions()) > MOST_CONDITIONS:
        raise SegmentError(
            f"{place}: there are more than {MOST_CONDITIONS} conditions; use 'in' with a list of values."
        )
    return group


def _read(node: Any, attributes: Attributes, place: str, depth: int) -> Condition | Group:
    if isinstance(node, dict) and "attribute" in node:
        return _read_condition(node, attributes, place)
    if isinstance(node, dict) and len(node) == 1:
        return read_group(node, attributes, place, depth + 1)
    raise SegmentError(
        f"{place}: a condition has an attribute, an operator and a value, such as "
        "{attribute: risk_band, operator: '=', value: high}; a group has 'all' or 'any'."
    )


def _read_condition(node: dict[str, Any], attributes: Attributes, place: str) -> Condition:
    unknown = [name for name in node if name not in {"attribute", "operator", "value"}]
    if unknown:
        raise SegmentError(f"{place}: a condition takes attribute, operator and value, not {unknown[0]!r}.")
    name = node["attribute"]
    attribute = attributes.get(name) if isinstance(name, str) else None
    if attribute is None:
        raise SegmentError(f"{place}: there is no attribute {name!r}{nearest(name, attributes)}.")
    operator = _operator(node.get("operator"), attribute, place)
    given = node.get("value", "")
    return Condition(attribute, operator, tuple(_values(operator, given, attribute, place)))


def _operator(written: Any, attribute: Attribute, place: str) -> Operator:
    allowed = [operator.name for operator in operators_of(attribute.kind)]
    name = SPELLINGS.get(" ".join(written.split()).lower()) if isinstance(written, str) else None
    if name is None:
        said = "no operator is given" if written is None else f"there is no operator {written!r}"
        raise SegmentError(f"{place}: {said}{nearest(written, allowed) or '; choose one of ' + ', '.join(allowed)}.")
    if name not in allowed:
        raise SegmentError(
            f"{place}: {attribute.name} is a {attribute.kind}, which does not take {name!r}: "
            f"choose one of {', '.join(allowed)}."
        )
    return OPERATORS[name]


def _values(operator: Operator, given: Any, attribute: Attribute, place: str) -> Iterator[Value]:
    here = f"{place}: {attribute.name} {operator.name}"
    if operator.takes is Takes.NOTHING:
        if given not in ("", None):
            raise SegmentError(f"{here} takes no value, not {given!r}.")
        return
    if operator.takes in {Takes.ONE, Takes.SPAN}:
        if not isinstance(given, str):
            raise SegmentError(
                f"{here} takes {operator.takes.value}, not a {'list' if isinstance(given, list) else 'group'}."
            )
        if given == "":
            raise SegmentError(f"{here} takes {operator.takes.value}, and none is given; 'is empty' asks for nothing.")
        is_span = operator.takes is Takes.SPAN
        yield read_span(given, attribute, here) if is_span else _read_value(given, operator, attribute, here)
        return
    if not isinstance(given, list) or not given or not all(isinstance(item, str) for item in given):
        raise SegmentError(f"{here} takes {operator.takes.value}, such as [a, b], not {given!r}.")
    if operator.takes in {Takes.TWO, Takes.TWO_DAYS} and len(given) != 2:
        raise SegmentError(f"{here} takes {operator.takes.value}, not {len(given)}.")
    if operator.takes is Takes.TWO_DAYS:
        yield from sorted(read_days(item, here) for item in given)
        return
    values = [_read_value(item, operator, attribute, here) for item in given]
    if operator.takes is Takes.TWO and _comparable(values[0]) > _comparable(values[1]):
        raise SegmentError(f"{here}: {given[0]} is more than {given[1]}, so nobody is between them; swap them.")
    yield from values


def _read_value(text: str, operator: Operator, attribute: Attribute, here: str) -> Value:
    value = read_value(text, attribute, here)
    if attribute.values and operator.name in WHOLE and value not in attribute.values:
        raise SegmentError(
            f"{here}: {attribute.name} is never {text!r}"
            f"{nearest(text, attribute.values) or ': it is one of ' + ', '.join(attribute.values)}."
        )
    return value


def _comparable(value: Any) -> Any:
    """A day and a time are compared by the beginning of the day."""
    return datetime.combine(value, time.min) if isinstance(value, date) and not isinstance(value, datetime) else value


def _suggestion(node: Any) -> str:
    if isinstance(node, dict) and ("and" in node or "or" in node):
        return f", not {'and:' if 'and' in node else 'or:'}"
    if isinstance(node, dict) and len(node) > 1 and {"all", "any"} & set(node):
        return "; put one inside the other to have both"
    return ""
