"""Commands about campaigns: campaign list, results, ranking, judge; holdout check.

Belongs here: arguments and what they print. Does not belong here: results, which the snapshot holds, and inference
(``models.experiments``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipelines.cli.options import ROWS_FORMAT
from pipelines.cli.tables import print_rows, print_table
from pipelines.settings import Settings


@click.group()
def campaign() -> None:
    """Campaigns: who was sent and held back, and what that kept."""


@campaign.command("list")
@ROWS_FORMAT
def list_campaigns(*, output: str) -> None:
    """Every campaign that was begun, with its arms."""
    from pipelines.activation.campaigns import list_campaigns as rows_of

    columns = ["campaign", "segment", "version", "purpose", "holdout", "begun_as_of", "sent", "held_out", "left_out"]
    print_rows(columns, rows_of(Settings()), output)


@campaign.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--cost", type=click.FloatRange(min=0), default=None, help="What the campaign cost, reporting currency.")
@ROWS_FORMAT
def results(*, names: tuple[str, ...], cost: float | None, output: str) -> None:
    """What a campaign kept, by intention to treat, at every horizon that is over; several of one kind as one."""
    from pipelines.activation.campaigns import find_results

    found = find_results(Settings(), *dict.fromkeys(names))
    if output != "table":
        print_rows(found.columns, found.rows, output)
        return
    click.echo(f"{found.headline}\n")
    print_table(*found.shown())
    for remark in found.remarks(cost):
        click.echo(remark)


@campaign.command()
@click.argument("name")
@click.option("--limit", type=click.IntRange(min=1, max=100_000), default=20, show_default=True)
@ROWS_FORMAT
def ranking(*, name: str, limit: int, output: str) -> None:
    """Whom it is worth the most to contact, where that order is better than chance."""
    from pipelines.activation.campaigns import find_ranking

    said, rows = find_ranking(Settings(), name, limit)
    if output == "table":
        click.echo(said)
    print_rows(["place", "customer_id", "arm", "uplift"], rows, output)


@campaign.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--arm", default="arm", show_default=True, help="The column that says in which arm a person was.")
@click.option("--control", default=None, help="The arm that was held back; found by its name when it has a usual one.")
@click.option("--outcome", "outcomes", multiple=True, help="A column with what came of it; default: outcome.")
@click.option("--person", default=None, help="The column that names the person; default: person or customer_id.")
@click.option("--covariate", "covariates", multiple=True, help="A column from before the assignment; give several.")
@click.option("--share", "shares", multiple=True, metavar="ARM=SHARE", help="The share of an arm; default: all alike.")
@ROWS_FORMAT
def judge(
    *,
    file: Path,
    arm: str,
    control: str | None,
    outcomes: tuple[str, ...],
    person: str | None,
    covariates: tuple[str, ...],
    shares: tuple[str, ...],
    output: str,
) -> None:
    """Judge a flat table (CSV or Parquet): a row a person, with arm and outcome; two arms or more."""
    from pipelines.activation.judging import judge_file

    found = judge_file(
        file, arm=arm, control=control, outcomes=outcomes, person=person, covariates=covariates, shares=shares
    )
    print_rows(found.columns, found.rows, output)
    if output == "table":
        for remark in found.remarks:
            click.echo(remark)


@click.group()
def holdout() -> None:
    """Who is held back, so that other systems can respect it."""


@holdout.command()
@click.argument("customer")
@ROWS_FORMAT
def check(*, customer: str, output: str) -> None:
    """Whether CUSTOMER is held out, of which campaigns and of all of them."""
    from pipelines.activation.campaigns import arms_of
    from pipelines.activation.contacts import identity_of

    rows: list[tuple[Any, ...]] = arms_of(Settings(), customer)
    if not rows and not identity_of(Settings(), customer).is_known:
        click.echo(f"churniq: the last build knew no customer {customer}: check the identifier.", err=True)
    if not rows and output == "table":
        click.echo(f"{customer} is held out of nothing")
        return
    print_rows(["campaign", "arm", "assigned_as_of", "is_held_out"], rows, output)
