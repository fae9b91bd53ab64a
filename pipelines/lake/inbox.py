"""The inbox: files that wait under ``CHURNIQ_HOME/landing``, by feed or by source, until the next build takes them.

Belongs here: which files wait, and emptying the inbox after they are safe. Does not belong here: ingesting.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipelines.contract import FEEDS
from pipelines.lake.ingest import ingest
from pipelines.lake.store import FileAccount
from pipelines.settings import Settings
from pipelines.sources import SOURCES


def waiting_files(settings: Settings) -> list[Path]:
    """The files in the inbox, sorted; hidden files are still being written."""
    return sorted(
        file
        for file in settings.landing.rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(settings.landing).parts)
    )


def ingest_inbox(settings: Settings, progress: Callable[[str], None]) -> list[FileAccount]:
    """Ingest the inbox folder by folder and remove what was landed; the lake keeps its bytes."""
    accounts: list[FileAccount] = []
    senders = {source.name: source.name for source in SOURCES.values() if source.mappings}
    for folder, source in {**dict.fromkeys(FEEDS, "canonical"), **senders}.items():
        path = settings.landing / folder
        files = [file for file in waiting_files(settings) if file.is_relative_to(path)]
        if files:
            accounts.extend(ingest(settings, path, source_name=source, progress=progress).accounts)
            for file in files:
                file.unlink()
    return accounts
