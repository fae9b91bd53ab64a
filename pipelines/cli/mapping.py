"""The command about mapping files: mapping check.

Belongs here: its arguments and what it prints. Does not belong here: the dry run (``pipelines.lake.trial``).
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli.lake import masked
from pipelines.cli.tables import as_text, print_table
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.lake.trial import Trial

log = logging.getLogger("churniq")
_SHOWN = 20


@click.group()
def mapping() -> None:
    """Mapping files, by which the columns of any table become those of feeds."""


@mapping.command()
@click.argument("mapping_file", metavar="MAPPING", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--rows", type=click.IntRange(min=0), default=5, show_default=True, help="Sample rows to show.")
@click.option("--unmasked", is_flag=True, help="Show e-mail addresses.")
@click.pass_context
def check(context: click.Context, *, mapping_file: Path, path: Path, rows: int, unmasked: bool) -> None:
    """Say what MAPPING would make of the files under PATH, and change nothing; exit 1 if a row would be refused."""
    from pipelines.lake.trial import try_mapping

    trial = try_mapping(Settings(), mapping_file, path, samples=rows, progress=log.info)
    for sentence in trial.sentences:
        click.echo(f"churniq: {sentence}", err=True)
    _print_counts(trial)
    _print_columns(trial)
    _print_samples(trial, unmasked=unmasked)
    context.exit(0 if trial.is_clean else 1)


def _print_counts(trial: Trial) -> None:
    click.echo(f"{trial.mapping} fills {', '.join(trial.feeds)}")
    click.echo(
        f"{trial.files:,} files, {trial.rows_read:,} rows: {trial.rows_loaded:,} would load, "
        f"{trial.rows_repeated:,} repeat another, {trial.rows_refused:,} would be refused"
    )
    if trial.reasons:
        total = max(trial.rows_read, 1)
        shares = [(reason, count, f"{100 * count / total:.1f} %") for reason, count in trial.reasons[:_SHOWN]]
        print_table(["refused because", "rows", "share"], shares)
    if trial.rows_read:
        is_unique = "unique" if trial.has_unique_ids else "NOT unique: rows that tell different things share one"
        click.echo(f"the key of each row is {is_unique}")


def _print_columns(trial: Trial) -> None:
    if trial.unread_columns:
        click.echo(f"columns that are not read: {', '.join(trial.unread_columns)}")
    for sent, wanted in trial.near.items():
        click.echo(f"the column {sent!r} is nearly {wanted!r}, which no file has")


def _print_samples(trial: Trial, *, unmasked: bool) -> None:
    for sample in trial.samples:
        click.echo(f"{sample.file}, row {sample.row}: {masked(sample.before, unmasked=unmasked)}")
        for feed, values in sample.after:
            shown = ", ".join(f"{name} {as_text(value)}" for name, value in values.items())
            click.echo(f"  {feed}: {masked(shown, unmasked=unmasked)}")
        if sample.reason:
            click.echo(f"  refused: {sample.reason}")
        elif not sample.after:
            click.echo("  tells nothing, or repeats another row")
