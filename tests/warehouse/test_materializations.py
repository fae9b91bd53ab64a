"""What the project puts in the place of dbt's own macros, and that a contract still binds."""

from __future__ import annotations

import json
from collections.abc import Iterator

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from pipelines.settings import Settings
from pipelines.warehouse.dbt import PARTIAL_PARSE, dbt_environment, manifest_path, parsed_project
from pipelines.warehouse.dbt_process import DbtProcess

_OVERRIDDEN = {
    "generate_schema_name",
    "get_where_subquery",
    "materialization_incremental_duckdb",
    "materialization_table_duckdb",
    "materialization_view_duckdb",
    "should_full_refresh",
}


def test_what_is_overridden_is_listed() -> None:
    """A macro of ours that happened to have the name of one of dbt's changed every model without a word."""
    macros = json.loads(manifest_path().read_text())["macros"].values()
    ours = {macro["name"] for macro in macros if macro["package_name"] == "churniq"}
    of_dbt = {macro["name"] for macro in macros if macro["package_name"] != "churniq"}
    # A view is materialised by a macro for every database in dbt itself.
    of_dbt |= {"materialization_view_duckdb"} if "materialization_view_default" in of_dbt else set()
    assert ours & of_dbt == _OVERRIDDEN


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DbtProcess]:
    """dbt on the project with two models that are otherwise."""
    manifest = Manifest.from_msgpack((parsed_project() / PARTIAL_PARSE).read_bytes())
    column = next(iter(manifest.nodes["model.churniq.build_info"].columns.values()))
    column.data_type = "bigint"
    node = manifest.nodes["model.churniq.dim_conventions"]
    assert isinstance(node, ModelNode)
    node.config.materialized = "incremental"
    node.config.incremental_strategy = None
    node.config.unique_key = ["first", "second"]
    node.config.contract.enforced = False
    node.config.post_hook = []
    node.raw_code = """
        select 1 as first, 1 as second, {{ 'true' if is_incremental() else 'false' }} as is_new
        union all
        select 1 as first, {{ 3 if is_incremental() else 2 }} as second, {{ is_incremental() }} as is_new
    """
    changed = tmp_path_factory.mktemp("changed") / PARTIAL_PARSE
    changed.write_bytes(manifest.to_msgpack())
    with DbtProcess(changed) as started:
        yield started


def test_a_table_that_is_not_as_its_contract_says_fails(process: DbtProcess, settings: Settings) -> None:
    """A column became a double where the contract says decimal, and pages added the cents up wrong."""
    done = process.run(["run", "--select", "build_info"], dbt_environment(settings, settings.warehouse))
    assert done.returncode == 1
    assert "build_info breaks the rule of its contract" in done.stdout


def test_rows_with_the_keys_of_new_ones_are_replaced(process: DbtProcess, settings: Settings) -> None:
    """The package of an extension counted on its unique key, and every build doubled its rows."""
    for previous_as_of in ("", "2026-06-01 00:00:00"):
        environment = dbt_environment(settings, settings.warehouse)
        environment["CHURNIQ_BUILD_PREVIOUS_AS_OF"] = previous_as_of
        done = process.run(["run", "--select", "dim_conventions"], environment)
        assert done.returncode == 0, done.stdout
    with duckdb.connect(str(settings.warehouse)) as connection:
        rows = connection.execute("from conventions.dim_conventions order by all").fetchall()
    assert rows == [(1, 1, True), (1, 2, False), (1, 3, True)]
