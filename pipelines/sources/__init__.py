"""Senders: one module each, that says in SQL how delivered rows become canonical ones.

Belongs here: what a sender's fields mean, and what it cannot know. Does not belong here: files, rules, Dagster.
"""

from __future__ import annotations

from pipelines.errors import UserError
from pipelines.sources import canonical, kkbox, periods
from pipelines.sources.base import Source

SOURCES: dict[str, Source] = {source.name: source for source in (canonical.SOURCE, kkbox.SOURCE, periods.SOURCE)}


def find_source(name: str) -> Source:
    """The sender called ``name``; raises ``UserError`` that lists the known ones."""
    if name not in SOURCES:
        raise UserError(f"There is no source {name!r}: choose one of {', '.join(SOURCES)}.")
    return SOURCES[name]
