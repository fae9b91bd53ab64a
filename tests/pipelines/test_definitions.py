"""What Dagster knows: it loads, it validates, and its lineage is the one that we mean."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.contract.feeds import FEEDS


@pytest.fixture(scope="module")
def dagster_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A home of its own, so that parsing touches nobody's."""
    home = tmp_path_factory.mktemp("home")
    return {**os.environ, "CHURNIQ_HOME": str(home), "DAGSTER_HOME": str(home), "DO_NOT_TRACK": "1"}


@pytest.fixture(scope="module")
def lineage(dagster_environment: dict[str, str]) -> dict[str, set[str]]:
    """For each asset the assets it depends on, read in a process of its own."""
    script = """
import json
from pipelines.orchestration.definitions import defs
graph = defs.resolve_asset_graph()
print(json.dumps({key.to_user_string(): sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
                  for key in graph.get_all_asset_keys()}))
built = defs.resolve_job_def("full_build").asset_layer.executable_asset_keys
print(json.dumps(sorted(key.to_user_string() for key in built)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env=dagster_environment, capture_output=True, text=True, check=True
    )
    import json

    parents, built = map(json.loads, done.stdout.splitlines())
    # A build that trained for horizons that it does not score would take three times as long over it.
    assert "scoring/fct_churn_scores" in built
    assert "scoring/champion_models" not in built
    return {name: set(above) for name, above in parents.items()}


def test_definitions_validate(dagster_environment: dict[str, str]) -> None:
    """A definition that does not load stops the schedule at night, not the author by day."""
    dagster = Path(sys.executable).with_name("dagster")
    done = subprocess.run(
        [str(dagster), "definitions", "validate", "-m", "pipelines.orchestration.definitions"],
        env=dagster_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_lineage_runs_from_feed_to_snapshot(lineage: dict[str, set[str]]) -> None:
    """A break in the lineage lets Dagster publish before it has built."""

    def upstream(name: str, seen: set[str]) -> set[str]:
        for parent in lineage[name] - seen:
            seen.add(parent)
            upstream(parent, seen)
        return seen

    above = upstream("published/snapshot", set())
    assert {f"feeds/{feed}" for feed in FEEDS} <= above
    assert {f"raw/{feed}" for feed in FEEDS} <= above
    assert "scoring/fct_churn_scores" in above
    assert "revenue/fct_mrr_monthly" in above


def test_every_asset_feeds_the_snapshot_or_is_it(lineage: dict[str, set[str]]) -> None:
    """An asset that nothing needs is built every night for nobody. Every feed is staged, read or not."""
    needed = {parent for parents in lineage.values() for parent in parents}
    idle = {name for name in set(lineage) - needed if not name.startswith("staging/")}
    # dbt's metrics need a calendar that no model reads.
    assert idle == {
        *("scoring/champion_models", "published/day_snapshot", "published/kept_snapshots", "lake/compacted_files"),
        "intermediate/int_time_spine",
    }
