"""The DuckDB connection in which work on the lake is done, and the Parquet files that come of it.

Belongs here: opening, spilling, writing. Does not belong here: what is read and written (``loading``, ``redo``).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.lake.sql import literal

_MEMORY_LIMIT = "1500MB"
_WITHOUT = "in_clause"
_UNPLANNED = "did not return a BoundFunctionExpression"


@contextmanager
def lake_connection(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for work on the lake that spills into ``scratch``, which is emptied before and after."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    connection = duckdb.connect()
    try:
        connection.execute("set TimeZone = 'UTC'")
        # DuckDB would draw its bar into the output that people pipe elsewhere.
        connection.execute("set enable_progress_bar = false")
        # DuckDB would make a join of every IN. Our lists are short, so that costs more than all comparisons, and
        # planning a statement with dozens of them takes longer than running it on a small file.
        connection.execute(f"set disabled_optimizers = '{_WITHOUT}'")
        connection.execute(f"set temp_directory = {literal(str(scratch))}")
        connection.execute(f"set memory_limit = '{_MEMORY_LIMIT}'")
        yield connection
    finally:
        connection.close()
        shutil.rmtree(scratch, ignore_errors=True)


def make_table(connection: duckdb.DuckDBPyConnection, name: str, select: str) -> None:
    """Make a temporary table of the rows of a select; raises ``duckdb.Error``.

    What DuckDB concludes from the least and greatest values makes it fail to plan some selects of one row, so a
    statement that fails in that way is tried once more without that.
    """
    statement = f"create or replace temp table {name} as {select}"
    try:
        connection.execute(statement)
    except duckdb.Error as error:
        if _UNPLANNED not in str(error):
            raise
        connection.execute(f"set disabled_optimizers = '{_WITHOUT},statistics_propagation'")
        try:
            connection.execute(statement)
        finally:
            connection.execute(f"set disabled_optimizers = '{_WITHOUT}'")


def write_parquet(connection: duckdb.DuckDBPyConnection, target: Path, select: str) -> bool:
    """Write the rows of a select to a new Parquet file unless there are none; whether there were any."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        counted = connection.execute(
            f"copy ({select}) to {literal(str(temporary))} (format parquet, compression zstd, parquet_version v2)"
        ).fetchone()
    except duckdb.IOException as error:
        raise OSError(str(error).splitlines()[0]) from error
    if not counted or not counted[0]:
        temporary.unlink(missing_ok=True)
        return False
    temporary.replace(target)
    return True
