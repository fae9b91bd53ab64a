"""The churn target: who of those paying at the close of a day no longer pays a horizon later.

Belongs here: the target and the population it is defined on. Does not belong here: features, or how MRR comes
about (the warehouse hands over the spans).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl

from models.inputs import Frame, last_closed_day


def paying_at_close(paying: Frame, day: date) -> pl.DataFrame:
    """The spans of those with MRR at the close of ``day``: one row a customer, by customer_id."""
    at_close = (pl.col("valid_from") <= day) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > day))
    return paying.lazy().filter(at_close & (pl.col("mrr") > 0)).sort("customer_id").collect()


def churn_target(
    paying: Frame, day: date, horizon_days: int, *, as_of: datetime, time_zone: str = "UTC"
) -> pl.DataFrame:
    """Whether each customer with MRR at the close of ``day`` has none at the close of ``day + horizon_days``.

    Returns customer_id and churned (Boolean), one row a customer paying at the close of ``day``, by
    customer_id. Who left and came back within the horizon is not a churner.
    Raises ``ValueError`` when ``day + horizon_days`` is not over by ``as_of`` (naive UTC).
    """
    if horizon_days < 1:
        raise ValueError(f"A churn horizon is at least one day, not {horizon_days}: choose a positive number of days.")
    end = day + timedelta(days=horizon_days)
    if end > last_closed_day(as_of, time_zone):
        raise ValueError(
            f"The churn target of {day} needs {end} to be over, but it is not by {as_of}: choose an earlier day."
        )
    survivors = paying_at_close(paying, end).select("customer_id", churned=pl.lit(value=False))
    return (
        paying_at_close(paying, day)
        .select("customer_id")
        .join(survivors, on="customer_id", how="left", maintain_order="left")
        .with_columns(pl.col("churned").fill_null(value=True))
    )
