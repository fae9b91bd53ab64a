"""Recognised and deferred revenue by month and kind of product.

Belongs here: what is earned of what was received. Does not belong here: what was received (``app.parts.payments``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts, charts_of_series, filters, formatting, layout
from app import definitions_of_revenue as words
from app.queries import payments
from app.view import SnapshotView

_TABLE = "revenue.fct_recognised_revenue"
_LINES = {
    "received_revenue": ("Received", charts.SKY),
    "recognised_revenue": ("Recognised", charts.BLUE),
    "deferred_revenue": ("Deferred at the close", charts.AMBER),
}


def show(view: SnapshotView) -> None:
    """Recognised revenue by kind, and what is received, recognised and deferred by month."""
    layout.section("Recognised revenue", words.RECOGNISED)
    filters.say("what is earned is summed by month and kind of product")
    if layout.lacks(view, _TABLE):
        return
    rows = payments.recognised(view.file)
    if rows.is_empty():
        layout.empty_state("No payments", "Ingest the feed payment_events to see what was earned.")
        return
    totals = rows.group_by("month", "is_complete", maintain_order=True).agg(pl.col(list(_LINES)).sum())
    newest = totals.row(-1, named=True)
    columns = st.columns(3)
    month = formatting.month(newest["month"]) + ("" if newest["is_complete"] else " so far")
    for column, field, label, explanation in zip(
        columns,
        _LINES,
        (f"Received, {month}", f"Recognised, {month}", "Deferred now"),
        (words.RECOGNISED, words.RECOGNISED, words.DEFERRED),
        strict=True,
    ):
        column.metric(label, formatting.money(newest[field], view.currency), help=explanation, border=True)
    kinds = rows.rename({"product_kind": "dimension_value"})
    leading = charts_of_series.leading_values(
        kinds, "recognised_revenue", ["recognised_revenue"], ["month", "is_complete"]
    )
    title = f"Recognised ({view.currency})"
    layout.chart(charts_of_series.stacked_by_month(leading, "recognised_revenue", title, number=",.2f"))
    layout.section("Received, recognised, deferred", f"{words.RECOGNISED} **Deferred**: {words.DEFERRED}")
    title = f"Revenue ({view.currency})"
    layout.chart(charts_of_series.lines_by_month(totals, _LINES, title, number="~s", hover=",.2f"))
    if not newest["is_complete"]:
        st.caption(f"The last bar and point: {month}.")
    with st.expander(
        "Show by month and kind", icon=":material/receipt_long:", key="earned", on_change="rerun"
    ) as opened:
        if opened.open:
            layout.small_table(view, rows.sort("month", descending=True), name="recognised-revenue", table=_TABLE)
    layout.sources(_TABLE)
