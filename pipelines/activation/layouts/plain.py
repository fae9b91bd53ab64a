"""The plain layouts: CSV, Parquet and JSON Lines, with what a person needs to act and no addresses.

Belongs here: their columns. Does not belong here: formats (``writing``).
"""

from __future__ import annotations

from typing import Any

from pipelines.activation.layouts.base import Layout, Person

COLUMNS = (
    "customer_id",
    "subscription_id",
    "as_of_date",
    "horizon_days",
    "churn_probability",
    "risk_band",
    "reason_1",
    "reason_2",
    "reason_3",
    "country",
    "current_mrr",
    "marketing_consent",
    "model_version",
)


def _row(person: Person, _purpose: str) -> list[Any]:
    return [person[column] for column in COLUMNS]


CSV = Layout("csv", "Plain CSV", ".csv", COLUMNS, _row, needs_address=False)
PARQUET = Layout("parquet", "Plain Parquet", ".parquet", COLUMNS, _row, needs_address=False)
JSON_LINES = Layout("jsonl", "Plain JSON Lines", ".jsonl", COLUMNS, _row, needs_address=False)
