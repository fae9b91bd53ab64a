"""The feeds that are watched are those that may come in."""

from __future__ import annotations

import re

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Feed, Kind
from pipelines.warehouse.dbt import PROJECT_FOLDER

_MACRO = (PROJECT_FOLDER / "macros" / "domain" / "watched_feeds.sql").read_text()


def _watched() -> dict[str, str]:
    """Each feed of the macro with what it says of it."""
    return dict(re.findall(r'^        "(\w+)": (event|\{.*\}),$', _MACRO, flags=re.MULTILINE))


def _expected(feed: Feed) -> str:
    """What the contract makes of a feed: its types, and the time that every row of it has besides recorded_at."""
    if "event_type" in feed.column_names:
        return "event"
    # A row that has both a beginning and an end is a plan: neither is when it came about.
    plans = {name for pair in feed.ordered if all(feed.column(name).required for name in pair) for name in pair}
    times = [
        ("date" if column.kind is Kind.DATE else "happened", column.name)
        for column in feed.columns
        if column.required and column.kind in (Kind.DATE, Kind.TIMESTAMP) and column.name not in {"recorded_at", *plans}
    ]
    return "{" + ", ".join(f'"{kind}": "{name}"' for kind, name in times) + "}"


def test_every_feed_of_the_contract_is_watched_by_its_own_times() -> None:
    """A feed that was added to the contract came for a year, stopped, and nobody was told."""
    assert _watched() == {name: _expected(feed) for name, feed in FEEDS.items()}
