"""Recognised and deferred revenue by month and kind of product.

Belongs here: what is earned of what was received. Does not belong here: what was received (``app.parts.payments``).
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import streamlit as st

from app import charts, charts_of_series, formatting, layout, tables
from app import definitions_of_revenue as words
from app.parts import metric_answers, metric_parts
from app.queries import metrics
from app.view import SnapshotView
from pipelines.readings.questions import Question

_TABLES = ("revenue.fct_recognised_revenue", "revenue.fct_recognised_revenue_by_combination")
_LINES = {
    "received_revenue": ("Received", charts.SKY),
    "recognised_revenue": ("Recognised", charts.BLUE),
    "deferred_revenue": ("Deferred at the close", charts.AMBER),
}
_KINDS = ("subscription", "pass", "ppv", "rental", "other", "(none)")


def show(view: SnapshotView) -> None:
    """Recognised revenue by kind, and what is received, recognised and deferred by month."""
    if layout.lacks(view, *metrics.needs_of("recognised_revenue")):
        return
    chosen, refused = metric_answers.narrowed(view, "recognised_revenue", by=("product_kind",))
    question = Question("recognised_revenue", first=chosen.first, where=chosen.where)
    months = _months(view, question)
    if months.is_empty():
        narrows = chosen.narrows or chosen.first is not None
        why = "None is like this: change the filters." if narrows else "Nothing was paid by the as-of instant."
        layout.no_rows(view, "No payments", why, *metrics.feeds_of("recognised_revenue"))
        return
    newest = months.row(-1, named=True)
    metric_answers.subtitle(chosen, refused)
    tiles = layout.tiles(3)
    month = formatting.month(newest["month"]) + ("" if newest["is_complete"] else " so far")
    for field, label, explanation in zip(
        _LINES,
        (f"Received, {month}", f"Recognised, {month}", "Deferred now"),
        (words.RECOGNISED, words.RECOGNISED, words.DEFERRED),
        strict=True,
    ):
        layout.tile(tiles, label, formatting.money(newest[field], view.currency), about=explanation)
    metric_parts.show(
        view,
        "recognised_revenue",
        "product_kind",
        metric_parts.leading(list(_KINDS), {}),
        key="recognised",
        title="Recognised revenue",
        explanation=words.RECOGNISED,
        empty="Nothing was earned yet.",
    )
    layout.section("Received, recognised, deferred", f"{words.RECOGNISED} **Deferred**: {words.DEFERRED}")
    metric_answers.subtitle(chosen, refused)
    title = f"Revenue ({view.currency})"
    layout.chart(charts_of_series.lines_by_month(months, _LINES, title, number="~s", hover=",.2f"))
    if not newest["is_complete"]:
        st.caption(f"The last bar and point: {month}.")
    with st.expander(
        "Show by month and kind", icon=":material/receipt_long:", key="earned", on_change="rerun"
    ) as opened:
        if opened.open:
            rows = _months(view, replace(question, by=("product_kind",)))
            rows = rows.sort("month", "product_kind", descending=[True, False])
            tables.small_table(view, rows, name="recognised-revenue", table=_TABLES[0])
    layout.sources(*_TABLES)


def _months(view: SnapshotView, question: Question) -> pl.DataFrame:
    """Received, recognised and deferred by month, with whether it is over."""
    rows = metrics.answers(view.file, question, *(name for name in _LINES if name != question.metric))
    return rows.rename({"period": "month"}).with_columns(is_complete=pl.col("month") < view.as_of_date.replace(day=1))
