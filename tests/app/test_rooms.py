"""Where things live in the app.

Belongs here: rules on its source. Does not belong here: how it behaves (``test_pages``).
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.app.conftest import APP

FILES = sorted(APP.parent.rglob("*.py"))
_SQL = re.compile(
    r"\bselect\b.+\bfrom\b|\b(insert into|delete from|create table|union all)\b", re.IGNORECASE | re.DOTALL
)
_CONNECTS = {"duckdb", "sqlite3", "sqlalchemy"}


def _texts(tree: ast.Module) -> list[str]:
    documentation = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(
        node, ast.Module | ast.ClassDef | ast.FunctionDef)}  # fmt: skip
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in documentation
    ]


@pytest.mark.parametrize("file", [file for file in FILES if file.parent.name != "queries"], ids=lambda file: file.stem)
def test_sql_lives_in_queries_only(file: Path) -> None:
    """SQL in a page is a number that only that page knows."""
    assert not [text for text in _texts(ast.parse(file.read_text())) if _SQL.search(text)]


def test_the_rule_on_sql_finds_sql() -> None:
    queries = [file for file in FILES if file.parent.name == "queries"]
    assert sum(bool(_SQL.search(text)) for file in queries for text in _texts(ast.parse(file.read_text()))) > 10


def test_only_the_connection_knows_the_engine() -> None:
    """One place decides that the app can only read."""
    importers = {
        file.stem
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if name.split(".")[0] in _CONNECTS
    }
    assert importers == {"connection"}


# A constant, names of a constant in a row, or the select of other rows.
_CONSTANT = re.compile(r"_?[A-Z_]+|', '\.join\(_?[A-Z_]+\)|[a-z]+\.sql")


def _is_of_the_code(value: ast.expr) -> bool:
    """Whether what is put into a query stands in the code, and so is of nobody's making.

    It is a rate of columns, a constant, or the select of other rows, whose values are bound with it.
    """
    if not isinstance(value, ast.FormattedValue):
        return isinstance(value, ast.Constant)
    if _CONSTANT.fullmatch(ast.unparse(value.value)):
        return True
    if not isinstance(value.value, ast.Call):
        return False
    name = ast.unparse(value.value.func).split(".")[-1]
    is_known = name in {"rate_of_sums", "running_share", "share_of_days", "step_of_share"}
    return is_known and all(isinstance(argument, ast.Constant) for argument in value.value.args)


def test_values_are_bound_not_pasted() -> None:
    """A search for a quotation mark once ended the query."""
    pasted = [
        (file.stem, ast.unparse(node))
        for file in FILES
        if file.parent.name == "queries" and file.stem != "rows"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.JoinedStr) and not all(map(_is_of_the_code, node.values))
    ]
    assert not pasted
