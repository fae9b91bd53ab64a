"""What changed in the product and in its definitions, from the list of changes that comes with it.

Belongs here: showing the list. Does not belong here: the list (``CHANGELOG.md``).
"""

from __future__ import annotations

import streamlit as st

from app import address, layout
from app.view import SnapshotView
from pipelines.readings.changes import CHANGES, Change, read_changes

_KINDS = {"all": "Everything", "definitions": "Definitions", "breaking": "Breaking"}


def show(_: SnapshotView) -> None:
    """The changes, the newest version first; those of numbers' definitions and those that break can be had alone."""
    changes = read_changes(CHANGES)
    kind = address.segments(
        "Which", list(_KINDS), key="changes", format_func=_KINDS.__getitem__, label_visibility="collapsed"
    )
    search = address.search("Search in the changes", key="changes_search").lower()
    kept = [change for change in changes if _is_of(change, kind) and search in change.text.lower()]
    if not kept:
        layout.empty_state("Nothing found", "Search for another word, or show everything.")
        return
    st.caption("A number that changed because its definition did says what it was and what it is.")
    version = None
    for change in kept:
        if change.version != version:
            version = change.version
            st.markdown(f"**{version}**")
        marks = "".join(
            f":{colour}-badge[{words}] "
            for words, colour, holds in (
                ("Breaking", "red", change.is_breaking),
                ("Definition", "orange", change.is_definition),
            )
            if holds
        )
        st.markdown(f"- {marks}{change.text}")


def _is_of(change: Change, kind: str) -> bool:
    return {"definitions": change.is_definition, "breaking": change.is_breaking}.get(kind, True)
