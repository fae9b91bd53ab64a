"""Commands that take people out of the product: export, and the suppression list.

Belongs here: arguments and what they print. Does not belong here: exports (``pipelines.activation``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.errors import WrongUsageError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.activation.exporting import Plan


@click.command()
@click.argument("segment")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A file ending in .csv, .parquet, .jsonl.")
@click.option("--to", "layout", default=None, help="csv, parquet, jsonl, braze, mailchimp, meta, google or tiktok.")
@click.option(
    "--purpose",
    type=click.Choice(["marketing", "service"]),
    default="marketing",
    show_default=True,
    help="Marketing needs consent; a service message (such as a failed card) does not.",
)
@click.option("--campaign", default=None, help="Record who is sent and who is held back under this name.")
@click.option(
    "--holdout",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=None,
    help="The share held back; 0.1 when a campaign begins without one.",
)
@click.option(
    "--cool-down", type=click.IntRange(min=0), default=7, show_default=True, help="Days after another campaign."
)
@click.option("--rows-a-part", type=click.IntRange(min=1), default=None, help="Split into files of at most so many.")
@click.option(
    "--largest-shrink",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="The share by which it may have shrunk since the last export; more stops.",
)
@click.option("--force", is_flag=True, help="Write an empty file, or one much smaller than the last.")
def export(
    *,
    segment: str,
    out: Path,
    layout: str | None,
    purpose: str,
    campaign: str | None,
    holdout: float | None,
    cool_down: int,
    rows_a_part: int | None,
    largest_shrink: float,
    force: bool,
) -> None:
    """Write the people of SEGMENT whom it may be written to, plainly or as a destination takes them."""
    from pipelines.activation.exporting import Request, carry_out, layout_for, plan_export
    from pipelines.activation.journal import only_export
    from pipelines.activation.store import find_segment
    from pipelines.publishing.snapshots import find_snapshot

    if holdout is not None and campaign is None:
        raise click.UsageError("--holdout holds people back from a campaign: name it with --campaign.")
    settings = Settings()
    try:
        find_segment(settings, segment)
        layout = layout_for(layout, out)
    except WrongUsageError as error:
        raise click.UsageError(str(error)) from error
    request = Request(
        segment,
        out,
        layout,
        purpose,
        campaign,
        holdout,
        cool_down,
        rows_a_part,
        is_forced=force,
        largest_shrink=largest_shrink,
    )
    find_snapshot(settings)
    with only_export(settings):
        plan = plan_export(settings, request)
        _announce(plan)
        files = carry_out(settings, plan)
    people = f"{len(plan.rows):,} rows written to "
    click.echo(people + (str(files[0]) if len(files) == 1 else f"{len(files)} files, {files[0]} to {files[-1].name}"))


def _announce(plan: Plan) -> None:
    """Who is written, held back and left out, and what the campaign can show, before anything is written."""
    from pipelines.activation.announcing import account, advice, evidence

    document = plan.version.document
    click.echo(f"{document.name} version {plan.version.number}: {len(plan.population.people):,} people")
    for what, count, why in account(plan)[1:]:
        click.echo(f"  {what} {count:>9,}  {why}")
    said = evidence(plan)
    if said:
        click.echo(said)
    for note in advice(plan):
        click.echo(f"churniq: {note}", err=True)


@click.group()
def suppression() -> None:
    """Who is never written to: customers and addresses."""


@suppression.command()
@click.argument("who", nargs=-1, required=True)
def add(*, who: tuple[str, ...]) -> None:
    """Never write to these customers or addresses again."""
    from pipelines.activation.suppression import suppress

    added = sum(suppress(Settings(), one) for one in who)
    click.echo(f"{added:,} added, {len(who) - added:,} were on the list already")


@suppression.command()
@click.argument("who", nargs=-1, required=True)
def remove(*, who: tuple[str, ...]) -> None:
    """Take customers or addresses off the list."""
    from pipelines.activation.suppression import unsuppress

    removed = sum(unsuppress(Settings(), one) for one in who)
    click.echo(f"{removed:,} removed, {len(who) - removed:,} were not on the list")


@suppression.command("list")
def list_suppressed() -> None:
    """Print the list; addresses as their hashes."""
    from pipelines.activation.suppression import suppressed

    for entry in sorted(suppressed(Settings())):
        click.echo(entry)
