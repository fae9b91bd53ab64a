"""Commands that bring data in and build from it: sandbox, ingest, build.

Belongs here: their arguments and what they print. Does not belong here: the work.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

import click

from pipelines.cli.options import parse_instant
from pipelines.errors import UserError
from pipelines.settings import Settings

log = logging.getLogger("churniq")


@click.command()
@click.option("--subscribers", type=click.IntRange(min=1), default=1000, show_default=True, help="How many subscribe.")
@click.option("--months", type=click.IntRange(min=1), default=24, show_default=True, help="Months of history.")
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Same seed, same bytes.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder that is new or empty.")
@click.option("--feeds", help="Only these feeds, separated by commas; the others stay as they would be.")
@click.option(
    "--campaign", "has_campaign", is_flag=True, help="With a campaign whose true effect is in the truth file."
)
@click.option(
    "--before",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Only what had been told before this day; the same without it brings the rest.",
)
def sandbox(
    *,
    subscribers: int,
    months: int,
    seed: int,
    out: Path,
    feeds: str | None,
    has_campaign: bool,
    before: datetime | None,
) -> None:
    """Write the simulated feeds of a streaming business."""
    from pipelines.sandbox import simulate

    chosen = [name.strip() for name in feeds.split(",")] if feeds else None
    summary = simulate(
        subscribers=subscribers,
        months=months,
        seed=seed,
        out=out,
        feeds=chosen,
        progress=log.info,
        has_campaign=has_campaign,
        before=before,
    )
    for feed, rows in summary.rows.items():
        click.echo(f"{feed:<22}{rows:>12,} rows")
    click.echo(f"written to {out}")


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--source", help="Who sent the files; churniq sources lists them. Without it they are feeds.")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A column mapping (YAML) of the files.",
)
def ingest(*, path: Path, source: str | None, mapping: Path | None) -> None:
    """Land and load the feeds under PATH; print what became of every row."""
    from pipelines.sources import SOURCES
    from pipelines.sources.mapping_file import register_mapping, registered_mappings, replaced_mapping

    if source and mapping:
        raise click.UsageError("--source and --mapping both say what the files are: give one of them.")
    if not path.exists():
        raise click.UsageError(f"there is no file or folder {path}: check the path.")
    settings = Settings()
    known = [*SOURCES, *registered_mappings(settings)]
    if source and source not in known:
        raise click.UsageError(f"there is no source {source!r}: choose one of {', '.join(known)}.")
    from pipelines.lake.ingest import ingest as ingest_path

    replaced = replaced_mapping(settings, mapping) if mapping else None
    name = register_mapping(settings, mapping).name if mapping else source or "canonical"
    result = ingest_path(settings, path, source_name=name, progress=log.info)
    click.echo(f"{'feed':<22}{'files':>8}{'read':>14}{'loaded':>14}{'duplicate':>12}{'quarantined':>13}")
    for feed in sorted({account.feed for account in result.accounts}):
        own = [account for account in result.accounts if account.feed == feed]
        counts = [
            sum(getattr(account, name) for account in own)
            for name in ("rows_read", "rows_loaded", "rows_duplicate", "rows_quarantined")
        ]
        click.echo(f"{feed:<22}{len(own):>8,}{counts[0]:>14,}{counts[1]:>14,}{counts[2]:>12,}{counts[3]:>13,}")
    sentences = [*([replaced] if replaced else []), *result.remarks, *result.unreadable]
    rows_read = sum(account.rows_read for account in result.accounts)
    if rows_read and not any(account.rows_loaded + account.rows_duplicate for account in result.accounts):
        if not result.unreadable:
            sentences.append(f"None of {rows_read:,} rows was loaded: see churniq quarantine list for the reasons.")
        failure = sentences.pop()
    else:
        failure = None
    for sentence in sentences:
        click.echo(f"churniq: {sentence}", err=True)
    if failure:
        raise UserError(failure)


@click.command()
@click.option(
    "--as-of", default="latest", show_default=True, help="latest, now, a timestamp or close:DAY: what was known then."
)
@click.option("--full-refresh", is_flag=True, help="Build everything again from the lake.")
def build(*, as_of: str, full_refresh: bool) -> None:
    """Materialise everything through Dagster, check it, and publish a snapshot."""
    from pipelines.orchestration.run import run_full_build
    from pipelines.publishing.snapshots import find_snapshot

    moves_current = as_of in {"latest", "now"}
    instant = None if moves_current else parse_instant(as_of)
    settings = Settings()
    requested = f"{instant.isoformat()}Z" if instant else as_of
    is_built = run_full_build(settings, as_of=requested, full_refresh=full_refresh)
    pointer = find_snapshot(settings, instant)
    place = "current snapshot" if moves_current else "snapshot beside the current one"
    if is_built:
        click.echo(f"published as of {pointer.as_of}Z: {place}, {settings.published / pointer.file}")
    else:
        click.echo(f"nothing has changed: the {place} is as of {pointer.as_of}Z; --full-refresh builds it anew")
