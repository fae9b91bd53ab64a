"""The suite on scores as a blocking check: nothing is published on scores that cannot be right.

Belongs here: the check. Does not belong here: the suite (``pipelines.contract.expectations``).
"""

from dagster import AssetCheckResult, AssetKey, ResourceParam, asset_check

from pipelines.warehouse.build import Build
from pipelines.warehouse.database import open_warehouse


@asset_check(asset=AssetKey(["scoring", "fct_churn_scores"]), blocking=True)
def scores_suite_check(build: ResourceParam[Build]) -> AssetCheckResult:
    """Every score is one a customer, a probability, with a band and a model; every paying customer has one."""
    with open_warehouse(build.warehouse, read_only=True) as connection:
        missing = connection.execute(
            "select count(*) from intermediate.int_paying_spans as paying "
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
