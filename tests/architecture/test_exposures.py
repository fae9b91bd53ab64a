"""The dashboards as dbt knows them: every page has an exposure, which names what the page reads and nothing else.

Belongs here: exposures against the queries of the pages. Does not belong here: what the pages show (``tests/app``).
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "dbt_project" / "models"
EXPOSURES: dict[str, dict[str, Any]] = {
    exposure["name"]: exposure for exposure in yaml.safe_load((MODELS / "exposures.yml").read_text())["exposures"]
}
PAGES = sorted(page.stem for page in (ROOT / "app" / "app_pages").glob("*.py") if page.stem != "__init__")
_TABLE = re.compile(
    # Not in an address, such as recurring-revenue.html.
    r"(?<![\w-])(core|revenue|retention|journey|dunning|offers|engagement|care|conventions|scoring|activation|ops)\.([a-z][a-z0-9_]*)"
)


def _file_of(module: str) -> Path | None:
    path = ROOT / Path(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()), None)


@cache
def _tree(module: str) -> ast.Module:
    file = _file_of(module)
    assert file is not None
    return ast.parse(file.read_text())


@cache
def _imports(module: str) -> dict[str, tuple[str, str | None]]:
    """What each name that a module imports from the project stands for: a module, or a name in one."""
    found: dict[str, tuple[str, str | None]] = {}
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("app", "pipelines"):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                target = (name, None) if _file_of(name) else (str(node.module), alias.name)
                found[alias.asname or alias.name] = target
    return found


@cache
def _definitions(module: str) -> dict[str, ast.AST]:
    """The functions and constants of a module by name."""
    found: dict[str, ast.AST] = {}
    for node in _tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id: node for target in targets if isinstance(target, ast.Name)}
    return found


def _queried(module: str, name: str, seen: set[tuple[str, str]]) -> set[str]:
    """The tables that a function or constant of a module of queries names, also through what it uses."""
    if (module, name) in seen:
        return set()
    seen.add((module, name))
    tables, used = _named_by(module, name)
    return tables.union(*(_queried(inside, other, seen) for inside, other in used))


@cache
def _named_by(module: str, name: str) -> tuple[set[str], set[tuple[str, str]]]:
    """The tables that a function or constant names itself, and the names that it uses."""
    node = _definitions(module).get(name)
    if node is None:
        return set(), set()
    documentation = {id(part.body[0].value) for part in ast.walk(node) if isinstance(part, ast.FunctionDef)
                     and isinstance(part.body[0], ast.Expr)}  # fmt: skip
    tables: set[str] = set()
    used: set[tuple[str, str]] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and id(part) not in documentation:
            tables |= {".".join(match) for match in _TABLE.findall(part.value)}
        elif isinstance(part, ast.Name):
            inside, other = _imports(module).get(part.id, (module, None))
            used.add((inside, other) if other else (module, part.id))
    return tables, used


def _read_by(module: str, seen: set[str]) -> set[str]:
    """The tables that a module of the app reads: by the queries it uses, and through the modules it imports."""
    if module in seen:
        return set()
    seen.add(module)
    tree = _tree(module)
    imports = _imports(module)
    tables: set[str] = set()
    for target, name in imports.values():
        if target.startswith("app.queries") and name:
            tables |= _queried(target, name, set())
        elif target.startswith("app.") and not target.startswith("app.queries"):
            tables |= _read_by(target, seen)
    for part in ast.walk(tree):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in imports:
            target, name = imports[part.value.id]
            if target.startswith("app.queries") and name is None:
                tables |= _queried(target, part.attr, set())
    return tables


@cache
def _read(page: str) -> set[str]:
    """The tables that a page reads, those of the frame around every page among them."""
    return _read_by(f"app.app_pages.{page}", set()) | _read_by("app.streamlit_app", set())


def _references(exposure: dict[str, Any]) -> list[str]:
    """The models that an exposure depends on; an entry of its list may name several."""
    models = [re.fullmatch(r"ref\('(\w+)'\)", each) for entry in exposure["depends_on"] for each in entry.split(", ")]
    assert all(models), "an exposure depends on ref('...') only"
    return [model[1] for model in models if model]


def _tables(exposure: dict[str, Any]) -> set[str]:
    schemas = _schemas()
    named = {f"{schemas[model]}.{model}" for model in _references(exposure)}
    return named | set(exposure.get("config", {}).get("meta", {}).get("also_reads", []))


def _schemas() -> dict[str, str]:
    """The schema of each table that readers see: the folder of its mart, or core."""
    schemas = {file.stem: file.parent.name for file in (MODELS / "marts").glob("*/*.sql")}
    return schemas | {file.stem: "core" for file in (MODELS / "core").glob("*/*.sql")}


def test_every_page_has_an_exposure() -> None:
    assert sorted(EXPOSURES) == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_a_page_reads_what_its_exposure_names(page: str) -> None:
    """A mart that changes says which pages it changes only if this holds."""
    assert _read(page) - _tables(EXPOSURES[page]) == set()


@pytest.mark.parametrize("page", PAGES)
def test_an_exposure_names_what_its_page_reads(page: str) -> None:
    assert _tables(EXPOSURES[page]) - _read(page) == set()


@pytest.mark.parametrize("page", PAGES)
def test_an_exposure_names_marts_that_exist(page: str) -> None:
    references = _references(EXPOSURES[page])
    assert [name for name in references if name not in _schemas()] == []
    assert len(references) == len(set(references))


def test_the_reading_of_queries_finds_tables() -> None:
    """The rules above hold of anything if nothing is found."""
    assert _read("customer") >= {"core.dim_customers", "revenue.fct_mrr_movements", "ops.build_info"}
    assert "scoring.fct_churn_scores" in _read("segmentation"), "through the segment that the command line writes"
    assert "revenue.fct_mrr_monthly" not in _read("core_tables")
