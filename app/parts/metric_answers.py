"""A metric by the filters above the page: which of them hold, the answer by period, and what it is compared with.

Belongs here: what every arrangement of metrics needs. Does not belong here: the arrangements
(``app.parts.metric_chart``, ``app.parts.metric_parts``, ``app.parts.totals``), the select
(``pipelines.readings.metric_queries``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from app import address, filters, layout
from app.filters import Filters
from app.parts import drill_down
from app.queries import metrics
from app.view import SnapshotView, open_other
from pipelines.readings.intervals import FEWEST
from pipelines.readings.metrics import UnknownChoiceError, dimensions_of, find_metric
from pipelines.readings.questions import Question

_NUMBERS = {"count": ",.0f", "money": ",.2f", "ratio": ",.2f", "share": ".1%"}


def number_of(metric: str) -> str:
    """The format of a metric on hover."""
    return _NUMBERS[find_metric(metric).unit]


def label_of(view: SnapshotView, metric: str) -> str:
    """The title of an axis of a metric."""
    label = find_metric(metric).label
    return f"{label} ({view.currency})" if metrics.is_money(metric) else label


def narrowed(view: SnapshotView, metric: str, *, by: tuple[str, ...] = ()) -> tuple[Filters, list[str]]:
    """The filters above the page that hold for a metric, cut by dimensions; and the names of those that do not."""
    chosen = filters.current_filters()
    if not layout.can_slice(view):
        return chosen.only(()), [name for name, _ in chosen.where]
    return applicable(metric, chosen, by)


def applicable(metric: str, chosen: Filters, by: tuple[str, ...] = ()) -> tuple[Filters, list[str]]:
    """The filters that a metric, cut by dimensions, can be narrowed by at once; and the names of those it cannot."""
    known = dimensions_of(find_metric(metric))
    if metrics.is_kept_by_month(metric):
        chosen = replace(chosen, grain="month")
    kept: list[str] = []
    refused: list[str] = []
    for name, _ in chosen.where:
        tried = chosen.only([*kept, name]).where
        fits = name in known and metrics.can_answer(Question(metric, chosen.grain, by, where=tried))
        (kept if fits else refused).append(name)
    if chosen.segment and not metrics.is_of_customers(metric):
        chosen, refused = replace(chosen, segment=None), [*refused, "segment"]
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
    if chosen.grain != filters.current_filters().grain:
        sentences.append("By month: it is kept for no shorter periods.")
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
    code: str | None = layout.picked(event).get("period_code")
    return date.fromisoformat(code) if code else None


def choose_clicked(chart: str, into: str) -> None:
    """For callbacks: the period clicked on a chart is chosen in the list beside it, a click beside the bars none."""
    st.session_state[into] = picked_period(st.session_state[chart])


def look_into(periods: pl.Series, grain: str, *, key: str, is_in_address: bool = False) -> date | None:
    """A period to look into: the same as a click, for the keyboard, for narrow screens, and to send it."""
    options = periods.to_list()[::-1]
    looks: dict[str, Any] = {
        "placeholder": "Look into a period",
        "format_func": lambda each: drill_down.named(each, grain),
        "key": key,
        "label_visibility": "collapsed",
        "width": 190,
    }
    if is_in_address:
        chosen: date | None = address.choose("Look into", options, **looks)
        return chosen
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    picked: date | None = st.selectbox("Look into", options, index=None, **looks)
    return picked
