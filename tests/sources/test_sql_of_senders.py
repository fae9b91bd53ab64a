"""The SQL that senders say their rows in, linted as composed: in files of Python no linter sees it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlfluff.core import FluffConfig, Linter

from pipelines.sources import SOURCES
from pipelines.sources.base import Source

# What SQL of composed parts can keep: no rule of lines, and none of names with which a select is laid into another.
_RULES = "AL04,AL05,AM02,AM06,AM08,AM09,CP03,CV01,CV04,CV05,CV12,ST02,ST03,ST08,ST11"
_LINTER = Linter(
    config=FluffConfig(
        overrides={"dialect": "duckdb", "templater": "raw", "rules": _RULES, "large_file_skip_byte_limit": 0}
    )
)


def _selects(source: Source) -> Iterator[tuple[str, str]]:
    """What a sender says in whole selects, each with its name."""
    yield from (("parsed", source.parsed or ""), ("documents", source.documents or ""))
    yield from source.derived.items()
    yield from source.informed.items()
    yield from ((feed, mapping("EUR")) for feed, mapping in source.mappings.items())
    yield from ((f"concerned {number}", select) for number, select in enumerate(source.concerned))


# Those that take the linter seconds.
_LONG = {"apple", "cleeng", "lemonsqueezy", "paypal", "revenuecat", "stripe"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] if name in _LONG else []) for name in SOURCES]
)
def test_composed_sql_keeps_the_rules(name: str) -> None:
    """A step that nothing reads, or an alias of two tables, is a part that was changed and another that was not."""
    found = [
        f"{step}: {each.rule_code()} {each.desc()}"
        for step, select in _selects(SOURCES[name])
        # The linter does not know the lambdas of DuckDB.
        if select and "lambda " not in select
        for each in _LINTER.lint_string(select).violations
    ]
    assert not found
