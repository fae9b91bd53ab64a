"""The feeds that are watched are those that may come in."""

from __future__ import annotations

import re

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Feed, Kind
from pipelines.warehouse.continuation import CONTINUED_FEEDS
from pipelines.warehouse.dbt import PROJECT_FOLDER

_MACRO = (PROJECT_FOLDER / "macros" / "feeds.sql").read_text()


def _watched() -> dict[str, str]:
    """Each feed of the macro with what it says of it."""
    return dict(re.findall(r'^        "(\w+)": (event|\{.*\}),$', _MACRO, flags=re.MULTILINE))


def _expected(feed: Feed) -> str:
    """What the contract makes of a feed: its types, and the time that every row of it has besides recorded_at."""
    if "event_type" in feed.column_names:
        return "event"
    times = [
        ("date" if column.kind is Kind.DATE else "happened", column.name)
        for column in feed.columns
        if column.required and column.kind in (Kind.DATE, Kind.TIMESTAMP) and column.name != "recorded_at"
    ]
    return "{" + ", ".join(f'"{kind}": "{name}"' for kind, name in times) + "}"


def test_every_feed_of_the_contract_is_watched_by_its_own_times() -> None:
    """A feed that was added to the contract came for a year, stopped, and nobody was told."""
    assert _watched() == {name: _expected(feed) for name, feed in FEEDS.items()}


def test_the_feeds_that_are_counted_on_are_those_whose_rows_say_when_they_came() -> None:
    """All rows of any other feed are new to every build, and would be counted again and again."""
    listed = re.search(r"macro continued_feeds.*?return\(\[(.*?)\]\)", _MACRO, flags=re.DOTALL)
    assert listed
    assert tuple(re.findall(r'"(\w+)"', listed[1])) == CONTINUED_FEEDS
