"""Options that several commands share: which snapshot, which format.

Belongs here: what means the same wherever it is given. Does not belong here: an option of one command.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click


def parse_instant(text: str, option: str = "--as-of", words: Sequence[str] = ("latest", "now")) -> datetime:
    """A timestamp, or of ``close:DAY`` the close of that day in the report time zone; UTC without an offset.

    Raises ``WrongUsageError`` that names the option and the ``words`` that it takes instead.
    """
    from pipelines.publishing.days import close_of, parse_day
    from pipelines.settings import Settings
    from pipelines.warehouse.database import parse_as_of

    if text.startswith("close:"):
        return close_of(parse_day(text.removeprefix("close:"), option), Settings().timezone)
    return parse_as_of(text, option, words)


def _instant(_context: click.Context, _parameter: click.Parameter, text: str | None) -> datetime | None:
    return None if text is None or text in {"latest", "now"} else parse_instant(text)


# The snapshot that is read: its instant, none for the current one.
AS_OF = click.option(
    "--as-of",
    callback=_instant,
    help="The snapshot as of a timestamp, or of close:DAY as churniq backfill makes it, instead of the current one.",
    metavar="TIMESTAMP",
)
# How rows are printed: ``output``, as ``pipelines.cli.tables.print_rows`` takes it.
ROWS_FORMAT = click.option(
    "--format", "output", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
# How an answer of several parts is printed: ``output``.
DOCUMENT_FORMAT = click.option(
    "--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True
)
