"""Commands that read what is published: sql.

Belongs here: their arguments and formats. Does not belong here: numbers, which the snapshot holds.
"""

from __future__ import annotations

import re
import threading
from datetime import datetime

import click

from pipelines.cli.options import AS_OF, ROWS_FORMAT
from pipelines.cli.tables import print_rows
from pipelines.errors import UserError
from pipelines.settings import Settings


class _Bytes(click.ParamType[str]):
    """An amount of bytes, as DuckDB writes it."""

    name = "bytes"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text itself, when it is an amount."""
        if not re.fullmatch(r"\d+(\.\d+)? ?([KMGT]i?)?B", value, flags=re.IGNORECASE):
            self.fail(f"{value!r} is no amount of bytes such as 500MB or 2GB.", param, ctx)
        return value


_BYTES = _Bytes()


@click.command()
@click.argument("query")
@ROWS_FORMAT
@AS_OF
@click.option("--max-rows", type=click.IntRange(min=1), default=1_000_000, show_default=True, help="Rows at most.")
@click.option("--max-seconds", type=click.FloatRange(min=0.1), default=300, show_default=True, help="Seconds at most.")
@click.option("--max-memory", type=_BYTES, default="2GB", show_default=True, help="Memory at most.")
@click.option("--max-disk", type=_BYTES, default="4GB", show_default=True, help="Temporary disk at most.")
def sql(
    *,
    query: str,
    output: str,
    as_of: datetime | None,
    max_rows: int,
    max_seconds: float,
    max_memory: str,
    max_disk: str,
) -> None:
    """Run one read-only query on the published snapshot, within bounds."""
    import duckdb

    from pipelines.publishing.snapshots import is_damage, open_snapshot

    settings = Settings()
    limits = {
        "memory_limit": max_memory,
        "max_temp_directory_size": max_disk,
        "temp_directory": str(settings.work / "sql"),
    }
    with open_snapshot(settings, as_of, limits=limits) as connection:
        timer = threading.Timer(max_seconds, connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UserError("The query is not one select statement: churniq sql only reads.")
            result = connection.execute(query)
            columns = [column[0] for column in result.description or []]
            rows = result.fetchmany(max_rows + 1)
        except duckdb.InterruptException as error:
            raise UserError(
                f"The query was stopped after {max_seconds:g} seconds: ask for less, or give --max-seconds."
            ) from error
        except duckdb.OutOfMemoryException as error:
            raise UserError(
                f"The query needs more than {max_memory} of memory and {max_disk} of temporary disk: ask for less, or "
                "give --max-memory and --max-disk."
            ) from error
        except duckdb.Error as error:
            if is_damage(error):
                raise
            raise UserError(f"The query failed: {' '.join(str(error).split())}") from error
        finally:
            timer.cancel()
    if len(rows) > max_rows:
        raise UserError(f"The query gives more than {max_rows:,} rows: aggregate, add a limit, or give --max-rows.")
    print_rows(columns, rows, output)
