"""A month in two published snapshots.

Belongs here: asking, once a pair of snapshots. Does not belong here: the comparison
(``pipelines.readings.restatement``).
"""

from __future__ import annotations

from datetime import date

import streamlit as st

from pipelines.publishing.snapshots import Pointer, published_pointers
from pipelines.readings.restatement import Restatement, restate
from pipelines.settings import Settings


def earlier_snapshots(settings: Settings, now: Pointer) -> list[Pointer]:
    """The snapshots as of an instant before that of another, the newest first."""
    earlier = [pointer for pointer in published_pointers(settings) if pointer.as_of_instant < now.as_of_instant]
    return sorted(earlier, key=lambda pointer: pointer.as_of_instant, reverse=True)


@st.cache_data(max_entries=50, show_spinner="Comparing the two snapshots")
def restatement(_settings: Settings, month: date, then: Pointer, now: Pointer) -> Restatement:
    """A month as known to one snapshot and to another."""
    return restate(_settings, month, then, now)
