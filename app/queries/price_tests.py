"""Price tests as the snapshot has them.

Belongs here: asking for them. Does not belong here: the questions (``pipelines.readings.price_tests``).
"""

from __future__ import annotations

import polars as pl

from app.queries.rows import Rows, all_rows, select
from pipelines.readings.price_tests import MATURITY, OUTCOMES, PRICES, TESTS


def tests(file: str) -> pl.DataFrame:
    """Every price test, the newest first."""
    return select(file, TESTS)


def prices(file: str, test: str) -> pl.DataFrame:
    """What each variant asks for each offer."""
    return select(file, PRICES, (("test", test),))


def maturity(file: str, test: str) -> pl.DataFrame:
    """How many were assigned to each variant, and how far they have come."""
    return select(file, MATURITY, (("test", test),))


def results_of(test: str) -> Rows:
    """Each variant, metric and horizon that is over."""
    return Rows(OUTCOMES, (("test", test),))


def results(file: str, test: str) -> pl.DataFrame:
    """The same, all of it."""
    return all_rows(file, results_of(test))


def people(test: str) -> Rows:
    """The customers assigned, with the variant that counts."""
    return Rows(
        "select customer_id, variant, assigned_at, is_in_two_variants from offers.fct_price_test_assignments "
        "where test_id = $test and is_customer order by customer_id",
        (("test", test),),
    )
