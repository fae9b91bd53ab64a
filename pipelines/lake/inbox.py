"""The inbox: files that wait under ``CHURNIQ_HOME/landing``, by feed or by source, until the next build takes them.

Belongs here: which files wait, and emptying the inbox after they are safe. Does not belong here: ingesting.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipelines.contract.feeds import FEEDS
from pipelines.lake.files import regular_files
from pipelines.lake.ingest import ingest
from pipelines.lake.store import FileAccount
from pipelines.settings import Settings
from pipelines.sources import SOURCES
from pipelines.sources.mapping_file import registered_mappings


def waiting_files(settings: Settings) -> list[Path]:
    """The files in the inbox, folder by folder, sorted; hidden files are still being written."""
    return [file for folder in _senders(settings) for file in _waiting(settings, folder)]


def ingest_inbox(settings: Settings, progress: Callable[[str], None]) -> list[FileAccount]:
    """Ingest the inbox folder by folder and remove what was landed; the lake keeps its bytes."""
    accounts: list[FileAccount] = []
    for folder, source in _senders(settings).items():
        files = _waiting(settings, folder)
        if files:
            result = ingest(settings, settings.landing / folder, source_name=source, progress=progress)
            accounts.extend(result.accounts)
            for file in files:
                file.unlink()
    return accounts


def _senders(settings: Settings) -> dict[str, str]:
    """The folders of the inbox and who is taken to have filled each: a feed's name, or that of a source."""
    sources = {source.name: source.name for source in SOURCES.values() if source.mappings}
    return {**dict.fromkeys(FEEDS, "canonical"), **sources, **{name: name for name in registered_mappings(settings)}}


def _waiting(settings: Settings, folder: str) -> list[Path]:
    return sorted(regular_files(settings.landing / folder))
