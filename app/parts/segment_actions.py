"""What is done with a segment: see it, save it, compare it, take it away.

Belongs here: the parts beside the builder. Does not belong here: picking conditions (``segment_builder``).
"""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import streamlit as st

from app import exports, formatting, layout, tables
from app.parts.segment_builder import is_as_saved
from app.queries import segments
from app.view import SnapshotView
from pipelines.activation.documents import Document
from pipelines.activation.layouts import LAYOUTS
from pipelines.activation.store import find_segment, save_segment, segment_names
from pipelines.errors import UserError
from pipelines.settings import Settings

SAVED = "segment-saved"
"""The name of the segment that was just saved, and what to say of it: the page opens it, ready to be taken away."""


def show_size(view: SnapshotView, document: Document) -> bool:
    """How many and how much; whether the segment can be used, with the sentence if it cannot."""
    try:
        found = segments.size(view.file, document.text())
    except UserError as error:
        st.warning(formatting.plain(str(error)), icon=":material/rule:")
        return False
    tiles = layout.tiles(4)
    layout.tile(tiles, "People", formatting.count(found["customers"]), f"{formatting.percent(found['share'])} of all")
    layout.tile(tiles, "With consent", formatting.count(found["with_consent"]))
    layout.tile(tiles, "MRR", formatting.money(found["mrr"], view.currency))
    layout.tile(tiles, "Expected loss", formatting.money(found["expected_loss"], view.currency))
    return True


def show_people(view: SnapshotView, document: Document) -> None:
    """The first people, those most at risk first."""
    frame = segments.preview(view.file, document.text(), 20)
    if frame.is_empty():
        layout.empty_state("Nobody", "No customer meets these conditions.", icon=":material/search_off:")
    else:
        tables.show_table(view, frame)


def show_saving(document: Document) -> None:
    """Name, description, owner, and the button; what the last save said."""
    with st.form("save-segment", border=False):
        columns = st.columns([2, 3, 2], vertical_alignment="bottom")
        name = columns[0].text_input("Name", document.name, help="Small letters, digits, hyphens.")
        description = columns[1].text_input("Description", document.description)
        owner = columns[2].text_input("Owner", document.owner)
        if st.form_submit_button("Save", icon=":material/save:"):
            _save(Document(name, description, owner, document.conditions))
    saved, said = st.session_state.pop(SAVED, ("", ""))
    if saved == document.name:
        st.success(said, icon=":material/check:")


def _save(document: Document) -> None:
    from pipelines.activation.documents import read_document

    try:
        version, is_new = save_segment(Settings(), read_document(document.text(), "This segment"))
    except UserError as error:
        st.error(formatting.plain(str(error)))
        return
    said = f"Saved {document.name} version {version.number}." if is_new else "Nothing changed since the last version."
    st.session_state[SAVED] = (version.document.name, said)
    st.rerun()


def show_comparison(view: SnapshotView, document: Document) -> None:
    """Who is in another segment as well, and the size over time."""
    settings = Settings()
    others = [name for name in segment_names(settings) if name != document.name]
    other = st.selectbox("Overlap with", others, index=None, placeholder="Another segment", key="segment-overlap")
    if other:
        shared = segments.overlap(view.file, document.text(), find_segment(settings, other).document.text())
        tiles = layout.tiles(len(shared))
        for where, count in shared.items():
            layout.tile(tiles, where.capitalize(), formatting.count(count))
    sizes = segments.sizes_over_time(settings, document.name)
    if sizes.height > 1:
        chart = alt.Chart(sizes.select("as_of", "customers")).mark_line(point=True)
        layout.chart(chart.encode(x=alt.X("as_of:T", title=None), y=alt.Y("customers:Q", title="People")))
    elif sizes.height:
        st.caption(f"{sizes['customers'][0]:,} people at the one build that has recorded it; a chart needs two.")
    else:
        st.caption("Its size over time is recorded by each build once it is saved.")


def show_export(view: SnapshotView, document: Document) -> None:
    """Layout, purpose, campaign and holdout, and the button that makes the file."""
    if not view.is_current:
        st.caption("Only the current snapshot can be exported.")
        return
    if document.name not in segment_names(Settings()):
        st.caption("Save the segment first: an export names the version it used.")
        return
    if not is_as_saved(find_segment(Settings(), document.name).document.conditions, document.conditions):
        st.warning("These conditions are not saved: the export takes the newest saved version.")
    columns = st.columns(4, vertical_alignment="bottom")
    chosen = columns[0].selectbox(
        "Layout", list(LAYOUTS), format_func=lambda name: LAYOUTS[name].title, key="segment-layout"
    )
    purpose = columns[1].selectbox(
        "Purpose",
        ["marketing", "service"],
        key="segment-purpose",
        help="Marketing needs consent; a service message does not.",
    )
    campaign = columns[2].text_input("Campaign", key="segment-campaign", help="Records who is sent and held back.")
    holdout = columns[3].number_input("Held out", 0.01, 0.9, 0.1, 0.01, key="segment-holdout", disabled=not campaign)
    request = replace(
        exports.request_for(view, document.name, chosen),
        purpose=purpose,
        campaign=campaign or None,
        holdout=float(holdout) if campaign else None,
    )
    exports.export_segment(
        request,
        label="Export",
        help_text="The file that churniq export writes: those who may be written to, less those held out.",
    )
