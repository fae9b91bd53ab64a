"""Great Expectations suites at the two edges where rows enter from outside dbt: landing batches and scores.

The landing suite is derived from the contract, so it judges independently what the lake's SQL has let through.

Belongs here: suites and running them on a bounded pandas batch. Does not belong here: when they run (``defs``).
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from pipelines.contract.shapes import CODES, Feed, Kind

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.expectations.expectation import Expectation

# A batch larger than this is checked by its first rows: the suite guards the form, the lake judged every row.
BATCH_ROWS = 20_000


def landing_suite(feed: Feed) -> list[Expectation]:
    """What every accepted row of a feed has to satisfy by the contract."""
    import great_expectations.expectations as gxe

    suite: list[Expectation] = []
    for column in feed.columns:
        if column.required or column.default is not None:
            suite.append(gxe.ExpectColumnValuesToNotBeNull(column=column.name))
        if column.allowed:
            suite.append(gxe.ExpectColumnValuesToBeInSet(column=column.name, value_set=list(column.allowed)))
        if column.code is not None:
            suite.append(gxe.ExpectColumnValuesToBeInSet(column=column.name, value_set=sorted(CODES[column.code])))
        if column.required_for:
            condition = " or ".join(f'event_type == "{event_type}"' for event_type in column.required_for)
            if column.unless:
                condition = f"({condition}) and {column.unless} != True"
            priced = {"row_condition": condition, "condition_parser": "pandas"}
            suite.append(gxe.ExpectColumnValuesToNotBeNull(column=column.name, **priced))
        if column.kind is Kind.MONEY and not column.signed:
            suite.append(gxe.ExpectColumnValuesToBeBetween(column=column.name, min_value=0))
        if column.minimum is not None:
            suite.append(gxe.ExpectColumnValuesToBeBetween(column=column.name, min_value=column.minimum))
    for first, second in feed.ordered:
        suite.append(
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=second, column_B=first, or_equal=True, ignore_row_if="either_value_is_missing"
            )
        )
    if len(feed.conflict_key) == 1:
        suite.append(gxe.ExpectColumnValuesToBeUnique(column=feed.conflict_key[0]))
    return suite


def scores_suite(risk_bands: tuple[str, ...]) -> list[Expectation]:
    """What every score has to satisfy: one a customer, a probability, a band, a model that can be named."""
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnValuesToBeUnique(column="customer_id"),
        gxe.ExpectColumnValuesToNotBeNull(column="customer_id"),
        gxe.ExpectColumnValuesToNotBeNull(column="churn_probability"),
        gxe.ExpectColumnValuesToBeBetween(column="churn_probability", min_value=0, max_value=1),
        gxe.ExpectColumnValuesToBeInSet(column="risk_band", value_set=list(risk_bands)),
        gxe.ExpectColumnValuesToNotBeNull(column="model_version"),
    ]


def load() -> None:
    """Import the library and make what every check needs, before there is one."""
    _batches()


def failures(frame: pd.DataFrame, suite: list[Expectation]) -> list[str]:
    """The expectations that a batch of rows does not meet, as clauses; values are left out, they may be personal."""
    import great_expectations as gx

    batch = _batches().get_batch({"dataframe": frame})
    expected = gx.ExpectationSuite(name="suite", expectations=suite)
    # To count the rows that fail takes longer than to find that none does.
    if batch.validate(expected, result_format="BOOLEAN_ONLY").success:
        return []
    return [_failure(result) for result in batch.validate(expected).results if not result.success]


@cache
def _batches() -> BatchDefinition:
    """Where batches are handed in; making it takes longer than a small suite."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("batches").add_dataframe_asset("batch")
    return asset.add_batch_definition_whole_dataframe("whole")


def _failure(result: Any) -> str:
    config = result.expectation_config
    column = config.kwargs.get("column") or f"{config.kwargs.get('column_B')} and {config.kwargs.get('column_A')}"
    return f"{config.type} on {column} ({result.result.get('unexpected_count', 'all')} rows)"
