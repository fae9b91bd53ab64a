"""A metric by another convention: which select answers, and what is said where none does."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from pipelines.readings.by_convention import query_by_convention
from pipelines.readings.metrics import UnknownChoiceError

_DEFINED = [("mrr", "default"), ("mrr", "stripe"), ("customer_churn_rate", "stripe")]
_MONTHS = """
create schema conventions;
create table conventions.fct_metric_variants as
    select unnest([date '2025-06-01', date '2025-07-01']) as month, 'mrr' as metric, 'stripe' as convention,
        cast(10 as decimal(18, 4)) as numerator, cast(null as decimal(18, 4)) as denominator,
        cast(10 as decimal(18, 4)) as variant_value, cast(9 as decimal(18, 4)) as default_value,
        cast(1 as decimal(18, 4)) as gap;
"""


@pytest.mark.parametrize(("metric", "value"), [("mrr", 10), ("annual_recurring_revenue", 120)])
def test_a_year_of_a_convention_is_twelve_of_its_months(metric: str, value: int) -> None:
    """The page showed nothing beside ARR by another convention, where the command had twelve times its MRR."""
    query, values = query_by_convention(metric, "stripe", _DEFINED, date(2025, 7, 1))
    with duckdb.connect() as connection:
        connection.execute(_MONTHS)
        rows = connection.execute(query, values).fetchall()
    assert [(row[0], row[3], row[4], row[5]) for row in rows] == [
        (date(2025, 7, 1), value, value * 9 // 10, value - value * 9 // 10)
    ]


@pytest.mark.parametrize(
    ("metric", "convention", "sentence"),
    [
        ("mrr", "strip", "There is no convention of mrr 'strip' (nearest: stripe; all: default, stripe)."),
        (
            "arpu",
            "stripe",
            "No definition of arpu by stripe is known here, but of mrr, customer_churn_rate, "
            "annual_recurring_revenue (12 x its mrr), trial_conversion_rate: leave --convention out, or ask for one of "
            "these.",
        ),
    ],
)
def test_what_a_convention_does_not_define_is_said(metric: str, convention: str, sentence: str) -> None:
    with pytest.raises(UnknownChoiceError) as error:
        query_by_convention(metric, convention, _DEFINED)
    assert str(error.value) == sentence
