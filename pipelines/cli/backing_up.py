"""The commands backup and restore.

Belongs here: their arguments and what they print. Does not belong here: the work (``pipelines.backup``).
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

import click

from pipelines.errors import UserError
from pipelines.settings import Settings

log = logging.getLogger("churniq")


@click.command()
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@click.option("--verify", is_flag=True, help="Only re-hash every file of the newest backup.")
def backup(*, target: Path, verify: bool) -> None:
    """Back the lake and the registries of this environment up to the folder TARGET: only what changed is copied."""
    from pipelines.backup.taking import take
    from pipelines.backup.target import Target

    if verify:
        at = Target(target.absolute())
        names = at.names() if target.is_dir() else []
        if not names:
            raise UserError(f"{target} holds no backup: check the path.")
        manifest = at.manifest(names[-1])
        damaged = at.damaged(manifest)
        for file in damaged:
            click.echo(f"churniq: the copy of {file.path} in {target} is lost or broken: back up again.", err=True)
        if damaged:
            # A target that cannot be written now is no less damaged; the next check sets it apart.
            with suppress(UserError), at.alone():
                at.set_apart(damaged)
            raise UserError(f"{len(damaged)} of {len(manifest.files)} files of the backup {manifest.name} are damaged.")
        click.echo(f"all {len(manifest.files)} files of the backup {manifest.name} are whole")
        return
    taken = take(Settings(), target, log.info)
    click.echo(f"backup {taken.name}: {taken.files} files, {taken.copied} of them new, in {target}")
    if taken.removed:
        click.echo(f"removed {taken.removed} backups from before an erasure: they held people who were erased since")


@click.command()
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@click.option("--backup", "name", help="The name of a backup; the newest unless given.")
@click.option("--build/--no-build", "builds", default=True, show_default=True, help="Build the warehouse afterwards.")
def restore(*, target: Path, name: str | None, builds: bool) -> None:
    """Restore a backup in TARGET into this environment's empty CHURNIQ_HOME, and build the warehouse from it."""
    from pipelines.backup.restoring import restore as restore_backup
    from pipelines.orchestration.run import run_full_build

    settings = Settings()
    restored = restore_backup(settings, target, name, log.info)
    click.echo(f"restored {restored.files} files of the backup {restored.name} into {settings.home}")
    if restored.files_cut:
        click.echo(f"{restored.files_cut} of them named people who were erased since: they were left out")
    if builds:
        run_full_build(settings, as_of="latest", full_refresh=False)
        click.echo("built and published")
