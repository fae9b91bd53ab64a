"""How an environment is doing, as its operator asks: builds, publishing, the inbox, the lake, the disk.

Belongs here: gathering it in one look that needs no warehouse. Does not belong here: how it is shown (monitor, alerts).
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pipelines.errors import UserError
from pipelines.lake.inbox import waiting_files
from pipelines.lake.store import FileAccount, Lake
from pipelines.locks import is_held
from pipelines.publishing.pointers import Pointer, find_snapshot
from pipelines.settings import Settings
from pipelines.warehouse.build_record import BuildRecord, last_build

BuildState = Literal["none", "running", "killed", "failed", "succeeded"]


@dataclass(frozen=True)
class Operation:
    """One look at an environment; ``troubles`` has a sentence for each part that could not be read."""

    now: datetime
    build: BuildRecord | None = None
    build_state: BuildState = "none"
    published: Pointer | None = None
    lake_version: int = 0
    accounts: list[FileAccount] = field(default_factory=list)
    waiting_files: int = 0
    oldest_waiting: datetime | None = None
    disk_free: int = 0
    disk_size: int = 0
    troubles: tuple[str, ...] = ()

    @property
    def ingests_not_built(self) -> int:
        """How many ingests of the lake are not in the published snapshot."""
        return self.lake_version - (self.published.lake_version if self.published else 0)

    @property
    def build_ended_at(self) -> datetime | None:
        """When the last build ended, if it has."""
        return instant(self.build.ended_at) if self.build and self.build.ended_at else None

    @property
    def published_at(self) -> datetime | None:
        """When the current snapshot was published."""
        return instant(self.published.published_at) if self.published else None

    def rows(self, name: str, *, days: int | None = None) -> Counter[str]:
        """The rows of accounts by feed or sender: ``rows_read``, ``rows_quarantined`` and so on; of the last days."""
        since = None if days is None else self.now - timedelta(days=days)
        counts: Counter[str] = Counter()
        for account in self.accounts:
            if since is None or instant(account.loaded_at) >= since:
                counts[account.feed] += getattr(account, name)
        return counts

    def quarantine_share(self, *, days: int | None = None, feed: str | None = None) -> float | None:
        """The share of delivered rows that was rejected; None where none were delivered."""
        read, rejected = self.rows("rows_read", days=days), self.rows("rows_quarantined", days=days)
        total = read[feed] if feed else read.total()
        return (rejected[feed] if feed else rejected.total()) / total if total else None


def instant(text: str) -> datetime:
    """An instant as records hold it: ISO 8601, UTC where it has no offset."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def look_at(settings: Settings, now: datetime | None = None) -> Operation:
    """Look at an environment now; what cannot be read is left out, and its trouble told."""
    troubles: list[str] = []
    lake = Lake(settings.lake)
    accounts: list[FileAccount] = []
    version, build, published = 0, None, None
    try:
        version, accounts = lake.version, lake.contents().accounts
    except (UserError, OSError) as error:
        troubles.append(str(error))
    try:
        build = last_build(settings)
    except (UserError, OSError) as error:
        troubles.append(str(error))
    try:
        published = find_snapshot(settings)
    except (UserError, OSError) as error:
        troubles.append(str(error))
    try:
        waiting = [found for file in waiting_files(settings) if (found := _changed(file))]
    except (UserError, OSError) as error:
        waiting = []
        troubles.append(str(error))
    disk = shutil.disk_usage(settings.home if settings.home.exists() else "/")
    return Operation(
        now=now or datetime.now(UTC),
        build=build,
        build_state=build_state(settings, build),
        published=published,
        lake_version=version,
        accounts=accounts,
        waiting_files=len(waiting),
        oldest_waiting=min(waiting, default=None),
        disk_free=disk.free,
        disk_size=disk.total,
        troubles=tuple(troubles),
    )


def build_state(settings: Settings, record: BuildRecord | None) -> BuildState:
    """A record without an end is that of a running build while its lock is held, of a killed one otherwise."""
    if record is None:
        return "none"
    if record.ended_at is None:
        return "running" if is_held(settings.locks / "build.lock") else "killed"
    return "failed" if record.failure else "succeeded"


def _changed(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError:
        return None
