"""What the project puts in the place of dbt's own macros, and that a contract still binds."""

from __future__ import annotations

import json
from pathlib import Path

from dbt.contracts.graph.manifest import Manifest

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


def test_a_table_that_is_not_as_its_contract_says_fails(settings: Settings, tmp_path: Path) -> None:
    """A column became a double where the contract says decimal, and pages added the cents up wrong."""
    manifest = Manifest.from_msgpack((parsed_project() / PARTIAL_PARSE).read_bytes())
    column = next(iter(manifest.nodes["model.churniq.dim_conventions"].columns.values()))
    column.data_type = "bigint"
    changed = tmp_path / PARTIAL_PARSE
    changed.write_bytes(manifest.to_msgpack())
    with DbtProcess(changed) as process:
        environment = dbt_environment(settings.prepare(), settings.warehouse)
        done = process.run(["run", "--select", "dim_conventions"], environment)
    assert done.returncode == 1
    assert "dim_conventions breaks the rule of its contract" in done.stdout
