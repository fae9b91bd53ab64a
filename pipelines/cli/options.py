"""Options that several commands share: which snapshot, which format.

Belongs here: what means the same wherever it is given. Does not belong here: an option of one command.
"""

from __future__ import annotations

from datetime import datetime

import click


def _instant(_context: click.Context, _parameter: click.Parameter, text: str | None) -> datetime | None:
    from pipelines.warehouse.database import parse_as_of

    return None if text is None or text in {"latest", "now"} else parse_as_of(text)


# The snapshot that is read: its instant, none for the current one.
AS_OF = click.option(
    "--as-of", callback=_instant, help="The snapshot as of a timestamp instead of the current one.", metavar="TIMESTAMP"
)
# How rows are printed: ``output``, as ``pipelines.cli.tables.print_rows`` takes it.
ROWS_FORMAT = click.option(
    "--format", "output", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
# How an answer of several parts is printed: ``output``.
DOCUMENT_FORMAT = click.option(
    "--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True
)
