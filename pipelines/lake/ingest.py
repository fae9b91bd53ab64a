"""One ingest: deliveries in, one commit out.

Everything is landed before anything is judged. The commit at the end makes all of it visible at once; a process
killed before that leaves a lake on which the same command gives what an undisturbed run would have given.

Belongs here: what an ingest does in which order, and who may do it. Does not belong here: rows (``loading``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.lake.files import find_deliveries, known_places, land
from pipelines.lake.loading import BatchLoader, Progress
from pipelines.lake.mending import take_out_mended
from pipelines.lake.redo import files_that_context_changes, merged, redo
from pipelines.lake.sql import canonical_select
from pipelines.lake.store import Commit, FileAccount, Lake
from pipelines.lake.workspace import lake_connection
from pipelines.locks import waiting_for
from pipelines.privacy.arrivals import without_erased_people
from pipelines.settings import Settings
from pipelines.sources import find_source


@dataclass(frozen=True)
class IngestResult:
    """What one ingest did: an account for every file, and sentences.

    ``unreadable`` has one for every file quarantined whole, ``remarks`` one for every feed whose columns changed, and
    one if files were left out.
    """

    accounts: tuple[FileAccount, ...]
    unreadable: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def ingest(
    settings: Settings,
    path: Path,
    *,
    source_name: str = "canonical",
    progress: Progress = lambda _: None,
    is_trial: bool = False,
) -> IngestResult:
    """Land and load the files under ``path`` as deliveries of a source; ``is_trial`` into a lake that nobody keeps.

    Raises ``UserError`` when there is nothing to ingest, the source is unknown, or another ingest is running.
    """
    source = find_source(source_name, settings)
    lake = Lake(settings.lake)
    deliveries = find_deliveries(path, lake, feed=source.name if source.mappings else None)
    left_out = tuple(_left_out(path, len({delivery.origin for delivery in deliveries})))
    with sole_writer(settings):
        contents = lake.contents()
        progress(f"landing {len(deliveries)} files")
        known = known_places(contents.accounts)
        landed = [land(lake, delivery, known) for delivery in without_erased_people(settings, deliveries)]
        accepted = {feed: [lake.root / name for name in names] for feed, names in contents.canonical.items()}
        scratch = settings.work / "ingest"
        name = f"{lake.version + 1:08d}"
        loaded_at = datetime.now(UTC).isoformat(timespec="microseconds")
        with lake_connection(scratch) as connection:
            loaded = BatchLoader(
                connection,
                source,
                settings,
                accepted=lambda feed: canonical_select(FEEDS[feed], accepted.get(feed, [])),
                target=lake.root,
                name=name,
                scratch=scratch,
                progress=progress,
                is_trial=is_trial,
            ).run(landed, loaded_at)
            accounts = tuple(sorted(loaded.accounts, key=lambda account: (account.feed, account.file)))
            columns = {feed: sorted(names) for feed, names in loaded.columns.items()}
            changes = tuple(_column_changes(contents.columns, columns))
            commit = Commit(loaded_at, source.name, accounts, loaded.canonical, loaded.quarantine, columns=columns)
            contents.add(commit)
            hashes = files_that_context_changes(connection, lake, contents, loaded.canonical, loaded.seen_context)
            again = redo(connection, settings, contents, hashes, name=name, scratch=scratch, progress=progress)
            commit = merged(commit, again)
            contents = lake.contents()
            contents.add(commit)
            mended = take_out_mended(connection, settings, contents, commit.canonical, name=name)
        lake.append(merged(commit, mended))
    return IngestResult(accounts, tuple(loaded.unreadable), (*left_out, *changes, *loaded.remarks))


def _left_out(path: Path, delivered: int) -> Iterator[str]:
    """A sentence when there is more under a folder than was delivered."""
    files = (file for file in path.rglob("*") if file.is_file() or file.is_symlink()) if path.is_dir() else ()
    count = sum(1 for _ in files) - delivered
    if count > 0:
        yield (
            f"Left out {count} of the files under {path}: hidden ones (. or _), links that lead out of it, and those "
            "that lie under no feed's folder."
        )


@contextmanager
def sole_writer(settings: Settings) -> Iterator[None]:
    """Keep every other writer out of the lake meanwhile; waits for one that is there already.

    Raises ``UserError`` when that takes too long, or the lake cannot be written.
    """
    settings.prepare()
    lock, holder = settings.locks / "ingest.lock", f"Another ingest into {settings.home}"
    try:
        with waiting_for(lock, holder=holder, seconds=settings.wait_seconds):
            yield
    except OSError as error:
        raise UserError(
            f"The lake {settings.lake} cannot be written ({error.strerror or error}): nothing was loaded; free "
            "space or correct its permissions, then run this again."
        ) from error


def _column_changes(before: Mapping[str, Sequence[str]], now: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What a sender began or ceased to send, for the feeds that came before."""
    for feed, names in now.items():
        if not names or not before.get(feed):
            continue
        known = FEEDS[feed].column_names if feed in FEEDS else names
        came = sorted(set(names) - set(before[feed]))
        gone = sorted(set(before[feed]) - set(names))
        if came:
            unknown = [name for name in came if name not in known]
            place = f" ({', '.join(unknown)} kept in extra)" if unknown else ""
            yield f"{feed} now comes with the columns {', '.join(came)}{place}."
        if gone:
            yield f"{feed} no longer comes with the columns {', '.join(gone)}: were they renamed?"
