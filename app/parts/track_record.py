"""What came of published scores, and how far the world has moved since.

Belongs here: the live track record and drift. Does not belong here: the backtest, and the scores themselves (the page).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts_of_people, layout, tables
from app.queries import scoring, snapshot
from app.view import SnapshotView

_TABLES = {"scoring.score_track_record", "scoring.score_track_bins", "scoring.score_drift"}
_RECORD = (
    "Scores as they were published, joined with what came once their horizon was over. Settled: nothing but a "
    "correction can change the outcome any more. The first row is of all settled days together."
)
_DRIFT = (
    "The population stability index against a horizon ago: below 0.1 is usual, above 0.25 the people are others than "
    "those the model knows, or a feed has stopped."
)


@st.fragment
def show_track_record(view: SnapshotView) -> None:
    """An expander with both; what is read is only read once it is opened."""
    with st.expander(
        "What came of the scores that were published?", icon=":material/history:", key="track", on_change="rerun"
    ) as expander:
        if not expander.open:
            return
        if not snapshot.tables(view.file) >= _TABLES:
            layout.empty_state("No track record", "This snapshot was built before scores were recorded: build again.")
            return
        layout.section("Published scores and their outcomes", _RECORD)
        record = scoring.track_record(view.file)
        if record.is_empty():
            layout.empty_state("No outcome yet", "It comes once a horizon has passed since the first published scores.")
        else:
            tables.show_table(view, record)
            bins = scoring.track_bins(view.file)
            if not bins.is_empty():
                st.altair_chart(charts_of_people.calibration(bins), width=560)
        layout.section("Drift", _DRIFT)
        moved = scoring.drift(view.file)
        if moved.is_empty():
            layout.empty_state("Nothing to compare with", "It takes a feature day a horizon ago.")
        else:
            tables.show_table(view, moved.with_columns(pl.col("stability_index").round(3)))
