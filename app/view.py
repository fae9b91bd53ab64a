"""Which snapshot the reader looks at.

Belongs here: choosing among the published snapshots and remembering the choice for the run of a page.
Does not belong here: reading a snapshot (``app.queries``), drawing (``app.layout``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import streamlit as st

from app.queries import snapshot
from pipelines.publishing.snapshots import Pointer, find_snapshot
from pipelines.settings import Settings

_KEY = "view"


@dataclass(frozen=True)
class SnapshotView:
    """One published snapshot as pages see it; instants are UTC without an offset."""

    file: str
    as_of: datetime
    as_of_date: date
    published_at: datetime
    currency: str
    timezone: str
    is_current: bool
    pointer: Pointer


def open_view(settings: Settings, pointer: Pointer, *, is_current: bool) -> SnapshotView:
    """The view of a snapshot, remembered for the page that runs next."""
    file = str(Path(settings.published / pointer.file))
    info = snapshot.build_info(file)
    view = SnapshotView(
        file=file,
        as_of=pointer.as_of_instant,
        as_of_date=info["as_of_date"],
        published_at=datetime.fromisoformat(pointer.published_at),
        currency=str(info["reporting_currency"]),
        timezone=str(info["timezone"]),
        is_current=is_current,
        pointer=pointer,
    )
    st.session_state[_KEY] = view
    return view


def current_view() -> SnapshotView:
    """The view that the entry point opened for this run."""
    view = st.session_state[_KEY]
    assert isinstance(view, SnapshotView)  # noqa: S101 - the entry point runs before every page
    return view


def open_other(as_of: str) -> str:
    """The file of the published snapshot as of an instant, as the comparison in the address names it."""
    settings = Settings()
    found = find_snapshot(settings, datetime.fromisoformat(as_of))
    return str(settings.published / found.file)
