"""The checks that Dagster's pages list: every test between models among them, with who answers for it.

Belongs here: which checks there are. Does not belong here: that a broken one stops a build (``tests/warehouse``).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dagster import AssetCheckSpec

from pipelines.warehouse.dbt import manifest_path

INTEGRITY = Path(__file__).parents[2] / "dbt_project" / "tests" / "integrity"


@pytest.fixture(scope="module")
def checks() -> dict[str, AssetCheckSpec]:
    """The checks on what is built, by name."""
    from pipelines.orchestration.definitions import defs

    graph = defs.resolve_asset_graph()
    specs = [graph.get_check_spec(key) for key in graph.asset_check_keys]
    return {spec.name: spec for spec in specs}


def test_every_test_between_models_is_a_check(checks: dict[str, AssetCheckSpec]) -> None:
    """One that reads several models belongs to the one it names; without a name it is an observation of all of them."""
    assert {file.stem for file in INTEGRITY.glob("*.sql")} - set(checks) == set()


def test_a_check_belongs_to_a_table_that_its_test_reads(checks: dict[str, AssetCheckSpec]) -> None:
    nodes = json.loads(manifest_path().read_text())["nodes"].values()
    tests = [node for node in nodes if node["resource_type"] == "test" and node["name"] in checks]
    read = {test["name"]: {name.rsplit(".", 1)[1] for name in test["depends_on"]["nodes"]} for test in tests}
    assert [name for name, tables in read.items() if checks[name].asset_key.path[-1] not in tables] == []


def test_every_check_says_what_it_holds_and_who_answers_for_it(checks: dict[str, AssetCheckSpec]) -> None:
    assert [name for name, spec in checks.items() if not spec.description or not spec.metadata.get("owner")] == []
