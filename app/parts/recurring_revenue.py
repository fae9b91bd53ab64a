"""MRR and subscriptions by day, and by month and cut.

Belongs here: the level of MRR over time. Does not belong here: its movements (``app.parts.movements``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import (
    address,
    charts,
    charts_of_series,
    definitions,
    definitions_of_retention,
    filters,
    formatting,
    layout,
    tables,
)
from app import definitions_of_revenue as words_of_revenue
from app.parts import metric_parts
from app.queries import choices, revenue_cuts
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
_MEASURES = {"mrr": "MRR", "paying_customers": "Paying customers"}


def show(view: SnapshotView) -> None:
    """The days, then the months by cut."""
    if not layout.lacks(view, _DAILY):
        _by_day(view)
    if not layout.lacks(view, _CUT):
        _by_cut(view)


@st.fragment
def _by_day(view: SnapshotView) -> None:
    layout.section("MRR by day", f"{definitions.MRR} **Committed**: {words_of_revenue.COMMITTED_MRR}")
    filters.say("MRR by day is kept of everybody, with what is set to cancel; by the filters it is on Explore")
    days = revenue_cuts.days(view.file)
    if days.is_empty():
        layout.no_rows(
            view, "No subscriptions yet", "No subscription had begun by the as-of instant.", "subscription_events"
        )
        return
    span = st.segmented_control(
        "Days", list(_SPANS), default=365, required=True, format_func=lambda days: _SPANS[days], key="day-span",
        label_visibility="collapsed",
    )  # fmt: skip
    shown = days.tail(span or 365)
    title = f"MRR ({view.currency})"
    layout.chart(charts_of_series.lines_by_day(shown, "close_date", _MRR, title, ",.2f", from_zero=False))
    layout.section("Subscriptions by day", words_of_revenue.ACTIVE_SUBSCRIPTIONS)
    layout.chart(charts_of_series.lines_by_day(shown, "close_date", _SUBSCRIPTIONS, "Subscriptions", ",d"))
    st.caption("What moved a day of MRR, and whose it is, opens by a click in the chart by cut below, by days.")
    with st.expander("Show MRR by day", icon=":material/receipt_long:", key="days", on_change="rerun") as opened:
        if opened.open:
            tables.small_table(view, shown.sort("close_date", descending=True), name="mrr-by-day", table=_DAILY)
    layout.sources(_DAILY)


def _by_cut(view: SnapshotView) -> None:
    dimensions = revenue_cuts.dimensions(view.file)
    if not dimensions:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        dimension: str = address.segments(
            "Cut by", dimensions, key="mrr_cut",
            format_func=lambda name: definitions_of_retention.CUTS.get(name, formatting.words(name)),
        )  # fmt: skip
        measure: str = address.segments(
            "Measure", list(_MEASURES), key="mrr_measure", format_func=_MEASURES.__getitem__
        )
    values = revenue_cuts.values(view.file, dimension)
    words = choices.words(view.file, dimension, values)
    metric_parts.show(
        view, measure, dimension, metric_parts.leading(values, words), key="mrr-cut",
        title=f"{_MEASURES[measure]} by {definitions_of_retention.CUTS.get(dimension, dimension).lower()}",
        explanation=definitions_of_retention.CUT, empty="No subscription has had a recurring price above 0 so far.",
    )  # fmt: skip
    _cut_by_month(view, dimension, words)


@st.fragment
def _cut_by_month(view: SnapshotView, dimension: str, words: dict[str, str]) -> None:
    rows = revenue_cuts.by_dimension(view.file, dimension).with_columns(pl.col("dimension_value").replace(words))
    newest = rows.filter(pl.col("month") == rows["month"].max())
    so_far = "" if newest["is_complete"].all() else " so far"
    layout.section(f"{formatting.month(newest['month'][0])}{so_far}", words_of_revenue.ACTIVE_SUBSCRIPTIONS)
    filters.say("the table is kept by month and cut")
    tables.show_table(
        view,
        newest.sort("closing_mrr", descending=True).select(
            "dimension_value", "opening_mrr", "closing_mrr", "closing_customers", "active_subscriptions"
        ),
        table=_CUT,
    )
    with st.expander("Show all months", icon=":material/receipt_long:", key="cut-months", on_change="rerun") as opened:
        if opened.open:
            tables.small_table(view, rows.sort("month", descending=True), name=f"mrr-by-{dimension}", table=_CUT)
    with st.expander("Show all days", icon=":material/receipt_long:", key="cut-days", on_change="rerun") as opened:
        if opened.open and not layout.lacks(view, _CUT_DAYS):
            st.caption("A row for each day on which the value moved; it stays until the next.")
            tables.browse(view, revenue_cuts.days_by_dimension(dimension), name=f"mrr-days-{dimension}", empty="None.")
    layout.sources(_CUT, _CUT_DAYS)
