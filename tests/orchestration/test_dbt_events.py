"""The private interfaces of dagster-dbt that the build leans on, as the installed version has them."""

from __future__ import annotations

import dataclasses
import inspect

from dagster_dbt import DagsterDbtTranslator
from dagster_dbt.asset_utils import DbtCliInvocationPartialParams, get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_invocation import DbtCliInvocation


def test_dagster_dbt_still_takes_what_we_give_it() -> None:
    """An update of dagster-dbt moved an argument, and the first build after it failed in its middle."""
    given = {field.name for field in dataclasses.fields(DbtCliInvocation) if field.init}
    assert given >= {
        "process",
        "manifest",
        "dagster_dbt_translator",
        "project_dir",
        "target_path",
        "raise_on_error",
        "cli_version",
        "context",
    }
    chosen = set(DbtCliInvocationPartialParams.__annotations__)
    assert chosen >= {"manifest", "dagster_dbt_translator", "selection_args", "indirect_selection"}
    arguments = list(inspect.signature(get_updated_cli_invocation_params_for_context).parameters)
    assert arguments[:3] == ["context", "manifest", "dagster_dbt_translator"]
    assert list(inspect.signature(DagsterDbtTranslator.get_asset_check_spec).parameters) == [
        "self",
        "asset_spec",
        "manifest",
        "unique_id",
        "project",
    ]
