"""Cohorts and survival, whole and by cut, and the customers behind them.

Belongs here: who stays how long. Does not belong here: why they leave (``app.queries.churn``), what is due
(``app.queries.renewals``), sums of revenue (``app.queries.revenue``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from app.queries.rows import Rows, select
from pipelines.readings.beginners import Beginners, cohort_cells, durations, survival_curves
from pipelines.readings.rates import rate_of_sums

_CELLS = {
    "months": "select cohort_month as cohort, * exclude (cohort_month) from retention.fct_cohort_retention",
    "weeks": "select cohort_week as cohort, * exclude (cohort_week) from retention.fct_cohort_retention_weekly",
}
_CUT_CELLS = (
    "select cohort_month as cohort, * exclude (cohort_month) from retention.fct_cohort_retention_by_dimension "
    "where dimension = $dimension"
)


def has_cohorts(file: str) -> bool:
    """Whether anybody ever paid a recurring price."""
    return bool(select(file, "select exists (from retention.fct_cohort_retention) as there").item())


def cells(file: str, unit: str, of: Beginners, dimension: str | None = None) -> pl.DataFrame:
    """The cells of the cohorts by months or weeks, cut by one dimension if given: as published, or counted narrowed."""
    sql, parameters = _cells(unit, of, dimension)
    order = "cohort, period_number" if dimension is None else "dimension_value, cohort, period_number"
    return select(file, f"select * from ({sql}) order by {order}", parameters)


def by_period(file: str, unit: str, of: Beginners, dimension: str | None = None) -> pl.DataFrame:
    """Retention of all cohorts together by period since, over complete cells, each customer counting once.

    Of a cut one row a value, the value with most customers first. A snapshot from before cohorts had MRR has none.
    """
    sql, parameters = _cells(unit, of, dimension)
    columns = select(file, f"select * from ({sql}) limit 0", parameters).columns
    value = "dimension_value, " if dimension else ""
    mrr = f", {rate_of_sums('retained_mrr', 'opening_mrr')} as mrr_retention_rate" if "retained_mrr" in columns else ""
    first = "max(customers) over (partition by dimension_value) desc, dimension_value, " if dimension else ""
    return select(
        file,
        f"""
        select {value}period_number, count(*) as cohorts, sum(cohort_size) as customers,
            sum(retained_customers) as retained_customers,
            {rate_of_sums("retained_customers", "cohort_size")} as retention_rate{mrr}
        from ({sql}) where is_complete group by {value}period_number order by {first}period_number
        """,
        parameters,
    )


def _cells(unit: str, of: Beginners, dimension: str | None) -> tuple[str, tuple[tuple[str, Any], ...]]:
    if not of.are_all:
        return cohort_cells(of, unit, dimension), of.values()
    return (_CUT_CELLS, (("dimension", dimension),)) if dimension else (_CELLS[unit], ())


def cohort_dimensions(file: str) -> list[str]:
    """The cuts that the cohorts are published by."""
    rows = select(file, "select distinct dimension from retention.fct_cohort_retention_by_dimension order by dimension")
    return rows["dimension"].to_list()


def cohort_customers(
    first_day: date, last_day: date, of: Beginners, dimension: str | None = None, value: str | None = None
) -> Rows:
    """The customers whose first MRR fell between two days, both included; of one value of a cut if given."""
    if of.are_all and dimension is None:
        return Rows(
            """
            select customer_id, status, first_paid_date, country, current_mrr, lifetime_revenue, returns
            from core.dim_customers
            where first_paid_date between $first_day and $last_day
            order by first_paid_date, customer_id
            """,
            (("first_day", first_day), ("last_day", last_day)),
        )
    condition, values = "true", of.values()
    if dimension is not None:
        condition = f"cohorts.{dimension} = $cut_value"
        values = (*values, ("cut_value", value))
    return Rows(
        f"""
        select customer_id, status, cohorts.first_paid_date, first_churn_date, first_offer, channel, first_coupon,
            cohorts.country, opening_mrr, current_mrr, lifetime_revenue, returns
        from (select * from retention.dim_customer_cohorts where {of.condition()}) as cohorts
        join core.dim_customers as customers using (customer_id)
        where cohorts.first_paid_date between $first_day and $last_day and {condition}
        order by cohorts.first_paid_date, customer_id
        """,
        (("first_day", first_day), ("last_day", last_day), *values),
    )


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
