"""Commands that read what is published: sql.

Belongs here: their arguments and formats. Does not belong here: numbers, which the snapshot holds.
"""

from __future__ import annotations

import click

from pipelines.cli.tables import print_rows
from pipelines.errors import UserError
from pipelines.settings import Settings


@click.command()
@click.argument("query")
@click.option("--format", "output", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.option("--as-of", default=None, help="The snapshot as of a timestamp instead of the current one.")
def sql(*, query: str, output: str, as_of: str | None) -> None:
    """Run one read-only query on the published snapshot."""
    import duckdb

    from pipelines.publishing.snapshots import open_snapshot
    from pipelines.warehouse.database import parse_as_of

    instant = None if as_of is None or as_of in {"latest", "now"} else parse_as_of(as_of)
    with open_snapshot(Settings(), instant) as connection:
        try:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UserError("The query is not one select statement: churniq sql only reads.")
            result = connection.execute(query)
            columns = [column[0] for column in result.description or []]
            rows = result.fetchall()
        except duckdb.Error as error:
            raise UserError(f"The query failed: {' '.join(str(error).split())}") from error
    print_rows(columns, rows, output)
