"""dagster-dbt without dbt means what it means with dbt."""

from __future__ import annotations

import importlib.util
import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from dagster_dbt import compat

from pipelines.orchestration import dagster_dbt
from pipelines.warehouse.dbt import MANIFEST, parsed_project


def test_dbt_is_not_imported_by_who_imports_dagster_dbt() -> None:
    """Half of the time from the command to the first model went into importing dbt where nothing of it ran."""
    code = "import sys, pipelines.orchestration.dagster_dbt; print([m for m in sys.modules if m.startswith('dbt.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_statuses_and_kinds_read_as_those_of_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    """dagster-dbt has a list of its own for where dbt is missing: a status that is not on it would fail a model."""
    from dbt.artifacts.schemas.results import NodeStatus, TestStatus
    from dbt.node_types import REFABLE_NODE_TYPES

    for name in [name for name in sys.modules if name == "dbt.version"]:
        monkeypatch.delitem(sys.modules, name)
    with dagster_dbt._without_dbt():
        without = _loaded_anew(compat)
    assert without.DBT_PYTHON_VERSION is None
    assert {status.name: str(status) for status in NodeStatus} == {
        status.name: str(status) for status in without.NodeStatus if status.name in NodeStatus.__members__
    }
    assert {status.name: str(status) for status in TestStatus} == {
        status.name: str(status) for status in without.TestStatus
    }
    used = {node["resource_type"] for node in json.loads((parsed_project() / MANIFEST).read_text())["nodes"].values()}
    assert used & set(map(str, REFABLE_NODE_TYPES)) == used & set(without.REFABLE_NODE_TYPES)


def test_a_selection_is_the_one_that_dbt_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of an earlier process decides which models are built; a file cut short must not."""
    shutil.copy(parsed_project() / MANIFEST, tmp_path)
    monkeypatch.setattr(dagster_dbt, "parsed_project", lambda: tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    asked = ("tag:after_scores", "resource_type:unit_test test_type:generic", "")
    (tmp_path / "selections.json").write_text('{"[')
    handlers = [*logging.getLogger().handlers]
    selected = dagster_dbt._select_unique_ids(*asked, None, manifest)
    # dbt adds one as it is imported, and a build then wrote each event of Dagster's to standard error.
    assert logging.getLogger().handlers == handlers
    assert 5 < len(selected) < 50
    assert selected == dagster_dbt._select_by_dbt(*asked, None, manifest)
    monkeypatch.setattr(dagster_dbt, "_select_by_dbt", None)
    assert dagster_dbt._select_unique_ids(*asked, None, {}) == selected


def _loaded_anew(module: ModuleType) -> ModuleType:
    assert module.__spec__ is not None
    spec = importlib.util.spec_from_file_location("compat_without_dbt", module.__spec__.origin or "")
    assert spec is not None
    assert spec.loader is not None
    anew = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(anew)
    return anew
