"""Cohorts as pages show them: of everybody from the marts, of whom filters mean counted anew; and who is in them.

Belongs here: selects over a published snapshot with their bound values. Does not belong here: how the narrowed are
counted (``pipelines.readings.beginners``), drawing (``app.parts``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pipelines.readings.beginners import COHORTS, Beginners, cohort_cells
from pipelines.readings.rates import rate_of_sums

Asked = tuple[str, tuple[tuple[str, Any], ...]]

_CELLS = {
    "months": "select cohort_month as cohort, * exclude (cohort_month) from retention.fct_cohort_retention",
    "weeks": "select cohort_week as cohort, * exclude (cohort_week) from retention.fct_cohort_retention_weekly",
}
_CUT_CELLS = (
    "select cohort_month as cohort, * exclude (cohort_month) from retention.fct_cohort_retention_by_dimension "
    "where dimension = $dimension"
)


def _cells(of: Beginners, unit: str, by: str | None) -> Asked:
    if not of.are_all:
        return cohort_cells(of, unit, by), of.values()
    return (_CUT_CELLS, (("dimension", by),)) if by else (_CELLS[unit], ())


def cells_in_order(of: Beginners, unit: str, by: str | None = None) -> Asked:
    """The cells of the cohorts by months or weeks, by value, cohort and period."""
    sql, values = _cells(of, unit, by)
    order = "dimension_value, cohort, period_number" if by else "cohort, period_number"
    return f"select * from ({sql}) order by {order}", values


def retention_by_period(of: Beginners, unit: str, by: str | None = None, *, has_mrr: bool = True) -> Asked:
    """All cohorts together by period since, over complete cells; of a cut by value, that with most customers first."""
    sql, values = _cells(of, unit, by)
    value = "dimension_value, " if by else ""
    mrr = f", {rate_of_sums('retained_mrr', 'opening_mrr')} as mrr_retention_rate" if has_mrr else ""
    first = "max(customers) over (partition by dimension_value) desc, dimension_value, " if by else ""
    return (
        f"""
        select {value}period_number, count(*) as cohorts, sum(cohort_size) as customers,
            sum(retained_customers) as retained_customers,
            {rate_of_sums("retained_customers", "cohort_size")} as retention_rate{mrr}
        from ({sql}) where is_complete group by {value}period_number order by {first}period_number
        """,
        values,
    )


def members_of_cohorts(
    of: Beginners, days: tuple[date, date], by: str | None = None, value: str | None = None
) -> Asked:
    """Customers whose first MRR fell between two days, both included; of one value of a cut if given."""
    bounds: tuple[tuple[str, Any], ...] = (("first_day", days[0]), ("last_day", days[1]))
    if of.are_all and by is None:
        return (
            """
            select customer_id, status, first_paid_date, country, current_mrr, lifetime_revenue, returns
            from core.dim_customers
            where first_paid_date between $first_day and $last_day
            order by first_paid_date, customer_id
            """,
            bounds,
        )
    condition, values = "true", (*bounds, *of.values())
    if by is not None:
        condition, values = f"cohorts.{by} = $cut_value", (*values, ("cut_value", value))
    return (
        f"""
        select customer_id, status, cohorts.first_paid_date, first_churn_date, first_offer, channel, first_coupon,
            cohorts.country, opening_mrr, current_mrr, lifetime_revenue, returns
        from (select * from {COHORTS} where {of.condition()}) as cohorts
        join core.dim_customers as customers using (customer_id)
        where cohorts.first_paid_date between $first_day and $last_day and {condition}
        order by cohorts.first_paid_date, customer_id
        """,
        values,
    )
