"""Between the warehouse and the classifier of topics: reads the tickets of a build, writes what they are about.

It runs before dbt, whose marts count tickets by topic, and so reads the raw feed. Message bodies stay in memory: the
tables that it writes name tickets and topics only.

Belongs here: SQL that reads tickets and writes results. Does not belong here: the classifier (``models.topics``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.warehouse.build import BuildFacts
from pipelines.warehouse.database import open_warehouse

if TYPE_CHECKING:
    import polars as pl

# The newest version of each ticket as of the build; ties are settled as stg_support_tickets settles them.
_TICKETS = """
    select ticket_id, customer_id, opened_at, topic, body
    from raw.support_tickets
    where opened_at <= $as_of and (recorded_at is null or recorded_at <= $as_of)
    qualify row_number() over (
        partition by ticket_id
        order by recorded_at desc nulls last, closed_at desc, customer_id desc, opened_at desc, channel desc,
            topic desc, body desc, csat desc, extra desc
    ) = 1
"""


def read_tickets(warehouse: Path, facts: BuildFacts) -> pl.DataFrame:
    """Every ticket opened by the build's instant, as it was known then: one row a ticket."""
    import polars as pl

    with open_warehouse(warehouse, read_only=True) as connection:
        return pl.DataFrame(connection.sql(_TICKETS, params={"as_of": facts.as_of}).to_arrow_table())


def write_topics(warehouse: Path, *, predictions: pl.DataFrame, quality: pl.DataFrame) -> None:
    """Replace the rows of ``raw.ticket_topics`` and ``raw.topic_model_quality`` in one transaction."""
    with open_warehouse(warehouse) as connection:
        connection.execute("begin")
        for table, frame in {"ticket_topics": predictions, "topic_model_quality": quality}.items():
            connection.register("frame", frame.to_arrow())
            connection.execute(f"delete from raw.{table}")
            connection.execute(f"insert into raw.{table} by name select * from frame")
            connection.unregister("frame")
        connection.execute("commit")
