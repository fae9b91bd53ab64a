"""Commands of the churn model: score-csv.

Belongs here: their arguments and what they print. Does not belong here: the science (``models``).
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipelines.errors import UserError


def _waivers(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    waivers = {}
    for value in values:
        column, _, reason = value.partition("=")
        if not column.strip() or len(reason.split()) < 2:
            raise click.BadParameter(
                f"{value!r} is no waiver: write the column, an equals sign and the reason in words, "
                "such as 'credit_score=bought at sign-up'."
            )
        waivers[column.strip()] = reason.strip()
    return waivers


@click.command(name="score-csv")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--target", required=True, metavar="COLUMN", help="The column that says who left.")
@click.option("--waive", multiple=True, callback=_waivers, metavar="COLUMN=REASON", help="Let a suspect column in.")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def score_csv(*, file: Path, target: str, waive: dict[str, str], output: str) -> None:
    """Train and judge on a flat table: a row a customer, ten random folds, twice."""
    if not file.is_file():
        raise UserError(f"There is no file {file}: name a CSV or Parquet file with one row a customer.")
    from models.flat_table import read_table
    from models.judging import judge
    from pipelines.flat_files import read_flat_file

    table = read_flat_file(file)
    try:
        judgement = judge(read_table(table, target), waive)
    except ValueError as error:
        raise UserError(f"{file}: {error}") from error
    if output == "json":
        click.echo(json.dumps(judgement.as_object(), ensure_ascii=False, indent=1))
        return
    from pipelines.cli.tables import print_table

    found = judgement.as_object()
    click.echo(
        f"{judgement.rows:,} customers, {judgement.churners:,} left; {len(judgement.features)} features; "
        f"ten random folds, seeds {', '.join(map(str, found['seeds']))}."  # type: ignore[call-overload]
    )
    rows = [
        (name, *(round(values[metric], 4) for metric in ("auc", "log_loss", "brier")))
        for name, values in judgement.metrics.items()
    ]
    print_table(["estimator", "auc", "log_loss", "brier"], rows)
    for column, why in judgement.left_out.items():
        click.echo(f"left out: {column} ({why})")
    for note in judgement.notes:
        click.echo(f"note: {note}")
