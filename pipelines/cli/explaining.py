"""Commands that go from a number to its rows: explain month, explain customer, explain metric.

Belongs here: arguments and layout. Does not belong here: what explains what (``pipelines.readings.explanation``).
"""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING

import click

from pipelines.cli.metrics import explain_metric
from pipelines.cli.options import ROWS_FORMAT
from pipelines.cli.tables import as_json, as_text, print_table
from pipelines.settings import Settings

if TYPE_CHECKING:
    import polars as pl

_MOVEMENTS = ("new", "expansion", "contraction", "churn", "reactivation", "all")
_MONTH_COLUMNS = (
    *("movement_date", "customer_id", "movement_type", "mrr_change", "churn_kind", "churn_rule"),
    *("event_type", "event_id", "file", "row"),
)


@click.group()
def explain() -> None:
    """From a number to the rows behind it, down to the file and row that they came in."""


@explain.command()
@click.argument("month")
@click.argument("movement", type=click.Choice(_MOVEMENTS), default="all")
@click.option("--customer", default=None, help="Only this customer's movements.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Rows of a table shown.")
@ROWS_FORMAT
def month(*, month: str, movement: str, customer: str | None, limit: int, output: str) -> None:
    """The movements of MONTH (such as 2026-07), by whom, and the events that made them."""
    from pipelines.readings.explanation import explain_month
    from pipelines.readings.provenance import parse_month

    first = parse_month(month)
    rows = explain_month(Settings(), first, None if movement == "all" else movement, customer)
    if output == "table":
        movements = rows.drop_nulls("mrr_change")
        total = movements["mrr_change"].sum()
        click.echo(f"{month}, {movement}: {movements.height:,} movements, together {as_text(total)} MRR")
        if rows.height > limit:
            click.echo(f"the first {limit:,} of {rows.height:,} rows; --limit shows more, --format csv all")
        rows = rows.select(_MONTH_COLUMNS).head(limit)
    _print(rows, output)


@explain.command()
@click.argument("customer_id")
@ROWS_FORMAT
def customer(*, customer_id: str, output: str) -> None:
    """The story of one customer in time order, with the rule that decided each state and movement."""
    from pipelines.readings.explanation import explain_customer

    _print(explain_customer(Settings(), customer_id), output)


explain.add_command(explain_metric)


def _print(rows: pl.DataFrame, output: str) -> None:
    if output == "json":
        records = [{key: as_json(value) for key, value in row.items()} for row in rows.to_dicts()]
        click.echo(json.dumps(records, ensure_ascii=False, indent=1))
    elif output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(rows.columns)
        writer.writerows([["" if value is None else as_text(value) for value in row] for row in rows.rows()])
    else:
        print_table(rows.columns, rows.rows())
