"""The cohort triangle and the survival curve.

Belongs here: the schema ``retention`` and the customers behind it.
Does not belong here: rates of churn by month (``app.queries.revenue``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select


def cohorts(file: str) -> pl.DataFrame:
    """The cells of the cohort triangle as published."""
    return select(file, "select * from retention.fct_cohort_retention order by cohort_month, period_number")


def retention_by_period(file: str) -> pl.DataFrame:
    """Retention of all cohorts together by period, over complete cells, each customer counting once."""
    return select(
        file,
        """
        select period_number, count(*) as cohorts, sum(cohort_size) as customers,
            sum(retained_customers) as retained_customers, sum(retained_customers) / sum(cohort_size) as retention_rate
        from retention.fct_cohort_retention where is_complete group by period_number order by period_number
        """,
    )


def cohort_customers(cohort_month: date) -> Rows:
    """The customers whose first MRR fell in a month."""
    return Rows(
        """
        select customer_id, status, first_paid_date, country, current_mrr, lifetime_revenue, returns
        from core.dim_customers
        where first_paid_date >= $month and first_paid_date < $month + interval 1 month
        order by first_paid_date, customer_id
        """,
        (("month", cohort_month),),
    )


def survival(file: str) -> pl.DataFrame:
    """The survival curve as published."""
    return select(file, "select * from retention.fct_survival order by day_number")


def survival_milestones(file: str) -> pl.DataFrame:
    """The curve after 30, 90, 180 and 365 days, null beyond what was observed."""
    return select(
        file,
        """
        select milestones.day_number,
            case when max(survival.day_number) >= milestones.day_number then coalesce(
                min(survival.survival_probability) filter (survival.day_number <= milestones.day_number), 1)
            end as survival_probability
        from (values (30), (90), (180), (365)) as milestones (day_number)
        cross join retention.fct_survival as survival
        group by milestones.day_number order by milestones.day_number
        """,
    )


def half_life(file: str) -> int | None:
    """The first day by which half of the customers or more are estimated to have churned; None if not yet."""
    rows = select(file, "select min(day_number) as day from retention.fct_survival where survival_probability <= 0.5")
    day = rows["day"].item()
    return None if day is None else int(day)
