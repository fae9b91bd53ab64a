"""How long those who start will stay, and what buyers will buy.

Belongs here: the asset. Does not belong here: the models (``models.value``), reading and writing
(``pipelines.warehouse.value``).
"""

import logging
from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, ResourceParam, multi_asset

from pipelines.warehouse.build import Build

log = logging.getLogger("churniq")

_INSTANT = AssetKey(["ops", "build_info"])
_COHORTS = [_INSTANT, AssetKey(["retention", "fct_survival_by_period"])]
_PURCHASES = [_INSTANT, AssetKey(["core", "fct_purchase_days"])]
_TABLES = {
    "fct_cohort_projections": (_COHORTS, "Observed and projected survival; one row a segment, model and period."),
    "lifetime_models": (_COHORTS, "The fitted lifetime models and their checks; one row a segment and model."),
    "fct_purchase_values": (_PURCHASES, "What each buyer is expected to buy within a year; one row a buyer."),
    "value_notes": ([*_COHORTS, _PURCHASES[-1]], "What has no number of value and why; one row a sentence."),
}


@multi_asset(
    specs=[
        AssetSpec(
            AssetKey(["scoring", name]), deps=deps, group_name="scoring", kinds={"scipy"}, description=description
        )
        for name, (deps, description) in _TABLES.items()
    ],
)
def value(context: AssetExecutionContext, build: ResourceParam[Build]) -> Iterator[MaterializeResult]:  # type: ignore[type-arg]
    """Fit lifetimes to the survivors of cohorts and expected purchases to those who bought, anew by every build."""
    log.info("projecting lifetimes and purchases")
    from pipelines.warehouse.results import write_tables
    from pipelines.warehouse.value import value_tables

    tables = value_tables(build.warehouse)
    write_tables(build.warehouse, tables)
    for note in tables["value_notes"]["note"]:
        context.log.info(note)
    for name, frame in tables.items():
        yield MaterializeResult(asset_key=AssetKey(["scoring", name]), metadata={"rows": len(frame)})
