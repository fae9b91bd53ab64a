"""Between the warehouse and the churn models: reads what scoring may look at, writes the scores.

Belongs here: SQL that reads inputs and writes results. Does not belong here: churn science (``models``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.warehouse.build import BuildFacts
from pipelines.warehouse.database import open_warehouse
from pipelines.warehouse.lapse import lapse_days

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from models.inputs import ScoringInputs

# Everything but the personal columns and the free text, which no score may use.
_INPUTS = {
    "paying": "select customer_id, valid_from, valid_to, mrr from intermediate.int_paying_spans",
    "subscription_events": "select * from staging.stg_subscription_events where not is_superseded",
    "payment_events": "select * from staging.stg_payment_events",
    "engagement_daily": "select customer_id, activity_date, minutes_watched, recorded_at from raw.engagement_daily "
    "where coalesce(recorded_at, cast(activity_date as timestamp)) <= $as_of",
    "support_tickets": "select ticket_id, coalesce(aliases.customer_id, tickets.customer_id) as customer_id, "
    "opened_at, csat, recorded_at from raw.support_tickets as tickets "
    "left join staging.stg_customer_aliases as aliases on tickets.customer_id = aliases.alias "
    "where coalesce(recorded_at, opened_at) <= $as_of",
    "customers": "select customer_id, registered_at, country, acquisition_channel from core.dim_customers",
}


def read_inputs(warehouse: Path, facts: BuildFacts) -> ScoringInputs:
    """What scoring may look at, as of the build's instant."""
    from models.inputs import ScoringInputs

    with open_warehouse(warehouse, read_only=True) as connection:
        frames = {name: _frame(connection, query, facts) for name, query in _INPUTS.items()}
    return ScoringInputs(**frames, as_of=facts.as_of, lapse_days=lapse_days(), time_zone=facts.timezone)


def _frame(connection: duckdb.DuckDBPyConnection, query: str, facts: BuildFacts) -> pl.DataFrame:
    import polars as pl

    relation = connection.sql(query, params={"as_of": facts.as_of} if "$as_of" in query else None)
    return pl.DataFrame(relation.to_arrow_table())


def write_tables(warehouse: Path, tables: dict[str, pl.DataFrame]) -> None:
    """Replace tables of the schema ``scoring`` in one transaction."""
    with open_warehouse(warehouse) as connection:
        connection.execute("begin")
        connection.execute("create schema if not exists scoring")
        for name, frame in tables.items():
            connection.register("frame", frame.to_arrow())
            connection.execute(f"create or replace table scoring.{name} as select * from frame")
            connection.unregister("frame")
        connection.execute("commit")
