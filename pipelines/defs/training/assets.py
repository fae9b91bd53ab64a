"""Weekly training as an asset: the champions of three horizons, trained on the published snapshot ahead of the builds.

A build trains what the registry lacks. After this one has run it finds the model of a month that has settled since, and
``churniq score --horizon 60`` or ``90`` has one at once.

Belongs here: the asset. Does not belong here: when it runs (``pipelines.defs.automation``), the science (``models``),
scoring (``pipelines.defs.scoring``).
"""

from dagster import (
    AssetExecutionContext,
    AssetKey,
    MaterializeResult,
    asset,
)

from pipelines.readings.churn_model import champion_of, read_history
from pipelines.settings import Settings

HORIZONS = (30, 60, 90)


@asset(
    key=["scoring", "champion_models"],
    deps=[AssetKey(["published", "snapshot"])],
    group_name="training",
    kinds={"lightgbm"},
    owners=["team:data-science"],
)
def champion_models(context: AssetExecutionContext) -> MaterializeResult:  # type: ignore[type-arg]
    """Judge and train for 30, 60 and 90 days, unless the registry has the models of exactly this history."""
    settings = Settings().prepare()
    history = read_history(settings, None)
    metadata = {}
    for horizon in HORIZONS:
        model = champion_of(settings, history, horizon)
        context.log.info(f"{horizon} days: {model.model_version}. {model.note}".rstrip())
        metadata[f"days_{horizon}"] = f"{model.model_version}, AUC {model.pooled('auc') or 0:.4f}"
    return MaterializeResult(metadata=metadata)
