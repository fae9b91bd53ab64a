"""The command backfill: snapshots of days as they were known at their close.

Belongs here: arguments and what it prints. Does not belong here: the work (``pipelines.orchestration.backfill``).
"""

from __future__ import annotations

import click

from pipelines.settings import Settings


@click.command()
@click.option("--from", "first", required=True, help="The first day, such as 2026-05-01.")
@click.option("--to", "last", required=True, help="The last day, included.")
def backfill(*, first: str, last: str) -> None:
    """Publish what was known at the close of each day; days that are published already are skipped."""
    from pipelines.orchestration.backfill import backfill as run
    from pipelines.publishing.days import parse_day

    done = run(Settings(), parse_day(first, "--from"), parse_day(last, "--to"))
    click.echo(f"built {len(done.built)} days, skipped {len(done.skipped)} that were published already")
