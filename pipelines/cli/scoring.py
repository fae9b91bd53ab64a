"""Commands of the churn model: train, score, backtest, models, score-csv.

Belongs here: their arguments and what they print. Does not belong here: the science (``models``).
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import AS_OF, DOCUMENT_FORMAT
from pipelines.errors import UserError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from models.history import History
    from models.trained import TrainedModel

_HORIZON = click.option(
    "--horizon",
    type=click.IntRange(1, 365),
    default=30,
    show_default=True,
    metavar="DAYS",
    help="How far to look ahead.",
)


def _model(as_of: datetime | None, horizon: int) -> tuple[History, TrainedModel]:
    from pipelines.readings.churn_model import champion_of, read_history

    settings = Settings()
    history = read_history(settings, as_of)
    return history, champion_of(settings, history, horizon)


def _described(model: TrainedModel) -> dict[str, Any]:
    return {
        "model_version": model.model_version,
        "horizon_days": model.horizon_days,
        "training_days": len(model.training_days),
        "newest_training_day": str(model.training_days[-1]) if model.training_days else None,
        "origins": len(model.origins),
        "auc": model.pooled("auc"),
        "log_loss": model.pooled("log_loss"),
        "predicted_over_observed": model.pooled("predicted_over_observed"),
        "note": model.note,
    }


def _print_models(models: list[TrainedModel], output: str) -> None:
    from pipelines.cli.tables import print_table

    described = [_described(model) for model in models]
    if output == "json":
        click.echo(json.dumps(described, ensure_ascii=False, indent=1))
        return
    columns = list(_described(models[0])) if models else ["model_version"]
    rows = [tuple(round(v, 4) if isinstance(v, float) else v for v in each.values()) for each in described]
    print_table(columns, rows)


@click.command()
@_HORIZON
@AS_OF
@DOCUMENT_FORMAT
def train(*, horizon: int, as_of: datetime | None, output: str) -> None:
    """Train the churn model on every settled month end, judge it, keep it in the registry."""
    _, model = _model(as_of, horizon)
    _print_models([model], output)


@click.command()
@_HORIZON
@AS_OF
@click.option("--out", type=click.Path(path_type=Path), default=None, help="A file ending in .csv or .parquet.")
@DOCUMENT_FORMAT
def score(*, horizon: int, as_of: datetime | None, out: Path | None, output: str) -> None:
    """Score every paying customer for a horizon; a build publishes those of 30 days."""
    if out is not None and out.suffix not in {".csv", ".parquet"}:
        raise click.UsageError(f"{out} ends in neither .csv nor .parquet: name the file by the format you want.")
    from models.scoring import score as score_customers
    from pipelines.cli.tables import print_table

    history, model = _model(as_of, horizon)
    scores = score_customers(model, history)
    bands = {
        band: {"customers": len(part), "expected_loss": str(part["expected_loss"].sum())}
        for band in ("high", "medium", "low")
        for part in [scores.filter(scores["risk_band"] == band)]
    }
    if out is not None:
        try:
            scores.write_csv(out) if out.suffix == ".csv" else scores.write_parquet(out)
        except OSError as error:
            raise UserError(f"{out} cannot be written ({error.strerror}): choose another place.") from error
    if output == "json":
        click.echo(json.dumps({**_described(model), "scored": scores.height, "bands": bands}, indent=1))
        return
    click.echo(
        f"{scores.height:,} customers scored by {model.model_version}, {horizon} days ahead. {model.note}".rstrip()
    )
    print_table(["band", "customers", "expected_loss"], [(band, *each.values()) for band, each in bands.items()])


@click.command()
@_HORIZON
@AS_OF
@DOCUMENT_FORMAT
def backtest(*, horizon: int, as_of: datetime | None, output: str) -> None:
    """Show how the estimators did on month ends that they had not seen."""
    _, model = _model(as_of, horizon)
    if output == "json":
        rows = [{**vars(each), "origin": None if each.origin is None else str(each.origin)} for each in model.metrics]
        click.echo(json.dumps({**_described(model), "metrics": rows}, ensure_ascii=False, indent=1))
        return
    from models.card import markdown

    click.echo(markdown(model), nl=False)


@click.command(name="models")
@DOCUMENT_FORMAT
def models_(*, output: str) -> None:
    """List the models of the registry; each is a folder with a card to read."""
    from pipelines.readings.churn_model import registered

    _print_models(registered(Settings()), output)


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
@DOCUMENT_FORMAT
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
