"""The order in which tables are built, as dbt and Dagster know it: one graph for every kind of build."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from pipelines.settings import Settings
from pipelines.warehouse.dbt import dbt_environment, dbt_executable, target_folder


@pytest.mark.long
def test_the_graph_is_the_same_whatever_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that only a continued build reads was an edge in its manifest alone: the next full build was refused."""
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "home"))
    settings = Settings().prepare()
    graphs = []
    for previous_as_of in ("", "2026-01-01 00:00:00"):
        facts = {"CHURNIQ_BUILD_PREVIOUS_AS_OF": previous_as_of}
        environment = {**os.environ, **dbt_environment(settings, settings.warehouse), **facts, "DBT_WRITE_JSON": "true"}
        done = subprocess.run([dbt_executable(), "parse"], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:]
        manifest = json.loads((target_folder(settings) / "manifest.json").read_text())
        graphs.append({name: sorted(node["depends_on"]["nodes"]) for name, node in manifest["nodes"].items()})
    assert graphs[0] == graphs[1]
