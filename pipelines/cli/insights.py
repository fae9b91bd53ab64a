"""The command insights: the overview as a letter.

Belongs here: arguments and where the letter goes. Does not belong here: what it says (``pipelines.readings``).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from pipelines.cli.options import AS_OF
from pipelines.errors import UserError
from pipelines.settings import Settings


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write to FILE.html and FILE.md.")
@click.option("--address", default=None, help="Where the dashboards are, for links: https://churn.example.org.")
@AS_OF
def insights(*, out: Path | None, address: str | None, as_of: datetime | None) -> None:
    """Say what changed and why, and whom to act on: Markdown, or with --out a mail-ready HTML file beside it."""
    from pipelines.publishing.snapshots import open_snapshot
    from pipelines.readings.letter import as_html, as_markdown
    from pipelines.readings.overview import gather

    if address is not None and not address.startswith(("http://", "https://")):
        raise click.UsageError(f"--address {address} is no address: begin it with https://.")
    settings = Settings()
    with open_snapshot(settings, as_of) as connection:
        facts = gather(settings, connection)
    if out is None:
        click.echo(as_markdown(facts, address), nl=False)
        return
    for ending, text in ((".html", as_html(facts, address)), (".md", as_markdown(facts, address))):
        file = out.with_suffix(ending)
        try:
            file.write_text(text)
        except OSError as error:
            raise UserError(
                f"{file} cannot be written ({error.strerror or error}): give --out a folder that exists."
            ) from error
        click.echo(file)
