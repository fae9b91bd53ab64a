"""The churn target: who of those paying at the close of a day no longer pays a horizon later.

Belongs here: the target. Does not belong here: features, or how MRR comes about (the warehouse hands over the spans).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from models.estimators import Booleans


def churned_by(paying: pl.DataFrame, rows: pl.DataFrame, horizon_days: int) -> Booleans:
    """Whether each of ``rows`` (customer_id, feature_date) has no MRR at the close of feature_date + horizon.

    Who left and came back within the horizon is not a churner. A customer whose subscription ended without a word,
    which only became known after the feature day, counted as paying that day and has left.
    Raises ``ValueError`` for a horizon below a day.
    """
    if horizon_days < 1:
        raise ValueError(f"A churn horizon is at least one day, not {horizon_days}: choose a positive number of days.")
    numbered = rows.select("customer_id", "feature_date").with_row_index("row")
    ends = pl.col("feature_date") + pl.duration(days=horizon_days)
    stayed = (
        numbered.with_columns(end_date=ends)
        .join(paying.select("customer_id", "valid_from", "valid_to", "mrr"), on="customer_id", how="inner")
        .filter(
            (pl.col("mrr") > 0)
            & (pl.col("valid_from") <= pl.col("end_date"))
            & (pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("end_date")))
        )["row"]
        .to_numpy()
    )
    churned: Booleans = np.ones(rows.height, dtype=np.bool_)
    churned[stayed] = False
    return churned
