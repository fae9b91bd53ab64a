"""The page of known cases against the tests that it names.

Belongs here: that each of them exists. Does not belong here: the cases.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "known-cases.md"
_CASE = re.compile(r"^\|(?! case |---)(.+)\|$", re.MULTILINE)
_SPAN = re.compile(r"`([^`]+)`")


def _cases() -> dict[str, list[str]]:
    """What holds each case of the page."""
    cells = [row.rsplit(" | ", maxsplit=1) for row in _CASE.findall(PAGE.read_text())]
    return {what: _SPAN.findall(held) for what, held in cells}


def _is_there(name: str) -> bool:
    kind, _, rest = name.partition(": ")
    if "::" in name:
        path, _, test = name.partition("::")
        module = ast.parse((ROOT / "tests" / path).read_text())
        return any(isinstance(node, ast.FunctionDef) and node.name == test for node in module.body)
    if kind == "dbt":
        files = (ROOT / "dbt_project" / "models").rglob("*unit_tests.yml")
        return any(f"- name: {rest}\n" in file.read_text() for file in files)
    return f"\n| `{rest}` |" in (ROOT / "docs" / "senders" / f"{kind}.md").read_text()


def test_each_case_is_held_by_tests_that_exist() -> None:
    """A list of what is tested outlives the tests, unless it is read beside them."""
    cases = _cases()
    assert len(cases) > 50
    assert [what for what, held in cases.items() if not held] == []
    assert [(what, name) for what, held in cases.items() for name in held if not _is_there(name)] == []


@pytest.mark.parametrize("name", ["lake/test_values.py::test_nothing", "dbt: no_such_rule", "stripe: no-such-case"])
def test_what_does_not_exist_is_found_missing(name: str) -> None:
    """A check that finds everything holds nothing."""
    assert not _is_there(name)
