"""The people of a segment as an export sees them: attributes of the snapshot joined with addresses as of now.

Belongs here: that join. Does not belong here: who may be written to (``eligibility``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.activation.documents import Document
from pipelines.activation.reading import read_snapshot
from pipelines.settings import Settings

if TYPE_CHECKING:
    import polars as pl

_ATTRIBUTES = (
    "customer_id as published_id",
    "status",
    "subscription_id",
    "score_date as as_of_date",
    "score_horizon_days as horizon_days",
    "churn_probability",
    "risk_band",
    "reason_1",
    "reason_2",
    "reason_3",
    "current_mrr",
    "provider",
    "model_version",
)


@dataclass(frozen=True)
class Population:
    """Everybody in the segment, those most at risk first; ``as_of`` is that of the snapshot, UTC."""

    as_of: datetime
    people: list[dict[str, Any]]


def read_population(settings: Settings, document: Document, contacts: pl.DataFrame) -> Population:
    """Join the segment's people with their addresses. Whoever has none any more was erased since the build."""
    import polars as pl

    with read_snapshot(settings) as reader:
        query = reader.compiled(document)
        columns = ", ".join(_ATTRIBUTES)
        table = reader.connection.sql(
            f"select {columns} from activation.dim_customer_attributes where customer_id in ({query.sql})",
            params=query.values,
        ).to_arrow_table()
        as_of = reader.clock.as_of
    people = (
        pl.DataFrame(table)
        .join(contacts, on="published_id", how="left")
        .with_columns(
            pl.coalesce("customer_id", "published_id").alias("customer_id"),
            pl.col("is_deleted").fill_null(value=True),
            pl.col("marketing_consent").fill_null(value=False),
            pl.lit(document.name).alias("segment"),
        )
        .sort("churn_probability", "customer_id", descending=[True, False], nulls_last=True)
    )
    return Population(as_of, people.to_dicts())
