"""The command golive.

Belongs here: printing the checks. Does not belong here: the checks (``pipelines.readings.go_live``).
"""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from pipelines.cli.options import DOCUMENT_FORMAT
from pipelines.cli.tables import print_table
from pipelines.errors import UserError
from pipelines.settings import Settings


@click.command()
@DOCUMENT_FORMAT
def golive(*, output: str) -> None:
    """Check whether this environment is ready to be relied on: each check with its remedy; exit 1 until all pass."""
    from pipelines.readings.go_live import go_live

    findings = go_live(Settings())
    if output == "json":
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        rows = [("pass" if one.passed else "FAIL", one.check, one.found, one.remedy) for one in findings]
        print_table(["", "check", "found", "remedy"], rows)
    failed = [one.check for one in findings if not one.passed]
    if failed:
        raise UserError(f"{len(failed)} of {len(findings)} checks fail ({', '.join(failed)}): follow the remedies.")
    if output == "table":
        click.echo("ready to go live")
