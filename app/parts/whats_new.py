"""What changed in the product and in its definitions, and what was noted of the business.

Belongs here: showing the lists. Does not belong here: the lists (``pipelines.readings.changes``, the feed
``annotations``).
"""

from __future__ import annotations

import re

import polars as pl
import streamlit as st

from app import address, formatting, layout, tables
from app.queries import notes
from app.view import SnapshotView
from pipelines.readings.changes import CHANGES, Change, DefinitionChange, definition_changes, read_changes

_PAGE = 12
# To a file beside the list of changes, which the server of the pages does not have.
_LINK_BESIDE = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")
_KINDS = {"all": "Everything", "definitions": "Definitions", "breaking": "Breaking", "notes": "Notes of the business"}


def show(view: SnapshotView) -> None:
    """The changes, the newest version first; those of numbers' definitions, those that break and notes alone."""
    kind = address.segments(
        "Which", list(_KINDS), key="changes", format_func=_KINDS.__getitem__, label_visibility="collapsed"
    )
    if kind == "notes":
        _notes(view)
        return
    search = address.search("Search in the changes", key="changes_search").lower()
    if kind == "definitions":
        _definitions([change for change in definition_changes() if search in _words(change).lower()])
    else:
        _changes(
            [
                change
                for change in read_changes(CHANGES)
                if search in change.text.lower() and (kind == "all" or change.is_breaking)
            ]
        )


def _definitions(changes: list[DefinitionChange]) -> None:
    if not changes:
        layout.empty_state("Nothing found", "Search for another word.")
        return
    st.caption("From its date on, a build gives the number as it is defined now, for all months.")
    for change in changes:
        with st.container(border=True):
            st.markdown(f"**{formatting.plain(change.number)}** since {formatting.day(change.changed_on)}")
            st.markdown(f"Before: {formatting.plain(change.before)}")
            st.markdown(f"Now: {formatting.plain(change.after)}")


def _changes(changes: list[Change]) -> None:
    if not changes:
        layout.empty_state("Nothing found", "Search for another word, or show everything.")
        return
    page = st.pagination(-(-len(changes) // _PAGE), key=f"changes-page-{hash(tuple(changes))}")
    version = None
    for change in changes[(page - 1) * _PAGE : page * _PAGE]:
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
        text = _LINK_BESIDE.sub(r"\1", change.text)
        st.markdown(f"- {marks}{text}")


def _notes(view: SnapshotView) -> None:
    """Every annotation whole, where charts have a bounded line of it on hover."""
    found = notes.annotated(view.file)
    if found.is_empty():
        layout.no_rows(view, "Nothing noted", "No launch, campaign, outage or change is noted.", "annotations")
        return
    tables.small_table(view, found.sort(pl.col("starts_on"), descending=True), name="notes", table="ops.annotations")


def _words(change: DefinitionChange) -> str:
    return f"{change.number} {change.before} {change.after}"
