"""Renewals: what is due ahead, and how subscriptions set to cancel came and went.

Belongs here: intent to renew or to leave. Does not belong here: what has churned (``app.parts.churn``).
"""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from app import charts, charts_of_series, definitions_of_retention, formatting, layout
from app.queries import renewals
from app.view import SnapshotView

_CALENDAR = "retention.fct_renewals_calendar"
_HISTORY = "retention.fct_set_to_cancel_daily"
_SPANS = {30: "30 days", 90: "90 days", 400: "A year and more"}
_DUE_MRR = {
    "due_to_renew_mrr": ("due to renew", charts.BLUE),
    "set_to_cancel_mrr": ("set to cancel", charts.RUST),
}
_MEASURES = {"subscriptions": ("Subscriptions", ",d"), "mrr": ("MRR", ",.2f")}


def show(view: SnapshotView) -> None:
    """The calendar ahead and the history of intent."""
    if not layout.lacks(view, _CALENDAR):
        _calendar(view)
    if not layout.lacks(view, _HISTORY):
        _set_to_cancel(view)


@st.fragment
def _calendar(view: SnapshotView) -> None:
    layout.section("Renewals ahead", definitions_of_retention.RENEWALS)
    span = st.segmented_control(
        "Ahead", list(_SPANS), default=30, required=True, format_func=lambda days: _SPANS[days], key="ahead",
        label_visibility="collapsed",
    )  # fmt: skip
    days = renewals.renewals(view.file, span or 30)
    if days.is_empty():
        layout.empty_state("Nothing is due", "No paying subscription or trial has a period that ends in these days.")
        return
    columns = st.columns(4)
    total = days.select(pl.col(pl.Int64).sum(), pl.selectors.decimal().sum()).row(0, named=True)
    columns[0].metric("Subscriptions due", formatting.count(total["due_subscriptions"]), border=True)
    columns[1].metric("MRR due", formatting.money(total["due_mrr"], view.currency), border=True)
    columns[2].metric(
        "Of it set to cancel",
        formatting.money(total["set_to_cancel_mrr"], view.currency),
        formatting.plural(total["set_to_cancel_subscriptions"], "subscription"),
        delta_color="off",
        delta_arrow="off",
        border=True,
    )
    columns[3].metric("Trials ending", formatting.count(total["ending_trials"]), border=True)
    shown = days.with_columns(due_to_renew_mrr=pl.col("due_mrr") - pl.col("set_to_cancel_mrr"))
    layout.chart(charts_of_series.stacked_by_day(shown, "due_date", _DUE_MRR, f"MRR due ({view.currency})", ",.2f"))
    with st.expander("Show the calendar", icon=":material/receipt_long:", key="calendar", on_change="rerun") as opened:
        if opened.open:
            layout.small_table(view, days, name="renewals", table=_CALENDAR)
    _due_rows(view, days["due_date"].to_list())
    layout.sources(_CALENDAR)


def _due_rows(view: SnapshotView, days: list[date]) -> None:
    with st.expander(
        "Show the subscriptions due on a day", icon=":material/receipt_long:", key="due-rows", on_change="rerun"
    ) as opened:
        if not opened.open:
            return
        chosen = st.selectbox("Day", days, format_func=formatting.day, key="due-day", width=220)
        rows = renewals.due_subscriptions(chosen, view.timezone)
        layout.browse_customers(view, rows, name=f"due-{chosen:%Y-%m-%d}", empty="Only trials end on this day.")


@st.fragment
def _set_to_cancel(view: SnapshotView) -> None:
    layout.section("Set to cancel", definitions_of_retention.SET_TO_CANCEL)
    days = renewals.set_to_cancel(view.file)
    if days.is_empty():
        layout.empty_state("No subscriptions yet", "The history begins with the first subscription.")
        return
    measure = st.segmented_control(
        "Measure",
        list(_MEASURES),
        default="subscriptions",
        required=True,
        format_func=lambda name: _MEASURES[name][0],
        key="intent",
        label_visibility="collapsed",
    )
    name, hover = _MEASURES[measure or "subscriptions"]
    title = name if measure == "subscriptions" else f"{name} ({view.currency})"
    fields = {f"closing_{measure}": ("set to cancel", charts.RUST)}
    layout.chart(charts_of_series.lines_by_day(days, "close_date", fields, title, hover))
    st.markdown("**How they came and went, the last 90 days**")
    flows = days.tail(90).with_columns(
        (-pl.col(f"reverted_{measure}")).alias("reverted"), (-pl.col(f"ended_{measure}")).alias("ended")
    )
    parts = {
        f"newly_set_{measure}": ("newly set", charts.AMBER),
        "reverted": ("reverted", charts.GREEN),
        "ended": ("ended", charts.RUST),
    }
    layout.chart(charts_of_series.stacked_by_day(flows, "close_date", parts, title, "+" + hover))
    with st.expander(
        "Show the history", icon=":material/receipt_long:", key="intent-days", on_change="rerun"
    ) as opened:
        if opened.open:
            layout.small_table(view, days.sort("close_date", descending=True), name="set-to-cancel", table=_HISTORY)
    with st.expander(
        "Show the subscriptions set to cancel now", icon=":material/receipt_long:", key="intent-rows", on_change="rerun"
    ) as opened:
        if opened.open:
            rows = renewals.set_to_cancel_subscriptions()
            layout.browse_customers(view, rows, name="set-to-cancel-now", empty="No subscription is set to cancel.")
    layout.sources(_HISTORY)
