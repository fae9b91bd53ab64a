"""Trials: how many convert, by the period in which they end and by cut.

Belongs here: the trial funnel. Does not belong here: what is due to renew (``app.parts.renewals``).
"""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from app import address, charts, definitions_of_retention, filters, layout, tables
from app.parts import metric_chart, metric_parts
from app.parts.totals import Totals
from app.view import SnapshotView
from pipelines.readings.metrics import dimensions_of, find_metric

_TRIALS = "retention.fct_trials"
_OUTCOMES = {
    "converted": ("Converted", charts.GREEN),
    "lost": ("Lost", charts.RUST),
    "undecided": ("Undecided", charts.AMBER),
    "running": ("Running", charts.GREY),
}
_NONE = "No subscription has begun with a trial so far."


def show(view: SnapshotView) -> None:
    """The funnel by period, its rate, and the rate by cut."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        metric_parts.show(
            view, "trials", "outcome", _OUTCOMES, key="trials", title="Trials by the period in which they end",
            explanation=definitions_of_retention.TRIALS, empty=_NONE,
        )  # fmt: skip
    with right:
        metric_chart.show(view, "trial_conversion_rate", key="conversion")
    layout.sources(_TRIALS)
    if _TRIALS in layout.tables_of(view):
        _by_cut(view)


@st.fragment
def _by_cut(view: SnapshotView) -> None:
    layout.section("Conversion by cut", "Of all decided trials together. " + definitions_of_retention.TRIALS)
    known = dimensions_of(find_metric("ended_trials"))
    dimension = address.segments(
        "Cut by", [name for name in filters.DIMENSIONS if name in known], key="trial_cut",
        format_func=filters.DIMENSIONS.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    settled = view.as_of_date - timedelta(days=find_metric("trial_conversion_rate").settles_after_days + 1)
    of = Totals(
        view, "ended_trials", ("converted_trials", "trial_conversion_rate"),
        filters.current_filters().first or date.min, settled,
    )  # fmt: skip
    of.say()
    rows = of.by(dimension)
    if rows.is_empty():
        layout.no_rows(
            view, "No decided trials", "The cut appears when the first trials are decided.", "subscription_events"
        )
    else:
        rows = rows.sort("ended_trials", dimension, descending=[True, False])
        tables.small_table(
            view, rows.rename({"trial_conversion_rate": "conversion_rate"}), name=f"trials-by-{dimension}"
        )
