"""Cohorts and survival, whole and by cut, and the customers behind them.

Belongs here: who stays how long. Does not belong here: why they leave (``app.queries.churn``), what is due
(``app.queries.renewals``), sums of revenue (``app.queries.revenue``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select
from pipelines.readings.beginners import Beginners, durations, survival_curves
from pipelines.readings.cohorts import cells_in_order, members_of_cohorts, retention_by_period


def has_cohorts(file: str) -> bool:
    """Whether anybody ever paid a recurring price."""
    return bool(select(file, "select exists (from retention.fct_cohort_retention) as there").item())


def cells(file: str, unit: str, of: Beginners, dimension: str | None = None) -> pl.DataFrame:
    """The cells of the cohorts by months or weeks, cut by one dimension if given: as published, or counted narrowed."""
    return select(file, *cells_in_order(of, unit, dimension))


def by_period(file: str, unit: str, of: Beginners, dimension: str | None = None) -> pl.DataFrame:
    """Retention of all cohorts together by period since, over complete cells, each customer counting once.

    Of a cut one row a value, the value with most customers first. A snapshot from before cohorts had MRR has none.
    """
    has_mrr = "retained_mrr" in cells(file, unit, of, dimension).columns
    return select(file, *retention_by_period(of, unit, dimension, has_mrr=has_mrr))


def cohort_dimensions(file: str) -> list[str]:
    """The cuts that the cohorts are published by."""
    rows = select(file, "select distinct dimension from retention.fct_cohort_retention_by_dimension order by dimension")
    return rows["dimension"].to_list()


def cohort_customers(
    first_day: date, last_day: date, of: Beginners, dimension: str | None = None, value: str | None = None
) -> Rows:
    """The customers whose first MRR fell between two days, both included; of one value of a cut if given."""
    return Rows(*members_of_cohorts(of, (first_day, last_day), dimension, value))


def survival_dimensions(file: str) -> list[str]:
    """The cuts that survival is published by."""
    rows = select(file, "select distinct dimension from retention.fct_survival_by_dimension order by dimension")
    return rows["dimension"].to_list()


def survival(file: str, of: Beginners, dimension: str | None = None) -> pl.DataFrame:
    """The survival curve, or those of a cut's values: as published, or estimated of whom the filters mean."""
    if not of.are_all:
        curves = survival_curves(select(file, durations(of, dimension), of.values()))
        return curves if dimension else curves.drop("dimension_value")
    if dimension is None:
        return select(file, "select * from retention.fct_survival order by day_number")
    return select(
        file,
        """
        select * from retention.fct_survival_by_dimension where dimension = $dimension
        order by dimension_value, day_number
        """,
        (("dimension", dimension),),
    )
