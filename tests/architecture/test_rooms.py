"""Who may know whom: the import rules of the rooms, and the layer rules of the dbt project."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from pipelines.warehouse.dbt import manifest_path

ROOT = Path(__file__).parents[2]

# A room, and the top-level packages that its modules may not import.
FORBIDDEN = {
    "models": {"dagster", "streamlit", "pipelines", "app", "duckdb", "dbt"},
    "app": {"dagster", "models", "sklearn", "dbt", "great_expectations"},
    "pipelines/lake": {"dagster", "streamlit", "models", "app", "dbt"},
    "pipelines/sources": {"dagster", "streamlit", "models", "app", "dbt"},
    "pipelines/sources/signatures": {"starlette", "uvicorn", "filelock"},
    "pipelines/receiver": {"dagster", "streamlit", "models", "app", "dbt", "duckdb", "polars", "pyarrow"},
    "pipelines/sandbox": {"dagster", "streamlit", "models", "app", "dbt", "duckdb"},
    "pipelines/cli": {"dagster", "streamlit", "dbt", "great_expectations", "sklearn"},
}


def _imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("room", FORBIDDEN)
def test_room_imports_nothing_forbidden(room: str) -> None:
    """A metric in a page or Dagster in the science once made both untestable without the other."""
    files = list((ROOT / room).rglob("*.py"))
    assert files
    broken = {str(file.relative_to(ROOT)): _imports(file) & FORBIDDEN[room] for file in files}
    assert not {name: packages for name, packages in broken.items() if packages}


_SHOWN = [file for folder in ("app_pages", "parts", "queries") for file in (ROOT / "app" / folder).glob("*.py")]
_WORKED_OUT = re.compile(r"[\w)\]] / [\w(]|(?<=[\w)\]])(?<!select)(?<!distinct) \* [\w(]")


@pytest.mark.parametrize("file", _SHOWN, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_pages_and_queries_work_nothing_out(file: Path) -> None:
    """A page that divides two numbers of a mart is a second definition of the rate, which nobody reconciles."""
    tree = ast.parse(file.read_text())
    divided = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)]
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and isinstance(node.body[0], ast.Expr)
    }
    queried = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documented
        and _WORKED_OUT.search(node.value)
    ]
    assert not divided + queried, f"lines {divided + queried} work something out: pipelines.readings does that"


def test_great_expectations_is_never_imported_at_module_level() -> None:
    """Its import takes seconds, and every command would pay for it."""
    for file in (ROOT / "pipelines").rglob("*.py"):
        for node in ast.parse(file.read_text()).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            assert not any(name.startswith("great_expectations") for name in [*names, module]), file


def test_every_module_has_a_charter() -> None:
    """A file without one collects what belongs nowhere."""
    for room in ("pipelines", "models", "app"):
        for file in (ROOT / room).rglob("*.py"):
            text = file.read_text()
            if text.strip():
                assert ast.get_docstring(ast.parse(text)), file


def _sql_files() -> list[Path]:
    return sorted((ROOT / "dbt_project" / "models").rglob("*.sql"))


def test_only_staging_reads_sources() -> None:
    """A mart that reads raw rows skips the as-of. The lake's own accounts, which have no as-of, are the exception."""
    for file in _sql_files():
        reads_source = "source('raw'" in file.read_text()
        if reads_source:
            assert "staging" in file.parts or "ops" in file.parts, file


_LAYERS = ("staging", "core", "private", "marts", "semantic")


def test_models_read_their_own_layer_or_one_below() -> None:
    """Steps that read marts, which read other steps: nobody could say what had to be right before a number was.

    Marts read each other in one direction too: no two of them, however long the way, read one another.
    """
    nodes = json.loads(manifest_path().read_text())["nodes"].values()
    models = {node["unique_id"]: node for node in nodes if node["resource_type"] == "model"}
    folders = {name: Path(node["original_file_path"]).parts[1:-1] for name, node in models.items()}
    above: set[tuple[str, str]] = set()
    marts = TopologicalSorter[str]()
    for name, node in models.items():
        layer, *mart = folders[name]
        for read in set(node["depends_on"]["nodes"]) & set(models):
            read_layer, *read_mart = folders[read]
            if _LAYERS.index(read_layer) > _LAYERS.index(layer):
                above.add((name, read))
            elif layer == read_layer == "marts" and mart[0] != read_mart[0]:
                marts.add(mart[0], read_mart[0])
    assert not above
    assert list(marts.static_order())  # raises CycleError with the marts that read one another


def test_steps_are_named_and_placed_as_steps() -> None:
    """A table that readers see lay among the steps, and nobody looked for it there."""
    for file in _sql_files():
        if {"core", "marts"} & set(file.parts):
            assert file.name.startswith("int_") == ("steps" in file.parts), file


_STEPS = re.compile(r"\b(?:staging\.stg_|intermediate\.int_|\"(?:staging|intermediate)\",)")


@pytest.mark.parametrize("room", ["pipelines", "models", "app"])
def test_nothing_but_dbt_reads_a_step(room: str) -> None:
    """Scores read a step of the build, and beside it a copy of its rule over what was published."""
    for file in (ROOT / room).rglob("*.py"):
        assert not _STEPS.search(file.read_text()), file


def test_a_macro_has_a_file_of_its_name() -> None:
    """`date_plus` lay in a calendar of retention and `seconds_between` in recognition: both were written twice."""
    for file in (ROOT / "dbt_project" / "macros").rglob("*.sql"):
        names = re.findall(r"{%-? (?:macro|materialization) (\w+)", file.read_text())
        families = {re.sub(r"^(default|spark)__", "", name) for name in names}
        assert families == {file.stem.removesuffix("_materialization")}, file


def test_models_read_no_clock_and_no_dialect() -> None:
    """A model with a clock gives other numbers tomorrow; a dialect's shortcut ties the project to one engine."""
    forbidden = r"current_date|current_timestamp|now\(|getdate|::|\bqualify\b|group by all|\basof\b|read_parquet"
    for file in _sql_files():
        text = re.sub(r"/\*.*?\*/|--[^\n]*", "", file.read_text(), flags=re.DOTALL)
        assert not re.search(forbidden, text, flags=re.IGNORECASE), file


def test_no_model_is_long() -> None:
    """A model that needs scrolling hides what it does."""
    assert not [file for file in _sql_files() if len(file.read_text().splitlines()) > 150]


def test_tracked_files_name_no_machine_and_no_registry() -> None:
    """A path or a host of one machine works on no other."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in listed:
        if name.endswith(".lock"):
            text = (ROOT / name).read_text()
            assert "://" not in text, name
            assert "--index-url" not in text, name


def test_nothing_sends_telemetry() -> None:
    """No telemetry leaves the machine."""
    assert "send_anonymous_usage_stats: false" in (ROOT / "dbt_project" / "dbt_project.yml").read_text()
    assert "gatherUsageStats = false" in (ROOT / "app" / ".streamlit" / "config.toml").read_text()
