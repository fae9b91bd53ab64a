"""Between the warehouse and the churn models: reads the feature mart.

Belongs here: SQL that reads inputs. Does not belong here: churn science (``models``), writing tables (``results``).
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.warehouse.build import BuildFacts
from pipelines.warehouse.database import open_warehouse
from pipelines.warehouse.project_variables import lapse_days

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from models.history import History


def read_history(warehouse: Path, facts: BuildFacts) -> History:
    """What the models learn and score on, as of the build's instant."""
    with open_warehouse(warehouse, read_only=True) as connection:
        return read_features(connection, facts.as_of, facts.timezone)


def read_newest_viewing(warehouse: Path) -> date | None:
    """The newest day with viewing that the build knows; none without a feed of it."""
    with open_warehouse(warehouse, read_only=True) as connection:
        found = connection.execute(
            "select cast(max(last_occurred_at) as date) from ops.feed_freshness where feed = 'engagement_daily'"
        ).fetchall()
    newest: date | None = found[0][0]
    return newest


def read_features(connection: duckdb.DuckDBPyConnection, as_of: datetime, time_zone: str) -> History:
    """The history in an open warehouse or snapshot."""
    from models.features import NAMES
    from models.history import History

    columns = ", ".join(("customer_id", "subscription_id", "feature_date", *NAMES))
    features = _frame(connection, f"select {columns} from features.fct_customer_features")
    paying = _frame(connection, "select customer_id, valid_from, valid_to, mrr, ended_by from core.fct_paying_spans")
    return History(features, paying, as_of, time_zone, settling_days=max(lapse_days()))


def _frame(connection: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(connection.sql(query).to_arrow_table())
