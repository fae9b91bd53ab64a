"""Trials: how many convert, by the month in which they end and by cut.

Belongs here: the trial funnel. Does not belong here: what is due to renew (``app.parts.renewals``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts, charts_of_series, definitions_of_retention, formatting, layout
from app.queries import renewals, snapshot
from app.view import SnapshotView

_FUNNEL = "retention.fct_trial_funnel"
_BY_CUT = "retention.fct_trial_funnel_by_dimension"
_PARTS = {
    "converted_trials": ("converted", charts.GREEN),
    "lost_trials": ("lost", charts.RUST),
    "undecided_trials": ("undecided", charts.AMBER),
    "running_trials": ("running", charts.GREY),
}
_RATE = {"conversion_rate": ("Converted", charts.GREEN)}


def show(view: SnapshotView) -> None:
    """The funnel by month, its rate, and the rate by cut."""
    layout.section("Trials by the month in which they end", definitions_of_retention.TRIALS)
    if layout.lacks(view, _FUNNEL):
        return
    months = renewals.trials(view.file)
    if months.is_empty():
        layout.empty_state("No trials", "Trials appear with the first subscription that begins with one.")
        return
    names = {field: name for field, (name, _) in _PARTS.items()}
    parts = months.unpivot(list(_PARTS), index=["month", "is_complete"], variable_name="part", value_name="trials")
    parts = parts.with_columns(pl.col("part").replace(names))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        layout.chart(
            charts_of_series.stacked_by_month(
                parts, "trials", "Trials", dict(_PARTS.values()), unfinished="not all decided"
            )
        )
    with right:
        decided = months.filter("is_complete").filter(pl.col("conversion_rate").is_not_null())
        if decided.is_empty():
            layout.empty_state("No conversion rate yet", "It appears when all trials of a month are decided.")
        else:
            layout.chart(charts_of_series.lines_by_month(decided, _RATE, "Converted of ended trials"))
    st.caption("Fainter bars: months that are not over or whose trials are not all decided.")
    with st.expander("Show trials by month", icon=":material/receipt_long:", key="trials", on_change="rerun") as opened:
        if opened.open:
            layout.small_table(view, months.sort("month", descending=True), name="trials-by-month", table=_FUNNEL)
    layout.sources(_FUNNEL)
    if _BY_CUT in snapshot.tables(view.file):
        _by_cut(view)


@st.fragment
def _by_cut(view: SnapshotView) -> None:
    layout.section("Conversion by cut", "Of all complete months together. " + definitions_of_retention.TRIALS)
    dimensions = renewals.trial_dimensions(view.file)
    dimension = st.segmented_control(
        "Cut by",
        dimensions,
        default=dimensions[0] if dimensions else None,
        required=bool(dimensions),
        format_func=lambda name: definitions_of_retention.CUTS.get(name, formatting.words(name)),
        key="trial-cut",
        label_visibility="collapsed",
    )
    values = renewals.trials_by_dimension(view.file, dimension or "")
    if values.is_empty():
        layout.empty_state("No complete month yet", "The cut appears when all trials of a month are decided.")
    else:
        layout.small_table(view, values, name=f"trials-by-{dimension}", table=_BY_CUT)
    layout.sources(_BY_CUT)
