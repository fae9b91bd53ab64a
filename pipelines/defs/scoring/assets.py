"""Churn scores, and the backtest of the model that made them.

Belongs here: the assets. Does not belong here: the science (``models``), reading and writing
(``pipelines.warehouse.scoring``).
"""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, ResourceParam, multi_asset

from pipelines.warehouse.build import Build

_INPUTS = [
    AssetKey(["intermediate", "int_paying_spans"]),
    AssetKey(["staging", "stg_subscription_events"]),
    AssetKey(["staging", "stg_payment_events"]),
    AssetKey(["raw", "engagement_daily"]),
    AssetKey(["raw", "support_tickets"]),
    AssetKey(["core", "dim_customers"]),
]
_DESCRIPTIONS = {
    "fct_churn_scores": "The chance of every paying customer to have no MRR after the horizon, with reasons.",
    "backtest_metrics": "How the model did on days it had not seen; one row a metric and split.",
    "calibration_bins": "Predicted against observed churn on the test day; one row a tenth of its customers.",
}


@multi_asset(
    specs=[
        AssetSpec(
            AssetKey(["scoring", name]),
            deps=_INPUTS,
            group_name="scoring",
            kinds={"scikitlearn"},
            description=description,
        )
        for name, description in _DESCRIPTIONS.items()
    ],
)
def scores(context: AssetExecutionContext, build: ResourceParam[Build]) -> Iterator[MaterializeResult]:  # type: ignore[type-arg]
    """Train on the past, test on later days, score the present."""
    from models import registry, scoring
    from pipelines.warehouse.scoring import read_inputs, write_tables

    inputs = read_inputs(build.warehouse, build.facts())
    model = scoring.train(inputs)
    report = scoring.backtest_report(model)
    registry.save(model, build.settings.registry)
    tables = {
        "fct_churn_scores": scoring.score(model, inputs),
        "backtest_metrics": report.metrics,
        "calibration_bins": report.calibration_bins,
    }
    write_tables(build.warehouse, tables)
    context.log.info(report.note)
    for name, frame in tables.items():
        yield MaterializeResult(
            asset_key=AssetKey(["scoring", name]),
            metadata={"rows": len(frame), "model_version": report.model_version, "note": report.note},
        )
