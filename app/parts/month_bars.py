"""Bars by month in parts that are no metric's, with the way down to the customers and events behind a part.

Belongs here: the one arrangement of such bars on any page. Does not belong here: metrics in their parts
(``app.parts.metric_parts``), the panel that opens (``app.parts.drill_down``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl
import streamlit as st

from app import charts_of_series, formatting, layout
from app.charts import SO_FAR_WORDS
from app.parts import drill_down, metric_answers
from app.queries import metrics
from app.queries.rows import Rows
from app.view import SnapshotView


def show(
    view: SnapshotView,
    rows: pl.DataFrame,
    field: str,
    title: str,
    scale: dict[str, str],
    *,
    key: str,
    behind: Callable[[date, str | None], Rows],
    number: str = ",d",
) -> None:
    """One measure by month, stacked by ``part`` in the colours of ``scale``; a click opens whose it is.

    ``behind`` has the rows of customers of a month and a part, or of all parts.
    """
    drawing = charts_of_series.stacked_by_month(rows, field, title, scale, number=number, is_clicked=True)
    parts = ", ".join(scale)
    event = layout.chart(
        drawing, key=f"{key}-chart", alt=f"{title} by month, in parts: {parts}", instead_of=f"{key}-into"
    )
    months = rows["month"].unique().sort()
    with st.container(horizontal=True, vertical_alignment="center"):
        into = metric_answers.look_into(months, "month", key=f"{key}-into")
        faint = "" if rows["is_complete"].all() else f" Fainter: {SO_FAR_WORDS}."
        st.caption(f"Click a part, or choose a month, for whose it is.{faint}")
    found = layout.picked(event)
    month = into or (date.fromisoformat(found["month_code"]) if found.get("month_code") else None)
    if month is None or month not in months:
        return
    part = None if into else found.get("picked_part")
    beside = f", {part}" if part else ""
    drill_down.show_rows(
        view,
        f"{title}{beside}, {formatting.month(month)}",
        behind(month, part),
        (month, metrics.end_of(month, "month")),
        key=key,
    )
