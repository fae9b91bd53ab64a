"""MRR and subscriptions by day, and by month and cut.

Belongs here: the level of MRR over time. Does not belong here: its movements (``app.parts.movements``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts, charts_of_series, definitions, definitions_of_retention, filters, formatting, layout
from app import definitions_of_revenue as words
from app.queries import revenue_cuts
from app.view import SnapshotView

_DAILY = "revenue.fct_mrr_daily"
_CUT = "revenue.fct_mrr_by_dimension"
_CUT_DAYS = "revenue.fct_mrr_daily_by_dimension"
_SPANS = {90: "90 days", 365: "One year", 100_000: "All days"}
_MRR = {"closing_mrr": ("MRR", charts.BLUE), "committed_mrr": ("Committed MRR", charts.GREEN)}
_SUBSCRIPTIONS = {
    "active_subscriptions": ("active", charts.BLUE),
    "grace_subscriptions": ("in grace", charts.AMBER),
    "trial_subscriptions": ("trial", charts.SKY),
    "on_hold_subscriptions": ("on hold", charts.RUST),
    "paused_subscriptions": ("paused", charts.GREEN),
}
_MEASURES = {
    "closing_mrr": ("MRR", ",.2f"),
    "active_subscriptions": ("Active subscriptions", ",d"),
}


def show(view: SnapshotView) -> None:
    """The days, then the months by cut."""
    if not layout.lacks(view, _DAILY):
        _by_day(view)
    if not layout.lacks(view, _CUT):
        _by_cut(view)


@st.fragment
def _by_day(view: SnapshotView) -> None:
    layout.section("MRR by day", f"{definitions.MRR} **Committed**: {words.COMMITTED_MRR}")
    filters.say("MRR by day is kept of everybody, with what is set to cancel; by the filters it is on Explore")
    days = revenue_cuts.days(view.file)
    if days.is_empty():
        layout.empty_state("No subscriptions yet", "Ingest subscription events, then build again.")
        return
    span = st.segmented_control(
        "Days", list(_SPANS), default=365, required=True, format_func=lambda days: _SPANS[days], key="day-span",
        label_visibility="collapsed",
    )  # fmt: skip
    shown = days.tail(span or 365)
    title = f"MRR ({view.currency})"
    layout.chart(charts_of_series.lines_by_day(shown, "close_date", _MRR, title, ",.2f", from_zero=False))
    layout.section("Subscriptions by day", words.ACTIVE_SUBSCRIPTIONS)
    layout.chart(charts_of_series.lines_by_day(shown, "close_date", _SUBSCRIPTIONS, "Subscriptions", ",d"))
    with st.expander("Show MRR by day", icon=":material/receipt_long:", key="days", on_change="rerun") as opened:
        if opened.open:
            layout.small_table(view, shown.sort("close_date", descending=True), name="mrr-by-day", table=_DAILY)
    layout.sources(_DAILY)


@st.fragment
def _by_cut(view: SnapshotView) -> None:
    layout.section("By month and cut", definitions_of_retention.CUT)
    filters.say("each cut is kept by month, by itself; several at once are on Explore")
    dimensions = revenue_cuts.dimensions(view.file)
    if not dimensions:
        layout.empty_state("No recurring revenue yet", "Ingest subscription events with a price, then build again.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        dimension = st.segmented_control(
            "Cut by",
            dimensions,
            default=dimensions[0],
            required=True,
            format_func=lambda name: definitions_of_retention.CUTS.get(name, formatting.words(name)),
            key="mrr-cut",
        )
        measure = st.segmented_control(
            "Measure",
            list(_MEASURES),
            default="closing_mrr",
            required=True,
            format_func=lambda name: _MEASURES[name][0],
            key="mrr-measure",
            help=words.ACTIVE_SUBSCRIPTIONS,
        )
    dimension, measure = dimension or dimensions[0], measure or "closing_mrr"
    rows = revenue_cuts.by_dimension(view.file, dimension)
    leading = charts_of_series.leading_values(rows, "closing_mrr", list(_MEASURES), ["month", "is_complete"])
    name, number = _MEASURES[measure]
    title = f"{name} ({view.currency})" if measure == "closing_mrr" else name
    layout.chart(charts_of_series.stacked_by_month(leading, measure, title, number=number))
    newest = rows.filter(pl.col("month") == rows["month"].max())
    if not newest["is_complete"].all():
        st.caption(f"Fainter bars: {formatting.month(newest['month'][0])} so far.")
    layout.show_table(
        view,
        newest.sort("closing_mrr", descending=True).select(
            "dimension_value", "opening_mrr", "closing_mrr", "closing_customers", "active_subscriptions"
        ),
        table=_CUT,
    )
    with st.expander("Show all months", icon=":material/receipt_long:", key="cut-months", on_change="rerun") as opened:
        if opened.open:
            layout.small_table(view, rows.sort("month", descending=True), name=f"mrr-by-{dimension}", table=_CUT)
    with st.expander("Show all days", icon=":material/receipt_long:", key="cut-days", on_change="rerun") as opened:
        if opened.open and not layout.lacks(view, _CUT_DAYS):
            st.caption("A row for each day on which the value moved; it stays until the next.")
            layout.browse(view, revenue_cuts.days_by_dimension(dimension), name=f"mrr-days-{dimension}", empty="None.")
    layout.sources(_CUT, _CUT_DAYS)
