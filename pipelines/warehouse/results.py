"""Tables that models and judges add to the warehouse, beside those of dbt.

Belongs here: writing them. Does not belong here: what is in them (``scoring``, ``value``, ``campaigns``,
``price_tests``).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.warehouse.database import open_warehouse

if TYPE_CHECKING:
    import duckdb
    import polars as pl


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


def replace_table(connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[list[Any]]) -> None:
    """Make a table (schema.table) of these rows; numbers that are not finite are null."""
    connection.execute(f"create or replace table {table} ({columns})")
    if rows:
        import pyarrow as pa

        names = [column.split()[0] for column in columns.split(", ")]
        finite = (
            [None if isinstance(cell, float) and not math.isfinite(cell) else cell for cell in row] for row in rows
        )
        frame = pa.table(dict(zip(names, map(list, zip(*finite, strict=True)), strict=True)))
        connection.register("frame", frame)
        connection.execute(f"insert into {table} select * from frame")
        connection.unregister("frame")
