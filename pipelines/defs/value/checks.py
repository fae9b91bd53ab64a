"""Blocking checks of projections: nothing is published on shares that cannot be right.

Belongs here: the checks. Does not belong here: what is checked (``pipelines.warehouse.value``).
"""

from dagster import AssetCheckResult, AssetKey, ResourceParam, asset_check

from pipelines.warehouse.build import Build
from pipelines.warehouse.value import broken_projections, broken_purchase_values

_OWNER = {"owner": "team:data-science"}


@asset_check(asset=AssetKey(["scoring", "fct_cohort_projections"]), blocking=True, metadata=_OWNER)
def projections_check(build: ResourceParam[Build]) -> AssetCheckResult:
    """One row a segment, model and period; shares between 0 and 1 that never rise, within their band."""
    broken = broken_projections(build.warehouse)
    return AssetCheckResult(passed=not broken, description="; ".join(broken) or None)


@asset_check(asset=AssetKey(["scoring", "fct_purchase_values"]), blocking=True, metadata=_OWNER)
def purchase_values_check(build: ResourceParam[Build]) -> AssetCheckResult:
    """One row a buyer; a probability, and nothing expected below nothing."""
    broken = broken_purchase_values(build.warehouse)
    return AssetCheckResult(passed=not broken, description="; ".join(broken) or None)
