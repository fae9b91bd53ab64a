"""The churn target: who of those paying at the close of a day no longer pays a horizon later, and how they left.

Belongs here: the target and its kind. Does not belong here: features, or how MRR comes about (the warehouse hands over
the spans).
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


def kinds_by(paying: pl.DataFrame, rows: pl.DataFrame, churned: Booleans, horizon_days: int) -> pl.Series | None:
    """How each of ``rows`` who left did: the kind of the last end of MRR by then; null for who stayed.

    None where ``paying`` does not tell what ended its spans (``ended_by``).
    """
    if "ended_by" not in paying.columns:
        return None
    numbered = rows.select("customer_id", "feature_date").with_row_index("row")
    ends = paying.filter(pl.col("valid_to").is_not_null()).select("customer_id", "valid_to", "ended_by")
    last = (
        numbered.filter(pl.Series(churned))
        .with_columns(end_date=pl.col("feature_date") + pl.duration(days=horizon_days))
        .join(ends, on="customer_id", how="inner")
        .filter(pl.col("valid_to") <= pl.col("end_date"))
        .sort("row", "valid_to")
        .group_by("row", maintain_order=True)
        .agg(pl.col("ended_by").last())
    )
    return numbered.join(last, on="row", how="left", maintain_order="left")["ended_by"]
