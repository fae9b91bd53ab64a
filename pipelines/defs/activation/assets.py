"""The results of campaigns and of price tests.

Belongs here: the assets. Does not belong here: outcomes (``dbt_project``), inference (``models.experiments``), reading
and writing (``pipelines.warehouse.campaigns``, ``pipelines.warehouse.price_tests``).
"""

from collections.abc import Iterator

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    MaterializeResult,
    ResourceParam,
    asset,
    multi_asset,
)

from pipelines.warehouse.build import Build

_DESCRIPTIONS = {
    "fct_campaign_results": "What each campaign kept, by intention to treat; one row a campaign, metric and horizon.",
    "fct_campaign_groups": "Effects of groups, where groups differ for certain; one row a group.",
    "fct_campaign_uplift": "Whom it is worth the most to contact, where that order beats chance; one row a person.",
}


@multi_asset(
    specs=[
        AssetSpec(
            AssetKey(["activation", name]),
            deps=[AssetKey(["activation", "fct_campaign_outcomes"])],
            group_name="activation",
            description=description,
        )
        for name, description in _DESCRIPTIONS.items()
    ],
)
def campaign_results(context: AssetExecutionContext, build: ResourceParam[Build]) -> Iterator[MaterializeResult]:  # type: ignore[type-arg]
    """Compare those who were sent each campaign with those held back, at every horizon that is over."""
    from pipelines.warehouse.campaigns import judge_campaigns

    for name, rows in judge_campaigns(build.warehouse, build.facts().reporting_currency).items():
        context.log.info(f"{name}: {rows} rows")
        yield MaterializeResult(asset_key=AssetKey(["activation", name]), metadata={"rows": rows})


@asset(
    key=["offers", "fct_price_test_results"],
    deps=[AssetKey(["offers", name]) for name in ("fct_price_test_outcomes", "fct_price_test_variants")],
    group_name="offers",
    description="Each variant of a price test against its control; one row a test, variant, metric and horizon.",
)
def price_test_results(build: ResourceParam[Build]) -> MaterializeResult:  # type: ignore[type-arg]
    """Compare the variants of each price test at every horizon that is over, by intention to treat."""
    from pipelines.warehouse.price_tests import judge_price_tests

    return MaterializeResult(metadata={"rows": judge_price_tests(build.warehouse, build.facts().reporting_currency)})
