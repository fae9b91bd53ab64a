"""Rows as people and programs read them: tables on a terminal, values as text or JSON.

Belongs here: laying out. Does not belong here: which rows.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import click

_DIGITS = 6


def told_apart(columns: list[str]) -> list[str]:
    """The names of the columns, those that occur again with a number: an object holds a name once."""
    names: list[str] = []
    for column in columns:
        repeats = (f"{column}_{number}" for number in count(1))
        names.append(column if column not in names else next(name for name in repeats if name not in names + columns))
    return names


def as_json(value: Any) -> Any:
    """A value as JSON can say it: exact numbers and instants as text, a float that is no number as null."""
    if isinstance(value, dict):
        return {as_text(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else as_text(value)


def as_text(value: Any) -> str:
    """A value as text: ISO 8601, plain decimals, JSON for what is nested."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict | list | tuple):
        return json.dumps(as_json(value), ensure_ascii=False)
    return str(value)


def print_rows(columns: list[str], rows: list[tuple[Any, ...]], output: str) -> None:
    """Print rows as a table, as CSV, or as a JSON array of objects."""
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


def print_table(columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Print rows under headings, as wide as they need where nobody watches; fractions with six digits, to be read."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Text is shown as it is: neither as markup nor, as senders may write anything, as commands to the terminal.
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        values = [row[number] for row in rows if row[number] is not None]
        is_numeric = bool(values) and all(
            isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in values
        )
        table.add_column(Text(_visible(column)), overflow="fold", justify="right" if is_numeric else "left")
    for row in rows:
        table.add_row(*(Text(_visible(_readable(value))) for value in row))
    console = Console() if sys.stdout.isatty() else Console(width=max(120, 22 * len(columns)))
    console.print(table)


def _readable(value: Any) -> str:
    if value is None:
        return ""
    is_long = isinstance(value, float) and abs(value) >= 10**-_DIGITS
    return as_text(round(value, _DIGITS) if is_long else value)


def _visible(text: str) -> str:
    return "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1] for character in text
    )
