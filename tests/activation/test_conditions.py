"""Conditions in SQL against a slow evaluator in Python, on random trees and random people.

Belongs here: what a segment holds. Does not belong here: documents (``test_documents``).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.activation.attributes import Attribute, Kind
from pipelines.activation.compilation import Clock, members_query
from pipelines.activation.conditions import Condition, Group, read_group
from pipelines.activation.operators import OPERATORS, Takes, operators_of
from pipelines.errors import UserError

AS_OF = datetime(2026, 3, 29, 0, 30)  # noqa: DTZ001 - the night in which Amsterdam changes its clock
ZONE = "Europe/Amsterdam"
ATTRIBUTES = {
    "country": Attribute("country", Kind.TEXT, ""),
    "mrr": Attribute("mrr", Kind.NUMBER, ""),
    "consent": Attribute("consent", Kind.FLAG, ""),
    "paid_on": Attribute("paid_on", Kind.DAY, ""),
    "ends_at": Attribute("ends_at", Kind.INSTANT, ""),
}
DAY = timedelta(days=1)
_texts = st.sampled_from(["NL", "nl", "DE", "", "N", "L", "O'Brien", "Zoë", "NLD", "%", "_"])
_numbers = st.decimals(-5, 20, places=2)
_days = st.dates(date(2026, 3, 10), date(2026, 4, 15))
_instants = st.datetimes(datetime(2026, 3, 10), datetime(2026, 4, 15)).map(  # noqa: DTZ001 - stored without an offset
    lambda instant: instant.replace(minute=instant.minute // 30 * 30, second=0, microsecond=0)
)
_values = {
    Kind.TEXT: _texts,
    Kind.NUMBER: _numbers,
    Kind.FLAG: st.booleans(),
    Kind.DAY: _days,
    Kind.INSTANT: _instants | _days,
}
_people = st.fixed_dictionaries(
    {
        "country": st.none() | _texts,
        "mrr": st.none() | _numbers,
        "consent": st.none() | st.booleans(),
        "paid_on": st.none() | _days,
        "ends_at": st.none() | _instants,
    }
)


@st.composite
def _conditions(draw: st.DrawFn) -> Condition:
    attribute = draw(st.sampled_from(list(ATTRIBUTES.values())))
    operator = draw(st.sampled_from(operators_of(attribute.kind)))
    value = _values[attribute.kind]
    if operator.takes is Takes.NOTHING:
        return Condition(attribute, operator, ())
    if operator.takes is Takes.SPAN:
        hours = st.integers(1, 20 * 24) if attribute.kind is Kind.INSTANT else st.integers(1, 20).map(lambda n: n * 24)
        return Condition(attribute, operator, (timedelta(hours=draw(hours)),))
    if operator.takes is Takes.TWO_DAYS:
        return Condition(attribute, operator, tuple(sorted(draw(st.integers(0, 20)) * DAY for _ in range(2))))
    if operator.takes is Takes.TWO:
        return Condition(attribute, operator, tuple(sorted((draw(value), draw(value)), key=_begin)))
    if operator.takes is Takes.SEVERAL:
        return Condition(attribute, operator, tuple(draw(st.lists(value, min_size=1, max_size=3))))
    return Condition(attribute, operator, (draw(value),))


_groups = st.recursive(
    st.builds(Group, st.booleans(), st.lists(_conditions(), min_size=1, max_size=3).map(tuple)),
    lambda inner: st.builds(Group, st.booleans(), st.lists(inner | _conditions(), min_size=1, max_size=3).map(tuple)),
    max_leaves=6,
)


def _begin(value: Any) -> Any:
    """The first instant that a day stands for, in the report time zone; anything else as it is."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time.min, ZoneInfo(ZONE)).astimezone(UTC).replace(tzinfo=None)
    return value


