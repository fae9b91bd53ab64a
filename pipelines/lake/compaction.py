"""Many small Parquet files of a lake as few large ones, with the same rows; and its many commits summed up.

A sender that delivers every minute leaves thousands of files of a few rows, and reading each costs as much as reading
thousands of rows. The large file takes the place of the small ones in one commit, so a process killed at any moment
leaves either; what was delivered stays as it was landed. The commits stay too, chained as they are: what they add up to
is kept beside them (``checkpoint.json``), so that an ingest need not read them all.

Belongs here: which files, and the commit. Does not belong here: when (``pipelines.defs.maintenance``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.lake.ingest import sole_writer
from pipelines.lake.integrity import damaged_parquet_files
from pipelines.lake.loading import Progress
from pipelines.lake.sql import canonical_select, quarantine_select
from pipelines.lake.store import Commit, Lake
from pipelines.lake.workspace import lake_connection, write_parquet
from pipelines.settings import Settings

FEWEST_FILES = 100
"""A feed with fewer small files is left alone: the build after a compaction reads everything anew."""

_SMALL_BYTES = 16 << 20
_LARGE_BYTES = 256 << 20


@dataclass(frozen=True)
class Compacted:
    """What a compaction did: files that were taken together, and those that came in their place."""

    before: int
    after: int


def compact(settings: Settings, *, fewest: int = FEWEST_FILES, progress: Progress = lambda _: None) -> Compacted:
    """Take the small files of each feed, and of the quarantine, together where there are ``fewest`` of them or more.

    The caller holds the lock of builds, since a build reads the files that it began with. Raises ``UserError`` when a
    file is damaged: nothing is changed then.
    """
    lake = Lake(settings.lake)
    with sole_writer(settings):
        contents = lake.contents()
        for sentence in damaged_parquet_files(lake, contents):
            raise UserError(sentence)  # Taken together with others it would get a checksum that says that it is right.
        removed: list[str] = []
        canonical: dict[str, list[str]] = {}
        quarantine: list[str] = []
        number = 0
        with lake_connection(settings.work / "compaction") as connection:
            for feed, names in {**contents.canonical, "quarantine": contents.quarantine}.items():
                for batch in _batches(lake, names, fewest):
                    number += 1
                    folder = feed if feed == "quarantine" else f"canonical/{feed}"
                    target = f"{folder}/{lake.version + 1:08d}-compacted-{number:05d}.parquet"
                    progress(f"taking {len(batch)} files of {feed} together")
                    _write(connection, feed, [lake.root / name for name in batch], lake.root / target)
                    removed += batch
                    place = quarantine if feed == "quarantine" else canonical.setdefault(feed, [])
                    place.append(target)
        if removed:
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            lake.append(Commit(now, "", (), canonical, quarantine, removed=removed))
        lake.write_checkpoint()
        for name in {name for commit in lake.commits() for name in commit.removed}:
            (lake.root / name).unlink(missing_ok=True)
    return Compacted(len(removed), number)


def _batches(lake: Lake, names: Sequence[str], fewest: int) -> Iterator[list[str]]:
    """The small ones among files, oldest first, in bites of which each makes one large file."""
    sizes = {name: (lake.root / name).stat().st_size for name in names if (lake.root / name).is_file()}
    small = [name for name in names if sizes.get(name, _SMALL_BYTES) < _SMALL_BYTES]
    if len(small) < max(fewest, 2):
        return
    batch: list[str] = []
    size = 0
    for name in small:
        if size + sizes[name] > _LARGE_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(name)
        size += sizes[name]
    if len(batch) > 1:
        yield batch


def _write(connection: duckdb.DuckDBPyConnection, feed: str, files: Sequence[Path], target: Path) -> None:
    """Write the rows of files to one, in their order, and read it again to see that they are the same."""
    select = quarantine_select if feed == "quarantine" else lambda paths: canonical_select(FEEDS[feed], paths)
    summed = "select count(*), bit_xor(hash(one)) from ({}) as one"
    try:
        write_parquet(connection, target, select(files))
        before = connection.execute(summed.format(select(files))).fetchall()
        after = connection.execute(summed.format(select([target]))).fetchall()
    except duckdb.Error as error:
        raise UserError(
            f"The files of {feed} cannot be read ({' '.join(str(error).split())[:200]}): run churniq verify, which "
            "names the damaged one."
        ) from error
    if before != after:
        raise UserError(f"{target} does not have the rows of the files that it was made of: report this as a defect.")
