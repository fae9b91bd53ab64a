"""Commands that read what is published: sql, export, status.

Belongs here: their arguments and formats. Does not belong here: numbers, which the snapshot holds.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import click

from pipelines.errors import UserError
from pipelines.settings import Settings


@click.command()
@click.argument("query")
@click.option("--format", "output", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.option("--as-of", default=None, help="The snapshot as of a timestamp instead of the current one.")
def sql(*, query: str, output: str, as_of: str | None) -> None:
    """Run one read-only query on the published snapshot."""
    import duckdb

    from pipelines.snapshots import open_snapshot
    from pipelines.warehouse import parse_as_of

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
        names = _told_apart(columns)
        records = [dict(zip(names, map(_as_json, row), strict=True)) for row in rows]
        click.echo(json.dumps(records, ensure_ascii=False, indent=1))
    elif output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([["" if value is None else _as_text(value) for value in row] for row in rows])
    else:
        _print_table(columns, rows)


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


@click.command()
def status() -> None:
    """Say what is published, as of when, how fresh each feed is, and what failed."""
    from pipelines.lake.store import Lake
    from pipelines.run import last_build
    from pipelines.snapshots import open_snapshot, published_pointers

    settings = Settings()
    lake = Lake(settings.lake)
    click.echo(f"environment   {settings.env}\nhome          {settings.home}\nlake          {lake.version} ingests")
    pointers = published_pointers(settings)
    if not pointers:
        click.echo("published     nothing yet: run churniq ingest PATH, then churniq build")
    for pointer in pointers:
        click.echo(f"published     as of {pointer.as_of}Z, on {pointer.published_at}Z, {pointer.file}")
    record = last_build(settings)
    if record:
        outcome = f"failed: {record.failure}" if record.failure else "succeeded"
        click.echo(f"last build    {record.ended_at}, as of {record.as_of}, {outcome}")
    if pointers:
        with open_snapshot(settings, pointers[0].as_of_instant) as connection:
            fresh = connection.execute(
                "select feed, known_rows, last_occurred_at, last_recorded_at from ops.feed_freshness order by feed"
            ).fetchall()
        click.echo()
        _print_table(["feed", "known rows", "last occurred at", "last recorded at"], fresh)
    accounts = [account for commit in lake.commits() for account in commit.accounts]
    quarantined = sum(account.rows_quarantined for account in accounts)
    if quarantined:
        click.echo(f'\n{quarantined:,} rows in quarantine: churniq sql "select * from ops.quarantine"')


def _told_apart(columns: list[str]) -> list[str]:
    """The names of the columns, those that occur again with a number: an object holds a name once."""
    names: list[str] = []
    for column in columns:
        repeats = (f"{column}_{number}" for number in count(1))
        names.append(column if column not in names else next(name for name in repeats if name not in names + columns))
    return names


def _as_json(value: Any) -> Any:
    """A value as JSON can say it: exact numbers and instants as text, a float that is no number as null."""
    if isinstance(value, dict):
        return {_as_text(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict | list | tuple):
        return json.dumps(_as_json(value), ensure_ascii=False)
    return str(value)


def _print_table(columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Text is shown as it is: neither as markup nor, as senders may write anything, as commands to the terminal.
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(Text(_visible(column)), overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if value is None else _visible(_as_text(value))) for value in row))
    console = Console() if sys.stdout.isatty() else Console(width=max(120, 22 * len(columns)))
    console.print(table)


def _visible(text: str) -> str:
    return "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1] for character in text
    )
