"""What scores stand on as blocking checks: features that do not know the future, and scores that can be right.

Belongs here: the checks. Does not belong here: the suite (``pipelines.contract.expectations``), building a day again
(``pipelines.warehouse.features_in_time``).
"""

import logging

from dagster import AssetCheckResult, AssetCheckSeverity, AssetKey, ResourceParam, asset_check

from pipelines.errors import UserError
from pipelines.warehouse.build import Build
from pipelines.warehouse.database import open_warehouse

log = logging.getLogger("churniq")

_OWNER = {"owner": "team:data-science"}


@asset_check(asset=AssetKey(["features", "fct_customer_features"]), blocking=True, metadata=_OWNER)
def features_in_time_check(build: ResourceParam[Build]) -> AssetCheckResult:
    """The newest month end, built again as of its close, has the same features; once a month end and dbt project,
    and only where a model can learn from them."""
    from pipelines.warehouse.features_in_time import (
        has_passed,
        newest_month_end,
        nothing_learns,
        rebuild_and_compare,
        remember_passed,
    )

    day = newest_month_end(build) if build.is_current else None
    if day is None or has_passed(build, day):
        return AssetCheckResult(passed=True, description="No month end that has not passed before.")
    if nothing_learns(build):
        return AssetCheckResult(passed=True, description="No model can learn from so short or small a history.")
    log.info("building the features of %s again as of that day", day)
    try:
        compared = rebuild_and_compare(build, day)
    except UserError as error:
        return AssetCheckResult(passed=False, severity=AssetCheckSeverity.WARN, description=str(error))
    if not compared.differing:
        remember_passed(build, day)
    return AssetCheckResult(
        passed=not compared.differing,
        description=compared.sentence() if compared.differing else None,
        metadata={"day": str(day), "customers": compared.customers},
    )


@asset_check(asset=AssetKey(["scoring", "fct_churn_scores"]), blocking=True, metadata=_OWNER)
def scores_suite_check(build: ResourceParam[Build]) -> AssetCheckResult:
    """Every score is one a customer, a probability, with a band and a model; every paying customer has one."""
    with open_warehouse(build.warehouse, read_only=True) as connection:
        missing = connection.execute(
            "select count(*) from core.fct_paying_spans as paying "
            "anti join scoring.fct_churn_scores as scores on scores.customer_id = paying.customer_id "
            "where paying.valid_to is null"
        ).fetchall()[0][0]
    checked = build.suites.check_scores(build.warehouse)
    broken = list(checked.broken)
    if missing:
        broken.append(f"{missing} paying customers have no score")
    return AssetCheckResult(
        passed=not broken, description="; ".join(broken) or None, metadata={"rows_checked": checked.rows}
    )