def _holds(condition: Condition, person: dict[str, Any]) -> bool:
    """One condition, written as slowly and plainly as can be."""
    has = person[condition.attribute.name]
    name, values, kind = condition.operator.name, condition.values, condition.attribute.kind
    is_empty = has is None or (kind is Kind.TEXT and has == "")
    if name == "is empty":
        return is_empty
    if name == "is not empty":
        return not is_empty
    if name == "not in":
        return not any(_same(kind, has, value) for value in values)
    if name == "≠":
        return not _same(kind, has, values[0])
    if has is None:
        return False
    today = AS_OF.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date()
    now: Any = today if kind is Kind.DAY else AS_OF
    if name == "in the last":
        return bool(now - values[0] < has <= now)
    if name == "in the next":
        return bool(now < has <= now + values[0])
    if name == "longer ago than":
        return bool(has <= now - values[0])
    if name in ("days before", "days after"):
        day = has if kind is Kind.DAY else has.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date()
        apart = day - today if name == "days before" else today - day
        return bool(values[0] <= apart <= values[1])
    if name == "=":
        return _same(kind, has, values[0])
    if name == "in":
        return any(_same(kind, has, value) for value in values)
    if name in ("contains", "starts with", "ends with"):
        text, part = has.lower(), values[0].lower()
        return bool({"contains": part in text, "starts with": text.startswith(part)}.get(name, text.endswith(part)))
    if kind is not Kind.INSTANT:
        low, high = values[0], values[-1]
        return bool(
            {"<": has < low, "≤": has <= low, ">": has > low, "≥": has >= low, "between": low <= has <= high}[name]
        )
    at_least, at_most = has >= _begin(values[0]), _until(has, values[-1])
    not_after, after = _until(has, values[0]), not _until(has, values[0])
    return bool({"<": not at_least, "≤": not_after, ">": after, "≥": at_least, "between": at_least and at_most}[name])


def _until(has: datetime, value: Any) -> bool:
    """Whether an instant comes no later than a value, of which a day is there until its last moment."""
    return has <= value if isinstance(value, datetime) else has < _begin(value + DAY)


def _same(kind: Kind, has: Any, value: Any) -> bool:
    if has is None:
        return False
    if kind is Kind.INSTANT and not isinstance(value, datetime):
        return bool(_begin(value) <= has < _begin(value + DAY))
    return bool(has == value)


def _is_member(group: Group, person: dict[str, Any]) -> bool:
    found = [
        _is_member(member, person) if isinstance(member, Group) else _holds(member, person) for member in group.members
    ]
    return all(found) if group.is_all else any(found)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("create schema activation")
    made.execute(
        "create table activation.dim_customer_attributes "
        "(customer_id integer, country varchar, mrr decimal(38,4), consent boolean, paid_on date, ends_at timestamp)"
    )
    return made


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(group=_groups, people=st.lists(_people, min_size=1, max_size=8))
def test_sql_holds_whom_the_evaluator_holds(
    connection: duckdb.DuckDBPyConnection, group: Group, people: list[dict[str, Any]]
) -> None:
    """A condition that treats an empty value in another way in SQL sends a campaign to those it should not reach."""
    connection.execute("delete from activation.dim_customer_attributes")
    for number, person in enumerate(people):
        row = [number, *(person[name] for name in ATTRIBUTES)]
        connection.execute("insert into activation.dim_customer_attributes values (?, ?, ?, ?, ?, ?)", row)
    query = members_query(group, Clock(AS_OF, ZONE))
    found = {row[0] for row in connection.execute(query.sql, query.values).fetchall()}
    assert found == {number for number, person in enumerate(people) if _is_member(group, person)}


def test_every_operator_is_tried_by_the_property() -> None:
    """An operator that no strategy draws would be believed without a test."""
    drawn = {operator.name for kind in Kind for operator in operators_of(kind)}
    assert drawn == set(OPERATORS)


def test_nothing_that_was_written_becomes_sql() -> None:
    """A value with a quotation mark once ended a string."""
    evil = "x'; drop table activation.dim_customer_attributes; --"
    group = read_group({"any": [{"attribute": "country", "operator": "contains", "value": evil}]}, ATTRIBUTES)
    query = members_query(group, Clock(AS_OF, ZONE))
    assert "drop" not in query.sql
    assert query.values == [evil]
    assert isinstance(query.values[0], str)


