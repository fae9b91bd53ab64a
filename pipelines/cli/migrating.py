"""Commands about moving a subscriber base from one platform to another: migrate check.

Belongs here: their arguments and what they print. Does not belong here: the work (``pipelines.migration``).
"""

from __future__ import annotations

import json
import logging
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from pipelines.settings import Settings

log = logging.getLogger("churniq")
_IGNORABLE = (
    *("status", "offer", "currency", "interval", "discount", "discount_end", "period_end", "auto_renew"),
    "customer_status",
)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def migrate() -> None:
    """Moving a subscriber base: is everybody there, once, at the same price?"""


def _amount(context: click.Context, parameter: click.Parameter, value: str) -> Decimal:  # noqa: ARG001
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise click.BadParameter(f"{value} is no amount: give one such as 0.01.")
    return amount


@migrate.command()
@click.option("--before", required=True, help="A file or folder of feeds, a CHURNIQ_HOME, or the word lake.")
@click.option("--before-source", help="Who sent the files of before; churniq sources lists them.")
@click.option("--before-mapping", type=_FILE, help="A column mapping (YAML) of the files of before.")
@click.option("--after", default="lake", show_default=True, help="Likewise; lake is what this environment published.")
@click.option("--after-source", help="Who sent the files of after.")
@click.option("--after-mapping", type=_FILE, help="A column mapping (YAML) of the files of after.")
@click.option(
    "--as-of", help="The instant of both sides; without it that of the snapshot, or the earlier end of files."
)
@click.option("--identity", type=_FILE, help="CSV with before_id, after_id of customers; others keep their id.")
@click.option("--subscription-identity", type=_FILE, help="CSV with before_id, after_id of subscriptions.")
@click.option("--tolerance-mrr", default="0", callback=_amount, show_default=True, help="Of one subscription.")
@click.option("--ignore", multiple=True, type=click.Choice(_IGNORABLE), help="What a platform did not know.")
@click.option("--live-only", is_flag=True, help="Leave out what has ended on every side that has it.")
@click.option("--rows", type=click.IntRange(min=0), default=20, show_default=True, help="Shown of each class.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A report.md or report.html to sign.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--unmasked", is_flag=True, help="Show e-mail addresses in ids.")
@click.pass_context
def check(
    context: click.Context,
    *,
    before: str,
    before_source: str | None,
    before_mapping: Path | None,
    after: str,
    after_source: str | None,
    after_mapping: Path | None,
    as_of: str | None,
    identity: Path | None,
    subscription_identity: Path | None,
    tolerance_mrr: Decimal,
    ignore: tuple[str, ...],
    live_only: bool,
    rows: int,
    out: Path | None,
    output: str,
    unmasked: bool,
) -> None:
    """Compare a subscriber base with another; exit 0 if nothing differs, 1 if anything does."""
    for side, source, mapping in (("before", before_source, before_mapping), ("after", after_source, after_mapping)):
        if source and mapping:
            raise click.UsageError(f"--{side}-source and --{side}-mapping both say what the files are: give one.")
    if out is not None and out.suffix not in {".md", ".html"}:
        raise click.UsageError(f"--out {out} ends in neither .md nor .html: name the report so.")
    import duckdb

    from pipelines.cli.tables import as_json
    from pipelines.migration.building import MigrationSide
    from pipelines.migration.comparison import Rules, compare
    from pipelines.migration.differences import KINDS
    from pipelines.migration.rendering import as_markdown
    from pipelines.migration.report import Report, document, require_new, select_rows, write_report
    from pipelines.migration.sides import settled_sides
    from pipelines.warehouse.database import parse_as_of

    if out is not None:
        require_new(out)
    sides = (
        MigrationSide("--before", before, before_source, before_mapping),
        MigrationSide("--after", after, after_source, after_mapping),
    )
    instant = None if as_of is None else parse_as_of(as_of, words=())
    with (
        settled_sides(Settings(), *sides, as_of=instant, progress=log.info) as (terms, old, new),
        duckdb.connect() as connection,
    ):
        rules = Rules(
            terms.as_of, terms.timezone, tolerance_mrr, frozenset(ignore), live_only, identity, subscription_identity
        )
        comparison = compare(connection, old.file, new.file, rules)
        log.info("compared")
        masked = not unmasked
        report = Report(
            terms,
            rules,
            old,
            new,
            comparison,
            rows={
                kind: select_rows(connection, "differences", condition=f"kind = '{kind}'", limit=rows, is_masked=masked)
                for kind in KINDS
            },
            customer_rows=select_rows(connection, "customer_differences", limit=rows, is_masked=masked),
        )
        files = [] if out is None else write_report(connection, report, out, is_masked=masked)
    if output == "json":
        click.echo(json.dumps(as_json(report.as_object()), ensure_ascii=False, indent=1))
    elif out is None:
        click.echo(as_markdown(document(report)), nl=False)
    else:
        counts = ", ".join(f"{kind} {count:,}" for kind, count in comparison.counts.items())
        click.echo(f"{report.verdict}: {counts}")
        for file in files:
            click.echo(f"written to {file}")
    context.exit(0 if report.is_passed else 1)
