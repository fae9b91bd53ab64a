"""Commands about what was landed: sources, quarantine, reingest.

Belongs here: their arguments and what they print. Does not belong here: the work.
"""

from __future__ import annotations

import logging
import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.tables import print_table
from pipelines.errors import UserError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.lake.reingest import Reingested
    from pipelines.lake.store import Contents

log = logging.getLogger("churniq")
_NEAREST = 3
_EMAIL = re.compile(r"[^\s\"'<>@,;:{}]+@[^\s\"'<>@,;:{}]+")


def masked(text: str, *, unmasked: bool = False) -> str:
    """A text whose e-mail addresses are not shown, unless they are to be."""
    from pipelines.lake.files import printable

    return printable(text if unmasked else _EMAIL.sub("***@***", text))


@click.command()
def sources() -> None:
    """List the senders that churniq ingest --source and churniq receive know."""
    from pipelines.sources import SOURCES, find_source
    from pipelines.sources.mapping_file import registered_mappings

    settings = Settings()
    rows: list[tuple[Any, ...]] = []
    for name in [*SOURCES, *registered_mappings(settings)]:
        try:
            source = find_source(name, settings)
        except UserError as error:
            rows.append((name, f"BROKEN: {error}", "", "", ""))
            continue
        takes = "payloads" if source.takes_payloads else "a table" if source.mappings else "feeds"
        rows.append((name, source.title, takes, ", ".join(source.mappings) or "all", source.cannot_know))
    print_table(["source", "what it is", "takes", "fills", "cannot know"], rows)


@click.group()
def quarantine() -> None:
    """The rejected rows: why they were rejected, what they say, and trying them again."""


_feed_option = click.option("--feed", help="Only of this feed or sender.")
_file_option = click.option("--file", help="Only of this file, as the list names it.")
_reason_option = click.option("--reason", help="Only with reasons that begin like this.")


@quarantine.command("list")
@_feed_option
@_reason_option
@_file_option
def list_reasons(*, feed: str | None, reason: str | None, file: str | None) -> None:
    """Count the rejected rows by feed and reason."""
    rows = _select(
        "select feed, reason, count(*) as rows, count(distinct source_file) as files, min(file) as first_file",
        "group by feed, reason order by rows desc, feed, reason",
        feed=feed,
        reason=reason,
        file=file,
    )
    if not rows:
        click.echo("no such row is in quarantine" if feed or reason or file else "no row is in quarantine")
        return
    print_table(["feed", "reason", "rows", "files", "for example in"], rows)


@quarantine.command("show")
@_feed_option
@_reason_option
@_file_option
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--unmasked", is_flag=True, help="Show e-mail addresses.")
def show_rows(*, feed: str | None, reason: str | None, file: str | None, limit: int, unmasked: bool) -> None:
    """Show rejected rows as they came."""
    rows = _select(
        "select feed, file, row_number, reason, raw",
        f"order by feed, file, row_number limit {limit}",
        feed=feed,
        reason=reason,
        file=file,
    )
    if not rows:
        click.echo("no such row is in quarantine")
        return
    shown = [(*row[:4], masked(row[4] or "", unmasked=unmasked)) for row in rows]
    print_table(["feed", "file", "row", "reason", "raw"], shown)


@quarantine.command("retry")
@_feed_option
@_reason_option
def retry(*, feed: str | None, reason: str | None) -> None:
    """Judge the files with rejected rows again, by the rules and mappings of today."""
    from pipelines.lake.reingest import retry_quarantine
    from pipelines.lake.store import Lake, reading_quarantine

    settings = Settings()
    contents = Lake(settings.lake).contents()
    _require_known(settings, contents, feed=feed, file=None)
    with reading_quarantine([settings.lake / name for name in contents.quarantine]):
        again = retry_quarantine(settings, feed=feed, reason=reason, progress=log.info)
    _report(again)


@click.command()
@click.option("--source", help="Whose files to map again.")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A column mapping that was mended: its files are mapped by it from now on.",
)
@click.option("--since", default=None, help="Only files landed at or after this timestamp.")
def reingest(*, source: str | None, mapping: Path | None, since: str | None) -> None:
    """Make the canonical rows of a source anew from its landed files; only what differs changes."""
    if (source is None) == (mapping is None):
        raise click.UsageError("say whose files to map again: either --source or --mapping.")
    from pipelines.lake.reingest import reingest as reingest_source
    from pipelines.sources.mapping_file import register_mapping
    from pipelines.warehouse.database import parse_as_of

    instant = None if since is None else parse_as_of(since, "--since", ())
    settings = Settings()
    name = register_mapping(settings, mapping).name if mapping else str(source)
    _report(reingest_source(settings, name, since=instant, by_newest=mapping is not None, progress=log.info))


def _report(again: Reingested) -> None:
    click.echo(
        f"{again.files:,} files done again: {again.rows_added:,} rows added, {again.rows_removed:,} removed, "
        f"{again.rows_quarantined:,} delivered rows of them in quarantine"
    )
    click.echo("churniq build shows it" if again.is_different else "nothing changed")


def _select(select: str, rest: str, *, feed: str | None, reason: str | None, file: str | None) -> list[tuple[Any, ...]]:
    import duckdb

    from pipelines.lake.store import Lake, reading_quarantine

    settings = Settings()
    contents = Lake(settings.lake).contents()
    _require_known(settings, contents, feed=feed, file=file)
    files = [settings.lake / name for name in contents.quarantine]
    if not files:
        return []
    query = f"""
        {select} from read_parquet($files)
        where ($feed is null or feed = $feed) and ($reason is null or starts_with(reason, $reason))
            and ($file is null or file = $file)
        {rest}
        """
    values = {"files": [str(path) for path in files], "feed": feed, "reason": reason, "file": file}
    with reading_quarantine(files):
        return duckdb.execute(query, values).fetchall()


def _require_known(settings: Settings, contents: Contents, *, feed: str | None, file: str | None) -> None:
    """Refuse a mistyped name: nothing is found under it, which reads as if nothing had been rejected."""
    from pipelines.contract.feeds import FEEDS
    from pipelines.lake.files import printable
    from pipelines.sources import SOURCES
    from pipelines.sources.mapping_file import registered_mappings

    delivered = (account.feed for account in contents.accounts)
    feeds = list(dict.fromkeys([*FEEDS, *SOURCES, *registered_mappings(settings), *delivered]))
    if feed is not None and feed not in feeds:
        near = _near(feed, feeds) or feeds
        raise click.UsageError(f"there is no feed or source {feed!r}: choose {' or '.join(near)}.")
    files = sorted({account.file for account in contents.accounts})
    if file is not None and file not in files:
        near = [name for name in files if name.endswith(f"/{file}")][:_NEAREST] or _near(file, files)
        remedy = f"choose {' or '.join(map(printable, near))}" if near else "churniq quarantine list names some"
        raise UserError(f"The lake knows no file {file!r}: {remedy}.")


def _near(name: str, known: Sequence[str]) -> list[str]:
    return get_close_matches(name, known, n=_NEAREST)
