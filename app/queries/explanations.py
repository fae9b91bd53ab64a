"""What is behind a number: its change by each dimension, the customers that moved it, and their events.

Belongs here: asking once and keeping the answer. Does not belong here: arithmetic and stories
(``pipelines.readings``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from app.queries import metrics
from app.queries.rows import Rows, page_of_rows
from pipelines.publishing.snapshots import Pointer
from pipelines.readings.contributions import Breakdown, break_down
from pipelines.readings.explanation import explain_customer, explain_month, owners_of_event
from pipelines.readings.metrics import dimensions_of, find_metric
from pipelines.readings.metrics import metrics as all_metrics
from pipelines.readings.questions import Question
from pipelines.readings.rates import share_of_whole
from pipelines.settings import Settings

# By what a change is looked into, where the metric has it.
DIMENSIONS = (
    *("offer", "channel", "provider", "country", "interval", "acquisition_channel", "first_offer"),
    *("movement_type", "churn_kind", "outcome", "stage", "failure_code", "payment_method", "event_type"),
    *("product_kind", "topic", "intent", "status", "coupon", "action", "device"),
)
_MOST_PEOPLE = 200


@dataclass(frozen=True)
class Explanation:
    """A number before and now, and its change by each dimension that it can be cut by."""

    whole: tuple[float, float]
    by_dimension: list[Breakdown]


@st.cache_data(max_entries=200, show_spinner="Looking for what changed it")
def breakdowns(file: str, question: Question, earlier: date, period: date) -> Explanation:
    """The change of a metric between two periods, by its dimensions; of a share, in parts of the whole share."""
    metric, grain, where = question.metric, question.grain, question.where
    periods = (earlier, period)
    found = find_metric(metric)
    is_ratio = found.kind == "ratio"
    counted = all_metrics()[found.parts[0]].name if is_ratio else metric
    of = all_metrics()[found.parts[1]].name if is_ratio else None

    def values(name: str, by: tuple[str, ...]) -> list[dict[str, float]]:
        rows = metrics.answer(
            file, Question(name, grain, by, min(periods), max(periods), where=where, segment=question.segment)
        )
        return [
            {
                row[by[0]] if by else "": float(row["value"] or 0)
                for row in rows.filter(pl.col("period") == period).to_dicts()
            }
            for period in periods
        ]

    whole = [each.get("", 0.0) for each in values(counted, ())]
    scales = [1.0, 1.0] if of is None else [each.get("", 0.0) for each in values(of, ())]
    whole = [share_of_whole(part, scale) for part, scale in zip(whole, scales, strict=True)]
    by_dimension = []
    narrowed = {name for name, kept in where if len(kept) == 1}
    for dimension in DIMENSIONS:
        asked = Question(counted, grain, (dimension,), where=where)
        if dimension in dimensions_of(find_metric(counted)) and dimension not in narrowed and metrics.can_answer(asked):
            before, now = (
                {value: share_of_whole(part, scale) for value, part in each.items()}
                for each, scale in zip(values(counted, (dimension,)), scales, strict=True)
            )
            by_dimension.append(break_down(dimension, before, now, (whole[0], whole[1])))
    return Explanation((whole[0], whole[1]), by_dimension)


def customers_of(file: str, rows: Rows) -> list[str]:
    """The customers of rows in their order, each once; of some rows none is known."""
    page = page_of_rows(file, rows, limit=_MOST_PEOPLE, offset=0)
    people: list[str] = page["customer_id"].drop_nulls().unique(maintain_order=True).to_list()
    return people


@st.cache_data(max_entries=200, show_spinner="Reading the events")
def events_of(pointer: Pointer, first: date, last: date, customer_id: str) -> pl.DataFrame:
    """The movements of a customer from ``first`` to ``last`` with their events; event, file and row are first."""
    months = sorted({first.replace(day=1), last.replace(day=1)})
    found = pl.concat(explain_month(Settings(), month, None, customer_id, pointer=pointer) for month in months)
    leading = ["movement_date", "event_type", "event_id", "file", "row"]
    return found.filter(pl.col("movement_date").is_between(first, last)).select(*leading, pl.exclude(leading))


@st.cache_data(max_entries=200, show_spinner="Reading the events")
def story_of(pointer: Pointer, customer_id: str) -> pl.DataFrame:
    """Everything that happened to a customer, each with what it changed and the file and row that it came in."""
    return explain_customer(Settings(), customer_id, pointer=pointer)


@st.cache_data(max_entries=200, show_spinner="Looking for an event")
def owners_of(pointer: Pointer, event_id: str) -> list[str]:
    """The customers whom an event of any feed is about."""
    return owners_of_event(Settings(), event_id, pointer=pointer)


def story_between(pointer: Pointer, customer_id: str, first: date, last: date) -> pl.DataFrame:
    """What happened to a customer on the days from ``first`` to ``last``, UTC."""
    return story_of(pointer, customer_id).filter(pl.col("instant").cast(pl.Date).is_between(first, last))
