"""Accepted and rejected rows whose file rotted or went, made again from the bytes that they came from.

The landed files are done again beside all rows that are still sound, and only what is missing is written, to files of a
new name: the commit takes the damaged ones out. Where a landed file is damaged too there is nothing to heal from.

Belongs here: which files to do again, and the commit. Does not belong here: finding damage (``integrity``), doing files
again (``redo``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from pipelines.lake.ingest import sole_writer
from pipelines.lake.integrity import damaged_parquet_names
from pipelines.lake.loading import Progress
from pipelines.lake.redo import merged, redo
from pipelines.lake.store import Commit, Contents, Lake
from pipelines.lake.workspace import lake_connection
from pipelines.settings import Settings


def heal(settings: Settings, progress: Progress = lambda _: None) -> list[str]:
    """Replace every damaged Parquet file of the lake by one with the same rows; the names of the damaged ones.

    Raises ``UserError`` when a landed file that they came from is damaged as well.
    """
    lake = Lake(settings.lake)
    if not any(damaged_parquet_names(lake, lake.contents())):
        return []
    with sole_writer(settings):
        contents = lake.contents()
        damaged = list(damaged_parquet_names(lake, contents))
        if not damaged:
            return []
        progress(f"{len(damaged)} files of the lake are lost or damaged: their rows are made again from landed files")
        sound = Contents(accounts=contents.accounts, columns=contents.columns)
        sound.canonical = {f: [n for n in names if n not in damaged] for f, names in contents.canonical.items()}
        sound.quarantine = [name for name in contents.quarantine if name not in damaged]
        scratch = settings.work / "healing"
        with lake_connection(scratch) as connection:
            again = redo(
                connection,
                settings,
                sound,
                _sources_of(lake, contents, damaged),
                name=f"{lake.version + 1:08d}",
                scratch=scratch,
                progress=progress,
            )
        commit = Commit(datetime.now(UTC).isoformat(timespec="microseconds"), "", ())
        lake.append(replace(merged(commit, again), removed=sorted({*damaged, *again.removed})))
        for name in damaged:
            (lake.root / name).unlink(missing_ok=True)
    return damaged


def _sources_of(lake: Lake, contents: Contents, damaged: Collection[str]) -> set[str]:
    """The hashes of the landed files that the rows of damaged files came from: of all, where that is not known."""
    every = {account.sha256 for account in contents.accounts}
    hashes: set[str] = set()
    for commit in lake.commits():
        added = {name for names in commit.canonical.values() for name in names} | set(commit.quarantine)
        if not added.isdisjoint(damaged):
            if not commit.accounts or commit.redone or commit.removed:
                return every
            hashes |= {account.sha256 for account in commit.accounts}
    return hashes & every
