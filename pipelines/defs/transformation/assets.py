"""Every dbt model as an asset, and every test between models as a check; a failure stops what would be built on it.

The tests that a model checks itself of while it is built have no node of their own: a model that breaks one fails.

Belongs here: the mapping to Dagster. Does not belong here: models.
"""

import logging
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

from dagster import AssetCheckSpec, AssetExecutionContext, AssetKey, AssetSpec, ResourceParam

from pipelines.orchestration.dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtProject,
    dbt_assets,
)
from pipelines.orchestration.dbt_events import dbt_events
from pipelines.warehouse.build import Build
from pipelines.warehouse.dbt import CHECKED_WITH_THEIR_MODEL, manifest_path

log = logging.getLogger("churniq")


class _Translator(DagsterDbtTranslator):
    """Keys are schema and table, as the warehouse has them; groups are the stages and marts."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return AssetKey([self._stage(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return self._stage(dbt_resource_props)

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetCheckSpec | None:
        """A check for each test with a node of its own in the build, described by the comment at its head."""
        test = manifest["nodes"][unique_id]
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None or test.get("test_metadata"):
            return None
        comment = takewhile(lambda line: line.startswith("--"), test["raw_code"].splitlines())
        described = spec._replace(description=" ".join(line.removeprefix("--").strip() for line in comment))
        return described.with_metadata({**spec.metadata, "owner": "team:analytics"})

    @staticmethod
    def _stage(properties: Mapping[str, Any]) -> str:
        return str(properties.get("schema") or properties["config"]["schema"])


_AFTER_SCORES = "tag:after_scores"
_NOT_BUILT = f"resource_type:unit_test {CHECKED_WITH_THEIR_MODEL}"
_TRANSLATOR = _Translator(DagsterDbtTranslatorSettings(enable_asset_checks=True))


@dbt_assets(manifest=manifest_path(), dagster_dbt_translator=_TRANSLATOR, exclude=f"{_NOT_BUILT} {_AFTER_SCORES}")
def dbt_models(context: AssetExecutionContext, build: ResourceParam[Build]) -> Iterator[Any]:
    """Build the models and run their tests in one dbt invocation, as of the build's instant."""
    log.info("building the tables")
    with build.changing_tables(all_of_them=not context.is_subset) as previous_as_of:
        yield from dbt_events(context, build, build.facts().dbt_environment(previous_as_of=previous_as_of))


@dbt_assets(
    manifest=manifest_path(),
    dagster_dbt_translator=_TRANSLATOR,
    select=_AFTER_SCORES,
    exclude=_NOT_BUILT,
    name="dbt_models_after_scores",
)
def dbt_models_after_scores(context: AssetExecutionContext, build: ResourceParam[Build]) -> Iterator[Any]:
    """Build what reads the churn scores, which the first invocation comes before; always anew, none is incremental."""
    yield from dbt_events(context, build, build.facts().dbt_environment())
