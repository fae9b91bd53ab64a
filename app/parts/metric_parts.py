"""A metric over time in its parts, by the filters above the page, compared, and from a part down to its rows.

Belongs here: the one arrangement of stacked bars of a metric on any page. Does not belong here: a metric as a whole
(``app.parts.metric_chart``), the drawing (``app.charts_of_metrics``), the way down (``app.parts.drill_down``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import streamlit as st

from app import charts_of_metrics, formatting, layout
from app.behind import behind
from app.charts import GREY
from app.charts_of_series import VALUE_COLOURS
from app.filters import Filters
from app.parts import drill_down, metric_answers
from app.queries import metrics
from app.view import SnapshotView
from pipelines.readings.metrics import UnknownChoiceError, find_metric
from pipelines.readings.questions import Question

# The values of a dimension with their words and colours, in the order in which they are stacked.
Looks = dict[str, tuple[str, str]]
# Stands in looks for all values that are not named there.
_REST = "(other values)"


def leading(values: list[str], words: dict[str, str]) -> Looks:
    """The looks of the first of these values, as many as there are colours, and of all others together."""
    named = zip(values, VALUE_COLOURS, strict=False)
    looks = {value: (words.get(value, formatting.words(value)), colour) for value, colour in named}
    return looks | ({_REST: ("Other values", GREY)} if len(values) > len(looks) else {})


@st.fragment
def show(
    view: SnapshotView,
    metric: str,
    by: str,
    looks: Looks,
    *,
    key: str,
    title: str,
    explanation: str,
    empty: str,
    ahead: tuple[date, date, str] | None = None,
) -> None:
    """The metric by period, cut by a dimension; a click on a part opens what it is made of below.

    ``empty`` is said where there is nothing, though its feeds came and nobody is left out by the filters. ``ahead`` has
    the first and last day and the granularity of what lies after the as-of day, instead of those above the page, and is
    not compared.
    """
    layout.section(title, explanation)
    if layout.lacks(view, *metrics.needs_of(metric)):
        return
    chosen, refused = metric_answers.narrowed(view, metric, by=(by,))
    metric_answers.subtitle(chosen, refused)
    if ahead:
        chosen = _of_days_ahead(chosen, ahead[0], ahead[2])
    last = ahead[1] if ahead else None
    question = Question(metric, chosen.grain, (by,), chosen.first, last, chosen.where, chosen.segment)
    whole = metric_answers.by_period(view, replace(question, by=()))
    rows = _rows(view, question, looks, whole)
    if rows.is_empty():
        narrows = chosen.narrows or (chosen.first is not None and not ahead)
        why = "No row is like this: change the filters." if narrows else empty
        layout.no_rows(view, "Nothing to show", why, *metrics.feeds_of(metric))
        return
    if ahead:
        rows, whole = (frame.with_columns(is_complete=True) for frame in (rows, whole))
    beside = metric_answers.compared(view, replace(question, by=()), chosen, whole)
    present = rows.unique("part", maintain_order=True)["part"].to_list()
    drawing = charts_of_metrics.parts_by_period(
        rows,
        chosen.grain,
        metric_answers.label_of(view, metric),
        {name: colour for name, colour in _scale(rows, looks).items() if name in present},
        number=metric_answers.number_of(metric),
        periods=whole["period"],
        other=beside if "other" in beside.columns else None,
    )
    event = layout.chart(
        drawing,
        key=f"{key}-chart",
        alt=_in_words(view, metric, whole, present),
        instead_of=f"{key}-into",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        behind(view, question, rows.select("period", by, "value", "is_complete"), drawing, key=key)
        into = metric_answers.look_into(whole["period"], chosen.grain, key=f"{key}-into")
        st.caption(_notes(whole, metric, is_ahead=bool(ahead), is_compared="other" in beside.columns))
    found = layout.picked(event)
    period = into or metric_answers.picked_period(event)
    if period is not None and period in whole["period"]:
        code = None if into else found.get("part_code")
        values = _others(view, question, looks) if code == _REST else (str(code),)
        part = chosen if code is None else replace(chosen, where=(*chosen.where, (by, values)))
        drill_down.show(view, metric, period, part, key=key, part=looks.get(code or "", (code, ""))[0])


def _others(view: SnapshotView, question: Question, looks: Looks) -> tuple[str, ...]:
    """The values that are not named in the looks."""
    [by] = question.by
    values: list[str] = metrics.answer(view.file, question)[by].unique().sort().to_list()
    return tuple(value for value in values if value not in looks)


def _of_days_ahead(chosen: Filters, first: date, grain: str) -> Filters:
    """The same of periods from the one in which a day is, by their own granularity and compared with nothing."""
    start = first - timedelta(days=first.weekday()) if grain == "week" else first
    return replace(chosen, first=start, grain=grain, compare=None)


def _rows(view: SnapshotView, question: Question, looks: Looks, whole: pl.DataFrame) -> pl.DataFrame:
    """period, the dimension, value, is_complete, part and part_code, parts in the order of ``looks``; no empty ones."""
    try:
        rows = metrics.answer(view.file, question)
    except UnknownChoiceError:
        return pl.DataFrame()
    [by] = question.by
    rows = rows.filter(pl.col("value") != 0)
    if _REST in looks:
        named = pl.when(pl.col(by).is_in(list(looks))).then(by).otherwise(pl.lit(_REST)).alias(by)
        rows = rows.group_by("period", named, maintain_order=True).agg(pl.col("value").sum())
    rows = rows.join(whole.select("period", "is_complete"), on="period", how="left")
    order = [*looks, *(code for code in rows[by].unique().sort().to_list() if code not in looks)]
    return rows.with_columns(
        part_code=pl.col(by),
        part=pl.col(by).replace_strict(order, [_word(code, looks) for code in order], return_dtype=pl.String),
    ).sort(pl.col(by).replace_strict(order, range(len(order)), return_dtype=pl.Int32), "period")


def _scale(rows: pl.DataFrame, looks: Looks) -> dict[str, str]:
    known = dict(looks.values())
    return known | {name: GREY for name in rows["part"].unique().sort() if name not in known}


def _word(code: str, looks: Looks) -> str:
    return looks[code][0] if code in looks else formatting.words(code)


def _notes(whole: pl.DataFrame, metric: str, *, is_ahead: bool, is_compared: bool) -> str:
    sentences = ["Click a part, or choose a period, for what it is made of."]
    if not is_ahead and not whole["is_complete"].all():
        days = find_metric(metric).settles_after_days
        sentences.append("Fainter: not over" + (f", or over for less than {days} days." if days else "."))
    if is_compared:
        sentences.append("Dashed: what all parts together are compared with.")
    return " ".join(sentences)


def _in_words(view: SnapshotView, metric: str, whole: pl.DataFrame, parts: list[str]) -> str:
    last = whole.row(-1, named=True)
    value = drill_down.written(view, metric, last["value"])
    return (
        f"{find_metric(metric).label} by {', '.join(parts)}, {whole.height} periods, "
        f"the last of {last['period']}: {value}"
    )
