"""MRR by cause, by day and by cut, and the metrics made of it.

Belongs here: the marts on MRR beyond the monthly series. Does not belong here: the monthly series and its movements
(``app.queries.revenue``), payments (``app.queries.payments``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select


def causes(file: str, month: date) -> pl.DataFrame:
    """MRR movements of a month by cause as published."""
    return select(
        file,
        """
        select movement_type, cause, mrr_change, directed_mrr, netted_out_mrr, changes
        from revenue.fct_mrr_monthly_causes where month = $month order by movement_type, abs(mrr_change) desc, cause
        """,
        (("month", month),),
    )


def causes_by_month(file: str, movement_type: str) -> pl.DataFrame:
    """One type of movement by month and cause as published, with whether the month is complete."""
    return select(
        file,
        """
        select month, cause, mrr_change, directed_mrr, netted_out_mrr, changes, is_complete
        from revenue.fct_mrr_monthly_causes join (select month, is_complete from revenue.fct_mrr_monthly) using (month)
        where movement_type = $type order by month, cause
        """,
        (("type", movement_type),),
    )


def subscription_movements(month: date, cause: str | None, movement_type: str | None) -> Rows:
    """The changes of single subscriptions in a month, the largest first; of one cause and type of movement if given."""
    return Rows(
        """
        select movement_date, customer_id, subscription_id, movement_type, cause, mrr_change, mrr_before, mrr_after,
            offer_before, offer_after
        from revenue.fct_subscription_mrr_movements
        where movement_date >= $month and movement_date < $month + interval 1 month
            and ($cause is null or cause = $cause) and ($type is null or movement_type = $type)
        order by abs(mrr_change) desc, movement_date, subscription_id, cause
        """,
        (("month", month), ("cause", cause), ("type", movement_type)),
    )


def metrics(file: str) -> pl.DataFrame:
    """Revenue metrics by month as published."""
    return select(file, "select * from revenue.fct_revenue_metrics_monthly order by month")


def days(file: str) -> pl.DataFrame:
    """MRR and subscriptions by day as published."""
    return select(file, "select * from revenue.fct_mrr_daily order by close_date")


def dimensions(file: str) -> list[str]:
    """The cuts that MRR is published by, first those that cut it: with more than one value."""
    rows = select(
        file,
        "select dimension from revenue.fct_mrr_by_dimension group by dimension "
        "order by count(distinct dimension_value) = 1, dimension",
    )
    return rows["dimension"].to_list()


def values(file: str, dimension: str) -> list[str]:
    """The values of a cut, the one with most MRR over all months first."""
    rows = select(
        file,
        "select dimension_value from revenue.fct_mrr_by_dimension where dimension = $dimension "
        "group by dimension_value order by sum(closing_mrr) desc, dimension_value",
        (("dimension", dimension),),
    )
    found: list[str] = rows["dimension_value"].to_list()
    return found


def by_dimension(file: str, dimension: str) -> pl.DataFrame:
    """MRR by month and value of a cut as published."""
    return select(
        file,
        "select * from revenue.fct_mrr_by_dimension where dimension = $dimension order by month, dimension_value",
        (("dimension", dimension),),
    )


def month_by_dimension(file: str, dimension: str, month: date) -> pl.DataFrame:
    """One month of a cut as published, from open to close, what moved most first; the last row is all together."""
    return select(
        file,
        """
        with cut as (
            select dimension_value, opening_mrr, new_mrr, expansion_mrr, contraction_mrr, churn_mrr, reactivation_mrr,
                switched_in_mrr, switched_out_mrr, closing_mrr
            from revenue.fct_mrr_by_dimension where dimension = $dimension and month = $month
        ),
        listed as (
            select 1 as place, abs(closing_mrr - opening_mrr) as moved, * from cut
            union all
            select 2, 0, 'All together', sum(columns(* exclude (dimension_value))) from cut
        )
        select * exclude (place, moved) from listed order by place, moved desc, dimension_value
        """,
        (("dimension", dimension), ("month", month)),
    )


def days_by_dimension(dimension: str) -> Rows:
    """MRR of the values of a cut on the days on which it moved, as published, the newest first."""
    return Rows(
        """
        select * from revenue.fct_mrr_daily_by_dimension where dimension = $dimension
        order by movement_date desc, dimension_value
        """,
        (("dimension", dimension),),
    )
