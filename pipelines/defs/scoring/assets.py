"""Churn scores, and the backtest of the model that made them.

Belongs here: the assets. Does not belong here: the science (``models``), reading and writing
(``pipelines.warehouse.scoring``).
"""

import logging
from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, ResourceParam, multi_asset

from pipelines.warehouse.build import Build

log = logging.getLogger("churniq")

_INPUTS = [
    AssetKey(["ops", "feed_freshness"]),
    AssetKey(["features", "fct_customer_features"]),
    AssetKey(["core", "fct_paying_spans"]),
]
_DESCRIPTIONS = {
    "fct_churn_scores": "The chance of every paying customer to have no MRR after the horizon, with reasons.",
    "backtest_metrics": "How the champion did on month ends it had not seen, pooled; one row a metric and split.",
    "backtest_origins": "The same by month end, population and estimator; one row a metric of each.",
    "calibration_bins": "Predicted against observed churn on those month ends; one row a tenth of the customers.",
    "fct_score_outcomes": "Published scores whose horizon is over, with what came; one row a day and customer.",
    "score_track_record": "How published scores did, by day and settled days together; one row a metric.",
    "score_track_bins": "Predicted against observed churn of published scores, settled days together.",
    "score_caveats": "What must be said beside the newest scores; one row a sentence.",
    "score_drift": "How far features and scores have moved since a horizon ago (PSI); one row a feature.",
}


@multi_asset(
    specs=[
        AssetSpec(
            AssetKey(["scoring", name]),
            deps=_INPUTS,
            group_name="scoring",
            kinds={"lightgbm"},
            description=description,
        )
        for name, description in _DESCRIPTIONS.items()
    ],
)
def scores(context: AssetExecutionContext, build: ResourceParam[Build]) -> Iterator[MaterializeResult]:  # type: ignore[type-arg]
    """Judge on past month ends, train on all that are settled, score the present."""
    log.info("scoring the customers")
    import polars as pl

    from models.caveats import caveats
    from models.champion import champion
    from models.scoring import score
    from models.track_record import RECORDED, track_record
    from models.trained import backtest_report
    from pipelines.readings.score_record import read_recorded
    from pipelines.warehouse.results import write_tables
    from pipelines.warehouse.scoring import read_history, read_newest_viewing

    history = read_history(build.warehouse, build.facts())
    model = champion(history, build.settings.registry)
    report = backtest_report(model)
    scored = score(model, history)
    published = read_recorded(build.settings, history.scoring_day, history.as_of)
    earlier = published.filter(pl.col("as_of_date") != history.scoring_day)
    tables = {
        "fct_churn_scores": scored,
        "backtest_metrics": report.metrics,
        "backtest_origins": report.origins,
        "calibration_bins": report.calibration_bins,
        "score_caveats": caveats(model, history.scoring_day, read_newest_viewing(build.warehouse)),
        **track_record(pl.concat([earlier, scored.select(RECORDED)], how="vertical_relaxed"), history),
    }
    write_tables(build.warehouse, tables)
    context.log.info(report.note)
    for caveat in tables["score_caveats"]["caveat"]:
        context.log.warning(caveat)
    for name, frame in tables.items():
        yield MaterializeResult(
            asset_key=AssetKey(["scoring", name]),
            metadata={"rows": len(frame), "model_version": report.model_version, "note": report.note},
        )
