"""Making canonical rows anew from the landed bytes, by command: after a mapping fix, or to retry the quarantine.

Belongs here: which files a command means, and committing the difference. Does not belong here: the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from pipelines.errors import UserError
from pipelines.lake.ingest import sole_writer
from pipelines.lake.loading import Progress
from pipelines.lake.mending import take_out_mended
from pipelines.lake.redo import in_order, merged, redo, source_of
from pipelines.lake.sql import quarantine_select
from pipelines.lake.store import Commit, Contents, Lake
from pipelines.lake.workspace import lake_connection
from pipelines.settings import Settings
from pipelines.sources import find_source


@dataclass(frozen=True)
class Reingested:
    """What was done again: the number of files, and of canonical rows that came and went, and rows still rejected."""

    files: int
    rows_added: int
    rows_removed: int
    rows_quarantined: int
    is_different: bool


def reingest(
    settings: Settings,
    source_name: str,
    *,
    since: datetime | None = None,
    by_newest: bool = False,
    progress: Progress = lambda _: None,
) -> Reingested:
    """Map and judge again every file of a source that was landed at or after ``since``; only differences change.

    A mapped file is mapped as it was, or ``by_newest`` as the newest mapping of its name says.

    Raises ``UserError`` when the source is unknown, has landed no such file, or another writer is at work.
    """
    find_source(source_name, settings)

    def choose(contents: Contents, _: duckdb.DuckDBPyConnection) -> Iterable[str]:
        floor = since.replace(tzinfo=UTC) if since else datetime.min.replace(tzinfo=UTC)
        return (
            account.sha256
            for account in contents.accounts
            if source_of(account) == source_name and datetime.fromisoformat(account.loaded_at) >= floor
        )

    after = f" since {since.isoformat()}" if since else ""
    return _again(
        settings, choose, f"{source_name} has landed no file{after}", progress, source_name if by_newest else ""
    )


def retry_quarantine(
    settings: Settings,
    *,
    feed: str | None = None,
    reason: str | None = None,
    progress: Progress = lambda _: None,
) -> Reingested:
    """Judge again the files that have rejected rows, of a feed or sender, or with reasons that begin as given.

    Raises ``UserError`` when no rejected row is meant, or another writer is at work.
    """
    lake = Lake(settings.lake)

    def choose(contents: Contents, connection: duckdb.DuckDBPyConnection) -> Iterable[str]:
        files = [str(lake.root / name) for name in contents.quarantine]
        if not files:
            return ()
        found = connection.execute(
            """
            select distinct source_file from read_parquet($1)
            where ($2 is null or feed = $2) and ($3 is null or starts_with(reason, $3))
            """,
            [files, feed, reason],
        ).fetchall()
        return (sha256 for (sha256,) in found)

    return _again(settings, choose, "The quarantine has no such rows", progress)


def _again(
    settings: Settings,
    choose: Callable[[Contents, duckdb.DuckDBPyConnection], Iterable[str]],
    nothing: str,
    progress: Progress,
    newest: str = "",
) -> Reingested:
    lake = Lake(settings.lake)
    with sole_writer(settings):
        contents = lake.contents()
        name = f"{lake.version + 1:08d}"
        scratch = settings.work / "ingest"
        with lake_connection(scratch) as connection:
            hashes = set(choose(contents, connection))
            if not hashes:
                raise UserError(f"{nothing}, so there is nothing to do again: see churniq quarantine list.")
            progress(f"doing {len(hashes)} files again")
            again = redo(
                connection, settings, contents, hashes, name=name, scratch=scratch, progress=progress, newest=newest
            )
            commit = merged(Commit(datetime.now(UTC).isoformat(timespec="microseconds"), "", ()), again)
            contents = lake.contents()
            contents.add(commit)
            # What a later delivery had mended before was rejected anew.
            mended = take_out_mended(connection, settings, contents, contents.canonical, name=name)
            commit = merged(commit, mended)
            before, contents = lake.contents(), lake.contents()
            contents.add(commit)
            # Rows that were rejected anew and taken out again leave all as it was.
            is_different = bool(again.rows_added or again.rows_removed) or _differ(connection, lake, before, contents)
        if is_different:
            lake.append(commit)
    return Reingested(
        files=len(hashes),
        rows_added=again.rows_added,
        rows_removed=again.rows_removed,
        rows_quarantined=sum(account.rows_quarantined for account in contents.accounts if account.sha256 in hashes),
        is_different=is_different,
    )


def _differ(connection: duckdb.DuckDBPyConnection, lake: Lake, before: Contents, after: Contents) -> bool:
    """Whether the accounts or the rejected rows are others than before."""
    if in_order(before.accounts) != in_order(after.accounts):
        return True
    left, right = (
        quarantine_select([lake.root / name for name in contents.quarantine]) for contents in (before, after)
    )
    found = connection.execute(
        f"select exists ({left} except all {right}) or exists ({right} except all {left})"
    ).fetchall()
    return bool(found[0][0])
