"""A metric over time by the filters above the page, compared, with what is behind it, and a way down to its rows.

Belongs here: the one arrangement of a metric on any page. Does not belong here: its parts
(``app.parts.metric_parts``), the drawing (``app.charts_of_metrics``), the way down (``app.parts.drill_down``).
"""

from __future__ import annotations

from functools import partial

import polars as pl
import streamlit as st

from app import charts_of_metrics, formatting, layout
from app.behind import behind
from app.filters import Filters
from app.parts import drill_down, metric_answers
from app.queries import metrics
from app.view import SnapshotView
from pipelines.readings.intervals import FEWEST, wilson
from pipelines.readings.metrics import find_metric
from pipelines.readings.questions import Question


@st.fragment
def show(
    view: SnapshotView,
    metric: str,
    *,
    key: str | None = None,
    title: str | None = None,
    height: int = 280,
    at: str | None = None,
) -> None:
    """The metric by period; a click on one opens what it is made of below; ``at`` is its key in the address, if any."""
    key = key or metric
    drawn, into = f"{key}-chart", at or f"{key}-into"
    chosen, refused = metric_answers.narrowed(view, metric)
    found = find_metric(metric)
    layout.section(title or found.label, formatting.plain(found.description))
    if layout.lacks(view, *metrics.needs_of(metric)):
        return
    metric_answers.subtitle(chosen, refused)
    question = Question(metric, chosen.grain, first=chosen.first, where=chosen.where, segment=chosen.segment)
    rows = metric_answers.by_period(view, question)
    if rows.is_empty():
        is_chosen = chosen.narrows or chosen.first is not None
        why = (
            "No row has these values in the period: change the filters." if is_chosen else "Nothing of it happened yet."
        )
        layout.no_rows(view, "Nothing to show", why, *metrics.feeds_of(metric))
        return
    rows = metric_answers.compared(view, question, chosen, _with_intervals(view, question, rows))
    shown = rows
    if "counted" in rows.columns:
        shown = rows.filter(pl.col("counted") >= FEWEST)
        if shown.is_empty():
            layout.empty_state(
                "Too few to draw", f"No period has {FEWEST} to take a share of: choose longer periods or more people."
            )
            return
    drawing = charts_of_metrics.metric_by_period(
        shown,
        chosen.grain,
        metric_answers.label_of(view, metric),
        number=metric_answers.number_of(metric),
        is_share=metrics.is_share(metric),
        height=height,
    )
    click = partial(metric_answers.choose_clicked, drawn, into)
    layout.chart(drawing, key=drawn, alt=_in_words(view, metric, shown), on_select=click)
    with st.container(horizontal=True, vertical_alignment="center"):
        behind(view, question, rows, drawing, key=key)
        period = metric_answers.look_into(rows["period"], chosen.grain, key=into, is_in_address=at is not None)
        st.caption(_notes(rows, shown, chosen))
    if period is not None:
        drill_down.show(view, metric, period, chosen, key=key)
        if at is None:
            st.page_link(
                "app_pages/explore.py",
                label="Open this alone, to send it",
                icon=":material/open_in_full:",
                query_params={"metric": metric, "at": period.isoformat()},
            )


def _with_intervals(view: SnapshotView, question: Question, rows: pl.DataFrame) -> pl.DataFrame:
    parts = metrics.parts_of_share(question.metric)
    if parts is None:
        return rows
    counts = [
        metrics.answer(view.file, Question(part, question.grain, first=question.first, where=question.where,
                                           segment=question.segment)).rename({"value": name})
        for part, name in zip(parts, ("part", "counted"), strict=True)
    ]  # fmt: skip
    rows = rows.join(counts[0], on="period", how="left").join(counts[1], on="period", how="left")
    ends = [wilson(part, of) for part, of in rows.select("part", "counted").iter_rows()]
    return rows.with_columns(
        low=pl.Series([end[0] for end in ends], dtype=pl.Float64),
        high=pl.Series([end[1] for end in ends], dtype=pl.Float64),
    )


def _notes(rows: pl.DataFrame, shown: pl.DataFrame, chosen: Filters) -> str:
    sentences = ["Click a period, or choose it, for what it is made of."]
    if not rows["is_complete"][-1]:
        sentences.append("The fainter one is not over.")
    if shown.height < rows.height:
        left_out = formatting.plural(rows.height - shown.height, chosen.grain)
        sentences.append(f"{left_out} of fewer than {FEWEST} people not drawn.")
    if "counted" in rows.columns:
        sentences.append("The band is the 95% interval.")
    if "other" in rows.columns:
        sentences.append("Dashed: what it is compared with.")
    return " ".join(sentences)


def _in_words(view: SnapshotView, metric: str, rows: pl.DataFrame) -> str:
    last = rows.row(-1, named=True)
    value = drill_down.written(view, metric, last["value"])
    return f"{find_metric(metric).label}, {rows.height} periods, the last of {last['period']}: {value}"
