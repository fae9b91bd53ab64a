"""Cohorts and survival, whole and by cut, and the customers behind them.

Belongs here: who stays how long. Does not belong here: why they leave (``app.queries.churn``), what is due
(``app.queries.renewals``), sums of revenue (``app.queries.revenue``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select
from pipelines.readings.rates import rate_of_sums


def cohorts(file: str) -> pl.DataFrame:
    """The cells of the monthly cohorts as published."""
    return select(file, "select * from retention.fct_cohort_retention order by cohort_month, period_number")


def weekly_cohorts(file: str) -> pl.DataFrame:
    """The cells of the weekly cohorts as published."""
    return select(file, "select * from retention.fct_cohort_retention_weekly order by cohort_week, period_number")


def cohorts_by_dimension(file: str, dimension: str) -> pl.DataFrame:
    """The cells of the monthly cohorts by the values of one cut, as published."""
    return select(
        file,
        """
        select * from retention.fct_cohort_retention_by_dimension where dimension = $dimension
        order by dimension_value, cohort_month, period_number
        """,
        (("dimension", dimension),),
    )


def cohort_dimensions(file: str) -> list[str]:
    """The cuts that the cohorts are published by."""
    rows = select(file, "select distinct dimension from retention.fct_cohort_retention_by_dimension order by dimension")
    return rows["dimension"].to_list()


def retention_by_period(file: str) -> pl.DataFrame:
    """Retention of all cohorts together by month since, over complete cells, each customer counting once."""
    return select(
        file,
        f"""
        select period_number, count(*) as cohorts, sum(cohort_size) as customers,
            sum(retained_customers) as retained_customers,
            {rate_of_sums("retained_customers", "cohort_size")} as retention_rate,
            {rate_of_sums("retained_mrr", "opening_mrr")} as mrr_retention_rate
        from retention.fct_cohort_retention where is_complete group by period_number order by period_number
        """,
    )


def customers_by_period(file: str) -> pl.DataFrame:
    """``retention_by_period`` of a snapshot from before cohorts had MRR."""
    return select(
        file,
        f"""
        select period_number, count(*) as cohorts, sum(cohort_size) as customers,
            sum(retained_customers) as retained_customers,
            {rate_of_sums("retained_customers", "cohort_size")} as retention_rate
        from retention.fct_cohort_retention where is_complete group by period_number order by period_number
        """,
    )


def retention_by_week(file: str) -> pl.DataFrame:
    """``retention_by_period`` of the weekly cohorts."""
    return select(
        file,
        f"""
        select period_number, count(*) as cohorts, sum(cohort_size) as customers,
            sum(retained_customers) as retained_customers,
            {rate_of_sums("retained_customers", "cohort_size")} as retention_rate,
            {rate_of_sums("retained_mrr", "opening_mrr")} as mrr_retention_rate
        from retention.fct_cohort_retention_weekly where is_complete group by period_number order by period_number
        """,
    )


def retention_by_value(file: str, dimension: str) -> pl.DataFrame:
    """``retention_by_period`` for each value of a cut, the value with most customers first."""
    return select(
        file,
        f"""
        select dimension_value, period_number, count(*) as cohorts, sum(cohort_size) as customers,
            sum(retained_customers) as retained_customers,
            {rate_of_sums("retained_customers", "cohort_size")} as retention_rate,
            {rate_of_sums("retained_mrr", "opening_mrr")} as mrr_retention_rate
        from retention.fct_cohort_retention_by_dimension where is_complete and dimension = $dimension
        group by dimension_value, period_number
        order by max(customers) over (partition by dimension_value) desc, dimension_value, period_number
        """,
        (("dimension", dimension),),
    )


def cohort_customers(first_day: date, last_day: date, dimension: str | None = None, value: str | None = None) -> Rows:
    """The customers whose first MRR fell between two days, both included; of one value of a cut if given."""
    if dimension is None:
        return Rows(
            """
            select customer_id, status, first_paid_date, country, current_mrr, lifetime_revenue, returns
            from core.dim_customers
            where first_paid_date between $first_day and $last_day
            order by first_paid_date, customer_id
            """,
            (("first_day", first_day), ("last_day", last_day)),
        )
    return Rows(
        """
        select customer_id, status, cohorts.first_paid_date, first_churn_date, first_offer, channel, first_coupon,
            cohorts.country, opening_mrr, current_mrr, lifetime_revenue, returns
        from retention.dim_customer_cohorts as cohorts join core.dim_customers as customers using (customer_id)
        where cohorts.first_paid_date between $first_day and $last_day and $value = case $dimension
            when 'first_offer' then first_offer when 'channel' then channel when 'first_coupon' then first_coupon
            when 'acquisition_channel' then cohorts.acquisition_channel
            when 'acquisition_campaign' then cohorts.acquisition_campaign when 'country' then cohorts.country end
        order by cohorts.first_paid_date, customer_id
        """,
        (("first_day", first_day), ("last_day", last_day), ("dimension", dimension), ("value", value)),
    )


def survival(file: str) -> pl.DataFrame:
    """The survival curve as published."""
    return select(file, "select * from retention.fct_survival order by day_number")


def survival_dimensions(file: str) -> list[str]:
    """The cuts that survival is published by."""
    rows = select(file, "select distinct dimension from retention.fct_survival_by_dimension order by dimension")
    return rows["dimension"].to_list()


def survival_by_dimension(file: str, dimension: str) -> pl.DataFrame:
    """The survival curves of one cut as published."""
    return select(
        file,
        """
        select * from retention.fct_survival_by_dimension where dimension = $dimension
        order by dimension_value, day_number
        """,
        (("dimension", dimension),),
    )


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
