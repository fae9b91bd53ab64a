"""Commands that read what is published: sql, export.

Belongs here: their arguments and formats. Does not belong here: numbers, which the snapshot holds.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import click

from pipelines.cli.tables import as_json, as_text, print_table, told_apart
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
    if output == "json":
        names = told_apart(columns)
        records = [dict(zip(names, map(as_json, row), strict=True)) for row in rows]
        click.echo(json.dumps(records, ensure_ascii=False, indent=1))
    elif output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([["" if value is None else as_text(value) for value in row] for row in rows])
    else:
        print_table(columns, rows)


@click.command()
@click.argument("segment")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A file ending in .csv or .parquet.")
def export(*, segment: str, out: Path) -> None:
    """Write a segment for marketing, CSV or Parquet by the file's ending."""
    from pipelines.segments import SEGMENTS, export_segment

    if segment not in SEGMENTS:
        raise click.UsageError(f"there is no segment {segment!r}: choose one of {', '.join(SEGMENTS)}.")
    if out.suffix not in {".csv", ".parquet"}:
        raise click.UsageError(f"{out} ends in neither .csv nor .parquet: name the file by the format you want.")
    rows = export_segment(Settings(), segment, out)
    click.echo(f"{rows:,} rows written to {out}")