@pytest.mark.parametrize(
    ("node", "says"),
    [
        (
            {"attribute": "contry", "operator": "=", "value": "NL"},
            "there is no attribute 'contry': did you mean country",
        ),
        ({"attribute": "mrr", "operator": "contain", "value": "1"}, "there is no operator 'contain'"),
        ({"attribute": "country", "operator": "contain", "value": "1"}, "did you mean contains"),
        ({"attribute": "mrr", "operator": "contains", "value": "1"}, "mrr is a number, which does not take 'contains'"),
        ({"attribute": "mrr", "value": "1"}, "no operator is given"),
        ({"attribute": "mrr", "operator": "=", "value": "ten"}, "'ten' is no number"),
        ({"attribute": "mrr", "operator": "=", "value": "nan"}, "'nan' is no number"),
        ({"attribute": "mrr", "operator": "="}, "takes one value, and none is given"),
        ({"attribute": "mrr", "operator": "=", "value": ["1", "2"]}, "takes one value, not a list"),
        ({"attribute": "mrr", "operator": "between", "value": ["9", "1"]}, "nobody is between them; swap them"),
        ({"attribute": "mrr", "operator": "between", "value": ["1"]}, "takes a list of two values"),
        ({"attribute": "mrr", "operator": "in", "value": "1"}, "takes a list of values"),
        ({"attribute": "mrr", "operator": "is empty", "value": "1"}, "takes no value"),
        ({"attribute": "consent", "operator": "=", "value": "maybe"}, "'maybe' is neither true nor false"),
        ({"attribute": "paid_on", "operator": "=", "value": "2026-02-30"}, "'2026-02-30' is not a day"),
        (
            {"attribute": "paid_on", "operator": "in the last", "value": "36 hours"},
            "paid_on is a day, which has no hours",
        ),
        ({"attribute": "ends_at", "operator": "=", "value": "yesterday"}, "relative dates are operators"),
        ({"attribute": "ends_at", "operator": "in the last", "value": "0 days"}, "'0 days' is no span of time"),
        ({"attribute": "ends_at", "operator": "days before", "value": ["7", "soon"]}, "'soon' is no number of days"),
        (
            {"attribute": "mrr", "operator": "=", "valeu": "1"},
            "a condition takes attribute, operator and value, not 'valeu'",
        ),
        ({"both": []}, "a group is 'all:' or 'any:'"),
        ({"all": []}, "give a list with at least one condition"),
        ("country = NL", "a condition has an attribute, an operator and a value"),
    ],
)
def test_a_wrong_condition_gets_a_sentence(node: Any, says: str) -> None:
    """What is wrong, at which place, and the nearest right thing."""
    with pytest.raises(UserError, match=r"conditions\.all\[2\]") as raised:
        read_group({"all": [{"attribute": "country", "operator": "=", "value": "NL"}, node]}, ATTRIBUTES)
    assert says in str(raised.value)


def test_a_text_that_nobody_can_have_names_the_nearest() -> None:
    """A list for risk_band = hihg was empty, and nobody saw why."""
    known = {"band": Attribute("band", Kind.TEXT, "x", ("high", "medium", "low"))}

    def read(operator: str, value: Any) -> Group:
        return read_group({"all": [{"attribute": "band", "operator": operator, "value": value}]}, known)

    for operator, value in (("=", "hihg"), ("≠", "hihg"), ("in", ["low", "hihg"]), ("not in", ["hihg"])):
        with pytest.raises(UserError, match=r"band .*: band is never 'hihg': did you mean high\.$"):
            read(operator, value)
    with pytest.raises(UserError, match=r"never 'x': it is one of high, medium, low\.$"):
        read("=", "x")
    assert read("contains", "hi").members, "a part of a text need not be one"


def test_values_are_what_their_attribute_is() -> None:
    """YAML read the country NO as false, and 1e3 as a number."""
    group = read_group(
        {
            "all": [
                {"attribute": "country", "operator": "in", "value": ["NO", "007"]},
                {"attribute": "mrr", "operator": "≥", "value": "1e3"},
                {"attribute": "consent", "operator": "=", "value": "yes"},
                {"attribute": "ends_at", "operator": "<", "value": "2026-07-01T02:00+02:00"},
            ]
        },
        ATTRIBUTES,
    )
    values = [condition.values for condition in group.conditions()]
    instant = datetime(2026, 7, 1)  # noqa: DTZ001
    assert values == [("NO", "007"), (Decimal(1000),), (True,), (instant,)]


def test_a_tree_that_nobody_can_follow_is_refused() -> None:
    deep: Any = {"attribute": "mrr", "operator": "is empty"}
    for _ in range(11):
        deep = {"all": [deep]}
    with pytest.raises(UserError, match="nested more than 10 deep"):
        read_group(deep, ATTRIBUTES)
    many = [{"attribute": "mrr", "operator": "is empty"}] * 201
    with pytest.raises(UserError, match="more than 200 conditions"):
        read_group({"any": many}, ATTRIBUTES)
