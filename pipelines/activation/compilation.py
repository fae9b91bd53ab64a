"""A segment as SQL with bound values, by SQLAlchemy's expressions; nothing that a person wrote becomes SQL.

Relative dates count from the as-of instant of the snapshot. For an instant, "in the last 14 days" reaches from that
instant back 14 times 24 hours, its beginning left out. For a day it is the 14 days up to that of the instant, in
the report time zone. A day that an instant is compared with is all of that day.

Belongs here: what each operator is in SQL. Does not belong here: what may be asked (``conditions``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, column, func, or_, select, table
from sqlalchemy.engine.default import DefaultDialect

from pipelines.activation.attributes import TABLE, Kind
from pipelines.activation.conditions import Condition, Group

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Clock:
    """What "now" is to a segment: the as-of instant of the snapshot, UTC, and the time zone that its days are of."""

    as_of: datetime
    timezone: str

    @property
    def as_of_date(self) -> date:
        """The day of the instant."""
        return self.as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone)).date()

    def start_of(self, day: date) -> datetime:
        """The instant at which a day begins, UTC."""
        return datetime.combine(day, time.min, ZoneInfo(self.timezone)).astimezone(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Query:
    """A statement with a question mark for each of its values."""

    sql: str
    values: list[Any]


def members_query(group: Group, clock: Clock) -> Query:
    """Select the ids of everybody whom the conditions hold for."""
    schema, name = TABLE.split(".")
    source = table(name, schema=schema)
    statement: Any = select(column("customer_id")).select_from(source).where(_group(group, clock))
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    values = compiled.construct_params()
    return Query(str(compiled), [values[key] for key in compiled.positiontup or ()])


class _Dialect(DefaultDialect):
    """Standard SQL with question marks, names quoted where they must be."""

    supports_statement_cache = False

    def __init__(self) -> None:
        super().__init__(paramstyle="qmark")


_DIALECT = _Dialect()


def _group(group: Group, clock: Clock) -> ColumnElement[bool]:
    members = [_group(m, clock) if isinstance(m, Group) else _condition(m, clock) for m in group.members]
    return and_(*members) if group.is_all else or_(*members)


def _condition(condition: Condition, clock: Clock) -> Any:
    attribute, operator, values = condition.attribute, condition.operator.name, condition.values
    field: ColumnElement[Any] = column(attribute.name)
    if operator in _RELATIVE:
        return _relative(field, operator, values, attribute.kind, clock)
    if attribute.kind is Kind.INSTANT and values:
        return _instants(field, operator, values, clock)
    return _plain(field, operator, values, attribute.kind)


def _instants(field: ColumnElement[Any], operator: str, values: Sequence[Any], clock: Clock) -> Any:
    """A day stands for all of it; in a list, each for itself; of two bounds, each for its side."""
    if operator == "in":
        return or_(*(_instants(field, "=", (value,), clock) for value in values))
    if operator == "not in":
        return and_(*(_instants(field, "≠", (value,), clock) for value in values))
    if operator == "between":
        return and_(_instants(field, "≥", values[:1], clock), _instants(field, "≤", values[1:], clock))
    if isinstance(values[0], datetime):
        return _plain(field, operator, values, Kind.INSTANT)
    return _of_day(field, operator, values, clock)


def _plain(field: ColumnElement[Any], operator: str, values: Sequence[Any], kind: Kind) -> Any:
    match operator:
        case "=":
            return field == values[0]
        case "≠":
            return field.is_distinct_from(values[0])
        case "<":
            return field < values[0]
        case "≤":
            return field <= values[0]
        case ">":
            return field > values[0]
        case "≥":
            return field >= values[0]
        case "between":
            return field.between(values[0], values[1])
        case "in":
            return field.in_(values)
        case "not in":
            return or_(field.is_(None), field.not_in(values))
        case "contains":
            return func.contains(func.lower(field), func.lower(values[0]))
        case "starts with":
            return func.starts_with(func.lower(field), func.lower(values[0]))
        case "ends with":
            return func.ends_with(func.lower(field), func.lower(values[0]))
        case "is empty":
            return or_(field.is_(None), field == "") if kind is Kind.TEXT else field.is_(None)
        case "is not empty":
            return field != "" if kind is Kind.TEXT else field.is_not(None)
    raise AssertionError(operator)


_RELATIVE = ("in the last", "in the next", "longer ago than", "days before", "days after")


def _relative(field: ColumnElement[Any], operator: str, values: Sequence[Any], kind: Kind, clock: Clock) -> Any:
    now: date = clock.as_of_date if kind is Kind.DAY else clock.as_of
    if operator == "in the last":
        return and_(field > now - values[0], field <= now)
    if operator == "in the next":
        return and_(field > now, field <= now + values[0])
    if operator == "longer ago than":
        return field <= now - values[0]
    # Whole days from the as-of day, so that a reminder goes out on the same days whatever the hour of the build.
    sign = 1 if operator == "days before" else -1
    first, last = sorted(clock.as_of_date + sign * days for days in values)
    if kind is Kind.DAY:
        return field.between(first, last)
    return and_(field >= clock.start_of(first), field < clock.start_of(last + _DAY))


def _of_day(field: ColumnElement[Any], operator: str, values: Sequence[Any], clock: Clock) -> Any:
    """An instant against days: on, before, or after them, in the report time zone."""
    first, last = clock.start_of(values[0]), clock.start_of(values[0] + _DAY)
    match operator:
        case "≠":
            return or_(field.is_(None), field < first, field >= last)
        case "<":
            return field < first
        case "≤":
            return field < last
        case ">":
            return field >= last
        case "≥":
            return field >= first
        case _:
            return and_(field >= first, field < last)
