"""Renewals: what is due ahead, and how subscriptions set to cancel came and went.

Belongs here: intent to renew or to leave. Does not belong here: what has churned (``app.parts.churn``).
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import streamlit as st

from app import charts, charts_of_series, definitions_of_retention, filters, formatting, layout, tables
from app.parts import metric_parts
from app.parts.totals import Totals
from app.queries import renewals
from app.view import SnapshotView

_DUE = "retention.fct_due_subscriptions"
_HISTORY = "retention.fct_set_to_cancel_daily"
_SPANS = {30: "30 days", 90: "90 days", 400: "A year and more"}
# Of more days than these there is a bar a week.
_MOST_DAYS = 90
_INTENTS = {
    "due_to_renew": ("Due to renew", charts.BLUE),
    "set_to_cancel": ("Set to cancel", charts.RUST),
}
_MEASURES = {"subscriptions": ("Subscriptions", ",d"), "mrr": ("MRR", ",.2f")}


def show(view: SnapshotView) -> None:
    """The calendar ahead and the history of intent."""
    if not layout.lacks(view, _DUE):
        _calendar(view)
    if not layout.lacks(view, _HISTORY):
        _set_to_cancel(view)


@st.fragment
def _calendar(view: SnapshotView) -> None:
    layout.section("Renewals ahead", definitions_of_retention.RENEWALS)
    ahead = st.segmented_control(
        "Ahead", list(_SPANS), default=30, required=True, format_func=lambda days: _SPANS[days], key="ahead",
        label_visibility="collapsed",
    ) or 30  # fmt: skip
    days = (view.as_of_date, view.as_of_date + timedelta(days=ahead - 1))
    due = Totals(view, "due_subscriptions", ("due_mrr", "ending_trials"), *days)
    due.say()
    total, losses = due.whole(), due.whole(where=(("intent", ("set_to_cancel",)),))
    tiles = layout.tiles(4)
    layout.tile(tiles, "Subscriptions due", formatting.count(total["due_subscriptions"]))
    layout.tile(tiles, "MRR due", formatting.money(total["due_mrr"], view.currency))
    layout.tile(
        tiles,
        "Of it set to cancel",
        formatting.money(losses["due_mrr"], view.currency),
        formatting.plural(losses["due_subscriptions"], "subscription"),
    )
    layout.tile(tiles, "Trials ending", formatting.count(total["ending_trials"]))
    metric_parts.show(
        view, "due_mrr", "intent", _INTENTS, key="due", title="MRR due by day" if ahead <= _MOST_DAYS else
        "MRR due by week", explanation=definitions_of_retention.RENEWALS,
        empty="No paying subscription has a period that ends in these days.",
        ahead=(*days, "day" if ahead <= _MOST_DAYS else "week"),
    )  # fmt: skip
    with st.expander(
        "Show the subscriptions due", icon=":material/receipt_long:", key="due-rows", on_change="rerun"
    ) as opened:
        if opened.open:
            tables.browse_customers(
                view,
                due.rows().sorted_by("due_date", descending=False),
                name=f"due-{ahead}",
                empty="Only trials end in these days.",
                is_narrowed=True,
            )
    layout.sources(_DUE)


@st.fragment
def _set_to_cancel(view: SnapshotView) -> None:
    layout.section("Set to cancel", definitions_of_retention.SET_TO_CANCEL)
    filters.say(
        "the history of intent is kept by day and of everybody; the list of who is set to cancel now is filtered"
    )
    days = renewals.set_to_cancel(view.file)
    if days.is_empty():
        layout.no_rows(
            view, "No subscriptions yet", "The history begins with the first of them.", "subscription_events"
        )
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
    st.caption("Subscriptions of any status but ended; the stage counts customers, all of whose paying ones are set.")
    st.markdown("**How they came and went, the last 90 days**")
    flows = days.tail(90).with_columns(
        (-pl.col(f"reverted_{measure}")).alias("reverted"), (-pl.col(f"ended_{measure}")).alias("ended")
    )
    parts = {
        f"newly_set_{measure}": ("newly set", charts.AMBER),
        "reverted": ("reverted", charts.GREEN),
        "ended": ("ended", charts.RUST),
    }
    if flows.select(pl.any_horizontal(pl.col(parts) != 0).any()).item():
        layout.chart(charts_of_series.stacked_by_day(flows, "close_date", parts, title, "+" + hover))
    else:
        st.caption("Nobody set a subscription to cancel or took that back, and none that was set has ended.")
    with st.expander(
        "Show the history", icon=":material/receipt_long:", key="intent-days", on_change="rerun"
    ) as opened:
        if opened.open:
            tables.small_table(view, days.sort("close_date", descending=True), name="set-to-cancel", table=_HISTORY)
    with st.expander(
        "Show the subscriptions set to cancel now", icon=":material/receipt_long:", key="intent-rows", on_change="rerun"
    ) as opened:
        if opened.open:
            rows = renewals.set_to_cancel_subscriptions()
            tables.browse_customers(view, rows, name="set-to-cancel-now", empty="No subscription is set to cancel.")
    layout.sources(_HISTORY)
