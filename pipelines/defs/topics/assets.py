"""The topics of tickets without one, and the quality of the classifier that gave them.

Belongs here: the assets. Does not belong here: the classifier (``models.topics``), reading and writing
(``pipelines.warehouse.topics``).
"""

import logging
from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, ResourceParam, multi_asset

from pipelines.warehouse.build import Build

log = logging.getLogger("churniq")

_DESCRIPTIONS = {
    "ticket_topics": "The likeliest topic of every ticket that came without one; null where the model is not sure.",
    "topic_model_quality": "How the classifier did on tickets it had not seen; one row a split, topic and metric.",
}


@multi_asset(
    specs=[
        AssetSpec(
            AssetKey(["raw", name]),
            deps=[AssetKey(["raw", "support_tickets"])],
            group_name="topics",
            kinds={"scikitlearn"},
            description=description,
        )
        for name, description in _DESCRIPTIONS.items()
    ],
)
def topics(context: AssetExecutionContext, build: ResourceParam[Build]) -> Iterator[MaterializeResult]:  # type: ignore[type-arg]
    """Learn from the tickets that have a topic, predict it for those that have none."""
    log.info("finding the topics of tickets")
    from models.topics import classify
    from pipelines.warehouse.topics import read_tickets, write_topics

    report = classify(read_tickets(build.warehouse, build.facts()))
    write_topics(build.warehouse, predictions=report.predictions, quality=report.quality)
    context.log.info(report.note)
    for name, rows in (("ticket_topics", report.predictions.height), ("topic_model_quality", report.quality.height)):
        yield MaterializeResult(
            asset_key=AssetKey(["raw", name]),
            metadata={"rows": rows, "model_version": report.model_version or "none", "note": report.note},
        )
