"""The command verify: whether everything that an environment keeps is as it was written.

Belongs here: what it prints. Does not belong here: the checks (``pipelines.verification``).
"""

from __future__ import annotations

import click

from pipelines.settings import Settings


@click.command()
@click.pass_context
def verify(context: click.Context) -> None:
    """Hash everything again that the home keeps: lake, snapshots, models, records; exit 1 if one is damaged."""
    from pipelines.verification import verify as verify_home

    found = verify_home(Settings())
    for name in ("commits", "landed", "parquet", "snapshots", "models", "kept", "received"):
        click.echo(f"{name:<12}{getattr(found, name):>10,} checked")
    for sentence in found.damaged:
        click.echo(f"churniq: {sentence}", err=True)
    if found.damaged:
        context.exit(1)
    click.echo("everything is as it was written")
