"""Projected survival: how many of those who start a fitted model expects to stay, and how its check went.

Belongs here: the projection of a segment. Does not belong here: the survival observed by day (``app.parts.survival``).
"""

from __future__ import annotations

import streamlit as st

from app import charts_of_retention, definitions_of_retention, filters, formatting, layout, tables
from app.queries import projections, snapshot
from app.view import SnapshotView
from pipelines.readings.projections import TABLES, sentence

_PROJECTIONS = "scoring.fct_cohort_projections"
_MODELS = "scoring.lifetime_models"
_EVERYBODY = ("all", "(all)")


def show(view: SnapshotView) -> None:
    """The projection of a segment; where there is none the sentence why. Nothing of a snapshot from before."""
    if not snapshot.tables(view.file) >= TABLES:
        return
    layout.section("Projected", definitions_of_retention.PROJECTION)
    models = {(row["dimension"], row["dimension_value"]): row for row in projections.segments(view.file).to_dicts()}
    if not models:
        notes = " ".join(projections.notes(view.file, _EVERYBODY[0])["note"])
        layout.empty_state("No projection", notes or "Projections begin when enough customers were followed.")
        return
    segment = st.selectbox("Projection of", list(models), format_func=_name, key="projection-of", width=320)
    rows = projections.shares(view.file, *segment)
    st.markdown(formatting.plain(sentence(models[segment], rows.to_dicts())))
    layout.chart(
        charts_of_retention.projection(rows),
        alt=f"Observed and projected share who pay without a break, {rows.height} periods",
    )
    if filters.current_filters().words([*filters.DIMENSIONS, "segment"]):
        st.caption("The filters above the page are not applied to the projection: it is of everybody in its segment.")
    _details(view, segment)
    layout.sources(_PROJECTIONS)


def _name(segment: tuple[str, str]) -> str:
    dimension, value = segment
    return "Everybody" if segment == _EVERYBODY else f"{definitions_of_retention.CUTS[dimension]}: {value}"


def _details(view: SnapshotView, segment: tuple[str, str]) -> None:
    with st.expander(
        "Show the projection and its model", icon=":material/receipt_long:", key="projection", on_change="rerun"
    ) as opened:
        if not opened.open:
            return
        rows = projections.shares(view.file, *segment)
        tables.small_table(view, rows, name="projection", table=_PROJECTIONS)
        tables.small_table(view, projections.segments(view.file), name="lifetime-models", table=_MODELS)
        for note in projections.notes(view.file, segment[0]).to_dicts():
            st.caption(f"{formatting.verbatim(note['dimension_value'])}: {formatting.plain(note['note'])}")
