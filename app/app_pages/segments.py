"""Segments: build by picking, see who is meant and what is at stake, save, take away.

Belongs here: the order of the page. Does not belong here: its parts (``app.parts.segment_builder`` and
``segment_actions``).
"""

from __future__ import annotations

from typing import Any

import streamlit as st
import yaml

from app import layout
from app.parts import segment_actions as actions
from app.parts import segment_builder as builder
from app.parts import slices
from app.queries import segments
from app.view import SnapshotView, current_view
from pipelines.activation.documents import Document
from pipelines.activation.store import find_segment, segment_names
from pipelines.settings import Settings

_NEW = "(new segment)"


def _open(name: str, conditions: list[dict[str, Any]]) -> None:
    """Show a saved segment, or a new one with the conditions that another page asked for."""
    if name == _NEW:
        builder.start(builder.new_tree(conditions))
        return
    tree: Any = find_segment(Settings(), name).document.conditions
    builder.start(builder.normalised(tree) if builder.is_pickable(tree) else tree)


def _asked_for(view: SnapshotView) -> list[dict[str, Any]]:
    """Conditions in the address: a slice of another page as a segment."""
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    return slices.conditions_of(asked, segments.attributes(view.file))


def _page(view: SnapshotView) -> None:
    names = [_NEW, *segment_names(Settings())]
    conditions = _asked_for(view)
    wanted = st.query_params.get("segment", _NEW)
    if actions.SAVED in st.session_state:
        wanted = st.session_state["segment-name"] = st.session_state[actions.SAVED][0]
        conditions = []
        st.query_params.clear()
        st.query_params["segment"] = wanted
    first = names.index(wanted) if wanted in names and "segment-name" not in st.session_state else 0
    name = st.selectbox("Segment", names, index=first, key="segment-name", width=320)
    if st.session_state.get("segment-shown") != (name, str(conditions)) or not builder.is_started():
        _open(name, conditions)
        st.session_state["segment-shown"] = (name, str(conditions))
    saved = find_segment(Settings(), name).document if name != _NEW else None
    if saved is not None and not builder.is_pickable(saved.conditions):
        st.info("This segment is nested deeper than can be picked: it is shown as it was written.")
        st.code(yaml.safe_dump(saved.conditions, sort_keys=False, allow_unicode=True), language="yaml")
        tree: Any = saved.conditions
    else:
        tree = builder.pick(view)
    label, words, owner = (saved.name, saved.description, saved.owner) if saved else ("new-segment", "New.", "me")
    document = Document(label, words, owner, tree)
    layout.section("Who is meant", "Counted on this snapshot, as the conditions are now.")
    if not actions.show_size(view, document):
        return
    actions.show_people(view, document)
    layout.section("Save", "Every save is a new version; an export names the version that it used.")
    actions.show_saving(document)
    layout.section("Take away", "Whoever may not be written to is left out, and the count and reason are recorded.")
    actions.show_export(view, document)
    layout.section("Compare", "Overlap with another segment, and size over time.")
    actions.show_comparison(view, document)
    with st.expander("As a document"):
        st.code(document.text(), language="yaml")
    layout.sources("activation.dim_customer_attributes")


page_view = current_view()
layout.page_header(
    page_view,
    "Segments",
    "Who exactly is meant, what is at stake, and who may be written to?",
    not_cut="a segment has conditions of its own, and a new one begins with those in the address",
)
if not layout.lacks(page_view, "activation.dim_customer_attributes"):
    _page(page_view)
