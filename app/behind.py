"""What is behind a chart: its data to take away, its definition, the query as it was run, how fresh it is, and whose.

Belongs here: the box beside every chart of a metric. Does not belong here: the chart.
"""

from __future__ import annotations

import io

import polars as pl
import streamlit as st

from app import formatting, tables
from app.charts import Composed, Drawing, svg
from app.queries import snapshot
from app.view import SnapshotView
from pipelines.readings.metrics import Metric, find_metric
from pipelines.readings.questions import Question
from pipelines.spreadsheets import csv_to_open


def behind(
    view: SnapshotView, question: Question, data: pl.DataFrame, drawing: Drawing | Composed, *, key: str
) -> None:
    """A box with everything behind the answer of a question; ``data`` is what the chart, ``drawing``, shows."""
    metric = find_metric(question.metric)
    with st.popover("Behind it", icon=":material/database:", key=f"{key}-behind", width="content"):
        st.markdown(f"**{formatting.plain(metric.label)}**: {formatting.plain(metric.description)}")
        st.caption(f"Owner: {formatting.plain(metric.owner)}")
        name = f"churniq-{question.metric}-{view.as_of:%Y%m%dT%H%M%S}"
        with st.container(horizontal=True):
            st.download_button(
                "CSV", lambda: csv_to_open(data), f"{name}.csv", "text/csv", key=f"{key}-csv", on_click="ignore",
                icon=":material/download:",
            )  # fmt: skip
            st.download_button(
                "Parquet", lambda: _parquet(data), f"{name}.parquet", "application/vnd.apache.parquet",
                key=f"{key}-parquet", on_click="ignore", icon=":material/download:",
            )  # fmt: skip
            st.download_button(
                "SVG", lambda: svg(drawing), f"{name}.svg", "image/svg+xml", key=f"{key}-svg", on_click="ignore",
                icon=":material/download:",
            )  # fmt: skip
        st.caption("The chart as PNG: the buttons at its upper right corner.")
        tables.show_table(view, _titled(data, metric))
        newest = snapshot.freshness(view.file)["last_recorded_at"].max()
        st.caption(
            f"Read from {question.table()}, as of {formatting.instant(view.as_of)}; the newest record is of "
            f"{formatting.instant(newest)}."  # type: ignore[arg-type]
        )
        st.markdown("The same on the command line:")
        st.code(question.command(), language=None, wrap_lines=True)
        st.markdown("The query as it was run, values bound by name:")
        st.code(question.sql(), language="sql", wrap_lines=True, height=220)
        st.page_link(
            "app_pages/trust.py",
            label="Glossary",
            icon=":material/menu_book:",
            query_params={"trust_part": "glossary", "search": metric.name},
        )


def _titled(data: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """The data under names that say whether the value is a share or money."""
    values = [name for name in ("value", "other") if name in data.columns]
    if metric.is_money:
        return data.with_columns(pl.col(values).cast(pl.Decimal(38, 4)))
    ends = [name for name in ("low", "high") if name in data.columns]
    return data.rename({name: f"{name}_of_rate" for name in (*values, *ends)} if metric.is_share else {})


def _parquet(data: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    data.write_parquet(content)
    return content.getvalue()
