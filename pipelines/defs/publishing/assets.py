"""The published snapshot: built last, and only when every blocking check before it passed.

Belongs here: the asset. Does not belong here: how a snapshot is written (``pipelines.publishing.snapshots``).
"""

import logging
from datetime import timedelta

from dagster import AssetExecutionContext, AssetKey, FreshnessPolicy, MaterializeResult, ResourceParam, asset

from pipelines.activation.contacts import write_contacts
from pipelines.activation.membership import record_memberships
from pipelines.defs.transformation.assets import dbt_models, dbt_models_after_scores
from pipelines.kept import take_as_it_is
from pipelines.publishing.descriptions import read_descriptions
from pipelines.publishing.snapshots import PUBLIC_SCHEMAS, publish
from pipelines.readings.score_record import record_scores
from pipelines.warehouse.build import Build
from pipelines.warehouse.dbt import manifest_path, schemas_of_packages

log = logging.getLogger("churniq")

_SCHEMAS = tuple(dict.fromkeys([*PUBLIC_SCHEMAS, *schemas_of_packages()]))
_MODELS = {*dbt_models.keys, *dbt_models_after_scores.keys}
_PUBLIC_MODELS = sorted(key for key in _MODELS if key.path[0] in _SCHEMAS)
_PRIVATE_MODELS = sorted(key for key in _MODELS if key.path[0] == "private")
_SCORES = [
    AssetKey(["scoring", name])
    for name in (
        "fct_churn_scores",
        "backtest_metrics",
        "backtest_origins",
        "calibration_bins",
        "fct_score_outcomes",
        "score_track_record",
        "score_track_bins",
        "score_caveats",
        "score_drift",
        "fct_cohort_projections",
        "lifetime_models",
        "fct_purchase_values",
        "value_notes",
    )
]
_EXPERIMENTS = [
    *(AssetKey(["activation", f"fct_campaign_{name}"]) for name in ("results", "groups", "uplift")),
    AssetKey(["offers", "fct_price_test_results"]),
]


@asset(
    key=["published", "snapshot"],
    deps=[*_PUBLIC_MODELS, *_PRIVATE_MODELS, *_SCORES, *_EXPERIMENTS],
    group_name="publishing",
    kinds={"duckdb"},
    owners=["team:data-engineering"],
    # The schedule builds every day, and the sensor whenever files wait.
    freshness_policy=FreshnessPolicy.time_window(fail_window=timedelta(hours=49), warn_window=timedelta(hours=25)),
)
def snapshot(context: AssetExecutionContext, build: ResourceParam[Build]) -> MaterializeResult:  # type: ignore[type-arg]
    """Copy the public tables into a new versioned file and point readers to it."""
    log.info("publishing")
    facts = build.facts()
    if build.is_current:
        write_contacts(build.settings, build.warehouse)
    pointer = publish(
        build.settings,
        build.warehouse,
        name=f"{facts.as_of:%Y%m%dT%H%M%S}-{context.run_id[:8]}",
        as_of=facts.as_of,
        lake_version=facts.lake_version,
        is_current=build.is_current,
        schemas=_SCHEMAS,
        descriptions=read_descriptions(manifest_path(), _SCHEMAS),
    )
    if build.is_current:
        take_as_it_is(build.settings.home, *build.settings.files_of_people)
        record_scores(build.settings, build.warehouse, facts.as_of)
        record_memberships(build.settings, context.log.warning)
    else:
        build.discard_warehouse()
    return MaterializeResult(metadata={"file": pointer.file, "as_of": pointer.as_of})
