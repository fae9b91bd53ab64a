"""A metric over time by the filters above the page, compared, with what is behind it, and a way down to its rows.

Belongs here: the one arrangement of a metric on any page. Does not belong here: the drawing
(``app.charts_of_metrics``), the way down (``app.parts.drill_down``).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from app import charts_of_metrics, filters, formatting, layout
from app.behind import behind
from app.filters import Filters
from app.parts import drill_down
from app.queries import metrics
from app.view import SnapshotView, open_other
from pipelines.readings.intervals import FEWEST, wilson
from pipelines.readings.metric_queries import Question
from pipelines.readings.metrics import UnknownChoiceError, dimensions_of, find_metric

_NUMBERS = {"count": ",.0f", "money": ",.2f", "ratio": ",.2f", "share": ".1%"}


@st.fragment
def show(
    view: SnapshotView,
    metric: str,
    *,
    key: str | None = None,
    title: str | None = None,
    height: int = 280,
    opened: str | None = None,
) -> None:
    """The metric by period; a click on one opens what it is made of below, as ``opened`` does at first."""
    key = key or metric
    chosen, refused = applicable(metric, filters.current_filters())
    if not layout.can_slice(view):
        chosen, refused = chosen.only(()), [name for name, _ in filters.current_filters().where]
    found = find_metric(metric)
    layout.section(title or found.label, formatting.plain(found.description))
    if layout.lacks(view, *metrics.needs_of(metric)):
        return
    subtitle(chosen, refused)
    question = Question(metric, chosen.grain, first=chosen.first, where=chosen.where, segment=chosen.segment)
    rows = by_period(view, question)
    if rows.is_empty():
        layout.empty_state("Nothing to show", "No row has these values in the period: change the filters.")
        return
    rows = compared(view, question, chosen, _with_intervals(view, question, rows))
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
        f"{found.label} ({view.currency})" if metrics.is_money(metric) else found.label,
        number=number_of(metric),
        is_share=metrics.is_share(metric),
        height=height,
    )
    event = layout.chart(drawing, key=f"{key}-chart", alt=_in_words(view, metric, shown), on_select="rerun")
    with st.container(horizontal=True, vertical_alignment="center"):
        behind(view, question, rows, key=key)
        # The same as a click, for the keyboard and for narrow screens.
        into = st.selectbox(
            "Look into",
            rows["period"].to_list()[::-1],
            index=None,
            placeholder="Look into a period",
            format_func=lambda each: drill_down.named(each, chosen.grain),
            key=f"{key}-into",
            label_visibility="collapsed",
            width=190,
        )
        st.caption(_notes(rows, shown, chosen))
    period = into or picked_period(event) or _date(opened)
    if period is not None and period in rows["period"]:
        drill_down.show(view, metric, period, chosen, key=key)
        if key != "explore":
            st.page_link(
                "app_pages/explore.py",
                label="Open this alone, to send it",
                icon=":material/open_in_full:",
                query_params={"metric": metric, "at": period.isoformat()},
            )


def number_of(metric: str) -> str:
    """The format of a metric on hover."""
    return _NUMBERS[find_metric(metric).unit]


def applicable(metric: str, chosen: Filters, *, by: tuple[str, ...] = ()) -> tuple[Filters, list[str]]:
    """The filters that a metric, cut by dimensions, can be narrowed by at once; and the names of those it cannot."""
    known = dimensions_of(find_metric(metric))
    kept: list[str] = []
    refused: list[str] = []
    for name, _ in chosen.where:
        tried = chosen.only([*kept, name]).where
        fits = name in known and metrics.can_answer(Question(metric, chosen.grain, by, where=tried))
        (kept if fits else refused).append(name)
    return chosen.only(kept), refused


def subtitle(chosen: Filters, refused: list[str]) -> None:
    """How a chart is filtered, and by what it cannot be."""
    sentences = []
    words = chosen.words()
    if words:
        sentences.append(f"Filtered: {', '.join(words)}.")
    if refused:
        beside = "" if not chosen.where else f" beside {chosen.words([name for name, _ in chosen.where])[0]}"
        sentences.append(
            f"Not applied: {', '.join(filters.current_filters().words(refused))}; this number cannot be cut so{beside}."
        )
    if chosen.convention and (chosen.narrows or chosen.grain != "month"):
        sentences.append("Other definitions are by month and of everybody, so they are not beside it.")
    if sentences:
        st.caption(" ".join(sentences))


def by_period(view: SnapshotView, question: Question) -> pl.DataFrame:
    """The answer with whether each period is_complete: over, and for so long that it changes no more."""
    try:
        rows = metrics.answer(view.file, question)
    except UnknownChoiceError:
        return pl.DataFrame()
    last = view.as_of_date - timedelta(days=find_metric(question.metric).settles_after_days)
    ends = [metrics.end_of(period, question.grain) for period in rows["period"]]
    return rows.with_columns(
        pl.col("value").cast(pl.Float64), is_complete=pl.Series([end < last for end in ends], dtype=pl.Boolean)
    ).drop_nulls("value")


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


def compared(view: SnapshotView, question: Question, chosen: Filters, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what they are compared with beside them, as other."""
    if chosen.compare is None:
        return rows
    whole = Question(question.metric, question.grain, where=question.where, segment=question.segment)
    if chosen.as_known_at is not None:
        other = metrics.answer(open_other(chosen.as_known_at), whole)
    elif chosen.convention is not None:
        if chosen.narrows or chosen.grain != "month":
            return rows
        other = metrics.by_convention(view.file, question.metric, chosen.convention)
    else:
        other = metrics.answer(view.file, whole)
        by_period = dict(other.select("period", "value").iter_rows())
        if "counted" in rows.columns:
            few = rows.filter(pl.col("counted") < FEWEST)["period"].to_list()
            by_period = {period: value for period, value in by_period.items() if period not in few}
        earlier = [
            by_period.get(metrics.before(period, question.grain, a_year=chosen.compare == "year"))
            for period in rows["period"]
        ]
        values = [None if value is None else float(value) for value in earlier]
        return rows.with_columns(other=pl.Series(values, dtype=pl.Float64))
    if other.is_empty():
        return rows
    return rows.join(other.select("period", other=pl.col("value").cast(pl.Float64)), on="period", how="left")


def picked_period(event: Any) -> date | None:
    """The period that was clicked; a click of an older run may name one that is gone."""
    code = layout.picked(event).get("period_code")
    return date.fromisoformat(code) if code else None


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


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
