"""How long snapshots are kept, and what killed publishes left.

The current snapshot is always kept. Of those that it superseded, and of those as of an instant that somebody asked
for, the newest published are: ``CHURNIQ_KEPT_SNAPSHOTS`` of the ones, ``CHURNIQ_KEPT_AS_OF_SNAPSHOTS`` of the others.

Belongs here: removing. Does not belong here: publishing (``snapshots``).
"""

from __future__ import annotations

from pipelines.errors import UserError
from pipelines.kept import remove_kept
from pipelines.publishing.pointers import beside_path, current_path, published_pointers, read_pointer
from pipelines.settings import Settings

# Files without a pointer that are kept for readers that are still on them.
_KEPT_FILES = 3


def apply_retention(settings: Settings) -> None:
    """Remove pointers that the policy does not keep, and files that no pointer names but the newest few."""
    try:
        current = read_pointer(current_path(settings))
        beside = [pointer for pointer in published_pointers(settings) if pointer != current]
    except UserError:
        return  # What a broken pointer named is not known, so nothing is removed.
    for is_superseded, kept in ((True, settings.kept_snapshots), (False, settings.kept_as_of_snapshots)):
        own = sorted((p for p in beside if p.is_current == is_superseded), key=lambda p: p.published_at, reverse=True)
        for pointer in own[kept:]:
            remove_kept(settings.home, beside_path(settings, pointer.as_of_instant))
    named = {pointer.file for pointer in published_pointers(settings)}
    files = sorted((settings.published / "snapshots").glob("*.duckdb"), key=lambda file: file.stat().st_mtime_ns)
    for file in [file for file in files if f"snapshots/{file.name}" not in named][:-_KEPT_FILES]:
        file.unlink(missing_ok=True)


def remove_leftovers(settings: Settings) -> None:
    """Remove the unfinished files of publishes that were killed; the caller holds the lock of builds."""
    for file in (settings.published / "snapshots").glob(".*.duckdb.tmp*"):
        file.unlink(missing_ok=True)
