"""Every dbt model as an asset and every dbt test as a check; a failing test stops what would be built on it.

Belongs here: the mapping to Dagster. Does not belong here: models.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

from dagster import AssetExecutionContext, AssetKey
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets
from packaging.version import Version

from pipelines.settings import Settings
from pipelines.warehouse.build import Build
from pipelines.warehouse.dbt import (
    PROJECT_FOLDER,
    dbt_command,
    dbt_environment,
    manifest_path,
    target_folder,
)


class _Translator(DagsterDbtTranslator):
    """Keys are schema and table, as the warehouse has them; groups are the stages and marts."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return AssetKey([self._stage(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return self._stage(dbt_resource_props)

    @staticmethod
    def _stage(properties: Mapping[str, Any]) -> str:
        return str(properties.get("schema") or properties["config"]["schema"])


class _Dbt(DbtCliResource):
    """dbt without the adapter that Dagster would read columns and row counts through, which nobody asks it for.

    Loading that, and asking dbt in a process of its own which version it is, takes as long as a small build's models.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ARG002 - Dagster's signature
        """Give none, as for an engine of dbt's that has no adapter."""
        return None


_AFTER_SCORES = "tag:after_scores"


@dbt_assets(
    manifest=manifest_path(Settings()),
    dagster_dbt_translator=_Translator(DagsterDbtTranslatorSettings(enable_asset_checks=True)),
    exclude=f"resource_type:unit_test {_AFTER_SCORES}",
)
def dbt_models(context: AssetExecutionContext, build: Build) -> Iterator[Any]:
    """Build the models and run their tests in one dbt invocation, as of the build's instant."""
    with build.changing_tables(all_of_them=not context.is_subset) as previous_as_of:
        yield from _run_dbt(context, build, build.facts().dbt_environment(previous_as_of=previous_as_of))


@dbt_assets(
    manifest=manifest_path(Settings()),
    dagster_dbt_translator=_Translator(DagsterDbtTranslatorSettings(enable_asset_checks=True)),
    select=_AFTER_SCORES,
    exclude="resource_type:unit_test",
    name="dbt_models_after_scores",
)
def dbt_models_after_scores(context: AssetExecutionContext, build: Build) -> Iterator[Any]:
    """Build what reads the churn scores, which the first invocation comes before; always anew, none is incremental."""
    yield from _run_dbt(context, build, build.facts().dbt_environment())


def _run_dbt(context: AssetExecutionContext, build: Build, variables: dict[str, str]) -> Iterator[Any]:
    settings = build.settings
    executable, *arguments = dbt_command()
    folder = str(PROJECT_FOLDER)
    dbt = _Dbt(project_dir=folder, profiles_dir=folder, dbt_executable=executable, global_config_flags=arguments)
    os.environ.update(dbt_environment(settings, build.warehouse) | variables)
    yield from dbt.cli(["build"], context=context, target_path=target_folder(settings)).stream()
