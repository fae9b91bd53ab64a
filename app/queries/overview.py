"""The overview of a snapshot, gathered once.

Belongs here: keeping the answer. Does not belong here: the gathering (``pipelines.readings.overview``).
"""

from __future__ import annotations

import streamlit as st

from app.connection import open_snapshot_file
from pipelines.readings.insights import Facts
from pipelines.readings.overview import gather, still_to_come
from pipelines.settings import Settings


def facts(file: str) -> Facts:
    """The headline numbers, what changed and whom to act on; segments as they are saved now."""
    settings = Settings()
    return _facts(file, tuple(sorted((str(path), path.stat().st_mtime_ns) for path in settings.segments.glob("*"))))


@st.cache_data(max_entries=20, show_spinner="Looking at what changed")
def _facts(file: str, segments: tuple[tuple[str, int], ...]) -> Facts:  # noqa: ARG001 - new segments, new answer
    with open_snapshot_file(file) as connection:
        return gather(Settings(), connection)


@st.cache_data(max_entries=20, show_spinner=False)
def caution(file: str, currency: str) -> str | None:
    """What has to be said of the newest months' churn, if anything."""
    with open_snapshot_file(file) as connection:
        return still_to_come(connection, currency)
