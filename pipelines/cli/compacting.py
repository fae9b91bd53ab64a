"""The command compact: many small files of the lake as few large ones.

Belongs here: arguments and what it prints. Does not belong here: the work (``pipelines.lake.compaction``).
"""

from __future__ import annotations

import logging

import click

from pipelines.settings import Settings

log = logging.getLogger("churniq")


@click.command()
@click.option(
    "--fewest",
    type=click.IntRange(min=2),
    default=100,
    show_default=True,
    help="Leave a feed alone that has fewer small files.",
)
def compact(*, fewest: int) -> None:
    """Take the many small files of each feed together, with the same rows; Dagster does so every night."""
    from pipelines.lake.compaction import compact as run
    from pipelines.warehouse.build import only_build

    settings = Settings().prepare()
    with only_build(settings):
        done = run(settings, fewest=fewest, progress=log.info)
    click.echo(f"{done.before} files became {done.after}" if done.before else "no feed has that many small files")
