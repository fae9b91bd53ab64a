"""The commands erase and access: a person's right to be forgotten, and to know what is held.

Belongs here: their arguments and what they print. Does not belong here: the work (``pipelines.privacy``).
"""

from __future__ import annotations

import logging
from pathlib import Path

import click

from pipelines.errors import UserError
from pipelines.readings.words import plural
from pipelines.settings import Settings

log = logging.getLogger("churniq")


@click.command()
@click.argument("customer", required=False)
@click.option(
    "--file",
    "list_",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file with one customer a line.",
)
@click.option("--deleted", is_flag=True, help="Everybody whom a customer event says to be deleted.")
@click.option("--expired", is_flag=True, help="Everybody whom no feed's period of retention keeps any longer.")
@click.option("--build/--no-build", "builds", default=True, show_default=True, help="Build anew afterwards.")
def erase(*, customer: str | None, list_: Path | None, deleted: bool, expired: bool, builds: bool) -> None:
    """Remove a person for good: pseudonyms take the place of what identifies, and totals stay as they are.

    CUSTOMER is a customer id, an identifier of a sender with its kind (stripe_customer:cus_1), or an address.
    """
    if (customer is not None) + (list_ is not None) + deleted + expired != 1:
        raise click.UsageError("say who: either CUSTOMER, --file, --deleted or --expired.")
    from pipelines.backup.taking import tell_targets_of_erasure
    from pipelines.lake.store import Lake
    from pipelines.orchestration.run import run_full_build
    from pipelines.privacy.erase import deleted_customers, expired_customers
    from pipelines.privacy.erase import erase as erase_people
    from pipelines.publishing.snapshots import published_pointers
    from pipelines.warehouse.build import only_build

    settings = Settings()
    if not Lake(settings.lake).version:
        raise UserError(f"The lake of {settings.home} is empty, so it holds nobody: check CHURNIQ_HOME.")
    if list_ is not None:
        names = [name for line in list_.read_text(encoding="utf-8-sig").splitlines() if (name := line.strip())]
    elif deleted or expired:
        names = (deleted_customers if deleted else expired_customers)(settings)
    else:
        names = [str(customer)]
    with only_build(settings.prepare()):
        erased = erase_people(settings, names, log.info)
    for sentence in (*erased.remarks, *tell_targets_of_erasure(settings)):
        click.echo(sentence)
    if not erased.people:
        if not erased.remarks:
            click.echo("nobody is to be erased")
        return
    who = "1 person" if erased.people == 1 else f"{erased.people:,d} people"
    click.echo(f"erased {who} from {plural(erased.files, 'file')} of the lake; {settings.erasures} has the log")
    if builds and published_pointers(settings):
        if run_full_build(settings, as_of="latest", full_refresh=False):
            click.echo("built and published anew")
    elif builds:
        click.echo("nothing was published before: churniq build shows the rest")


@click.command()
@click.argument("customer")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder that is new or empty.")
def access(*, customer: str, out: Path) -> None:
    """Write everything that is held about a person into a folder: delivered, accepted, rejected and published rows."""
    from pipelines.privacy.access import access as give_access

    held = give_access(Settings(), customer, out)
    for one in held:
        click.echo(f"{one.rows:>8,}  {one.file}")
    click.echo(f"written to {out}; index.md says what each file is")
