"""The way down from a number: what its change is made of, whose it is, the events and files behind, other definitions.

Belongs here: the one panel that opens under any chart, of a metric or of other rows. Does not belong here: arithmetic
(``pipelines.readings.contributions``), the story of a customer (``app.app_pages.customer``).
"""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from app import address, formatting, layout, tables
from app.filters import DIMENSIONS, Filters
from app.queries import choices, explanations, metrics
from app.queries.rows import Rows
from app.view import SnapshotView
from pipelines.errors import UserError
from pipelines.readings.contributions import SEVERAL, Breakdown, ranked
from pipelines.readings.metrics import find_metric
from pipelines.readings.questions import Question

_MORE = {"first_offer": "First offer", "movement_type": "Movement", "churn_kind": "Kind of churn"}
_LABELS = DIMENSIONS | _MORE
_PANES = {
    "made": "What changed it",
    "customers": "Customers",
    "events": "Events and files",
    "definitions": "Other definitions",
}
_PANES_OF_SUMS = {name: _PANES[name] for name in ("made", "definitions")}
_PANES_OF_ROWS = {name: _PANES[name] for name in ("customers", "events")}
# The first and the last.
Days = tuple[date, date]
_CLOSE = "To close this, click beside the bars, or take back what is chosen in the list."


def show(view: SnapshotView, metric: str, period: date, chosen: Filters, *, key: str, part: str | None = None) -> None:
    """The panel of one period of a metric; ``part`` is the word for what ``chosen`` narrows beside the filters."""
    earlier = metrics.before(period, chosen.grain, a_year=chosen.compare == "year")
    with st.container(border=True):
        beside = f", {formatting.plain(part)}" if part else ""
        st.markdown(f"**{find_metric(metric).label}{beside}, {named(period, chosen.grain)}**")
        pane = _pane(_PANES if metrics.is_of_customers(metric) else _PANES_OF_SUMS, key)
        match pane:
            case "customers":
                if metrics.is_state(metric):
                    st.caption(
                        "What it is at the close follows from every movement until then; these are of the period."
                    )
                _customers(view, _rows_behind(view, metric, period, chosen), key)
            case "events":
                days = period, metrics.end_of(period, chosen.grain)
                is_moved = metrics.is_of_movements(metric)
                _events(view, _rows_behind(view, metric, period, chosen), days, key, is_moved=is_moved)
            case "definitions":
                _definitions(view, metric, period, chosen)
            case _:
                _made_of(view, metric, (earlier, period), chosen, key)
        if chosen.as_known_at is not None and chosen.grain == "month":
            asked = {"trust_part": "restatements", "month": period.isoformat(), "then": chosen.as_known_at}
            st.page_link(
                "app_pages/trust.py", label="What is known otherwise since then", icon=":material/history:",
                query_params=asked,
            )  # fmt: skip
        st.caption(_CLOSE)


def show_rows(view: SnapshotView, title: str, rows: Rows, days: Days, *, key: str) -> None:
    """The panel of what is no metric's: the rows of customers behind a part, and their events of these days."""
    with st.container(border=True):
        st.markdown(f"**{formatting.plain(title)}**")
        if _pane(_PANES_OF_ROWS, key) == "events":
            _events(view, rows, days, key, is_moved=False)
        else:
            _customers(view, rows, key)
        st.caption(_CLOSE)


def _pane(panes: dict[str, str], key: str) -> str:
    return layout.choose_part(panes, f"{key}-pane")


def written(view: SnapshotView, metric: str, value: float | None, *, signed: bool = False) -> str:
    """A value of a metric as it is read."""
    if value is None:
        return formatting.NOTHING
    if metrics.is_share(metric):
        return (formatting.points(value) or "") if signed else formatting.percent(value)
    if metrics.is_money(metric):
        return formatting.money(value, view.currency, signed=signed)
    return formatting.count(round(value), signed=signed) if float(value).is_integer() else f"{value:,.2f}"


def named(period: date, grain: str) -> str:
    """A period as it is read."""
    return formatting.month(period) if grain in {"month", "quarter"} else formatting.day(period)


def _made_of(view: SnapshotView, metric: str, periods: tuple[date, date], chosen: Filters, key: str) -> None:
    if not layout.can_slice(view):
        layout.empty_state("Not in this snapshot", "It was built before changes could be cut: run churniq build.")
        return
    found = explanations.breakdowns(
        view.file, Question(metric, chosen.grain, where=chosen.where, segment=chosen.segment), *periods
    )
    before, now = found.whole
    st.markdown(
        f"{written(view, metric, now)} against {written(view, metric, before)} in "
        f"{named(periods[0], chosen.grain)}: **{written(view, metric, now - before, signed=True)}**."
    )
    by_effect = ranked(found.by_dimension)
    if not by_effect:
        st.caption("It cannot be cut further: one value of every dimension has all of it.")
        return
    dimension = address.segments(
        "By",
        [each.dimension for each in by_effect],
        key=f"{key}-by",
        format_func=lambda name: _LABELS.get(name, formatting.words(name)),
        help="The dimension over which the change is spread least evenly, and so explains most, is first.",
    )
    shown = next((each for each in by_effect if each.dimension == dimension), by_effect[0])
    _table(view, metric, shown)
    if shown is by_effect[0]:
        leading = shown.rows.row(0, named=True)
        word = choices.words(view.file, shown.dimension, [leading["value"]]).get(leading["value"], leading["value"])
        st.caption(
            f"{_LABELS.get(shown.dimension, shown.dimension)} explains most: "
            f"{formatting.plain(word)} has {written(view, metric, leading['change'], signed=True)}. "
            "The rows sum to the change."
        )


def _table(view: SnapshotView, metric: str, shown: Breakdown) -> None:
    rows = shown.rows
    rows = rows.with_columns(pl.col("value").replace(choices.words(view.file, shown.dimension, rows["value"])))
    total = rows.select(value=pl.lit("All together"), before=pl.col("before").sum(), now=pl.col("now").sum(),
                        change=pl.col("change").sum())  # fmt: skip
    rows = pl.concat([rows, total])
    if metrics.is_share(metric):
        names = {"before": "before_rate", "now": "now_rate", "change": "change_points"}
        tables.show_table(view, rows.rename(names))
        st.caption("Each value's part of the share: its own count over everybody's.")
    elif metrics.is_money(metric):
        tables.show_table(view, rows.with_columns(pl.col("before", "now", "change").cast(pl.Decimal(38, 4))))
    else:
        tables.show_table(view, rows)
    if SEVERAL in rows["value"]:
        st.caption("Who has two values counts on both: the row in brackets takes off what is counted twice.")


def _customers(view: SnapshotView, rows: Rows, key: str) -> None:
    tables.browse_customers(
        view, rows, name=f"{key}-rows", empty="Nothing of it is here.", page_size=10, is_narrowed=True
    )


def _rows_behind(view: SnapshotView, metric: str, period: date, chosen: Filters) -> Rows:
    """The rows that the metric adds up in a period: movements of MRR, or trials, cases, payments, contacts."""
    members = choices.members_of(view.file, chosen.segment) if chosen.segment else None
    last = metrics.end_of(period, chosen.grain)
    if not metrics.is_of_movements(metric):
        return metrics.counted_behind(metric, period, last, chosen.where, members)
    has_attributes = tables.ATTRIBUTES in layout.tables_of(view)
    kept = chosen if has_attributes else chosen.only(metrics.OF_MOVEMENTS)
    return metrics.movements_behind(metric, period, last, kept.where, members)


def _events(view: SnapshotView, rows: Rows, days: Days, key: str, *, is_moved: bool) -> None:
    """The events of one of the customers; of who moved, the events of the days of the movements alone."""
    people = explanations.customers_of(view.file, rows)
    if not people:
        layout.empty_state("No events", "Nothing of it is of a customer who is known.")
        return
    customer_id = address.choose(
        "The events of",
        people,
        key=f"{key}-customer",
        default=people[0],
        help="In the order of the list of customers.",
        width=320,
    )
    try:
        if is_moved:
            events = explanations.events_of(view.pointer, days[0], min(days[1], view.as_of_date), customer_id)
            meaning = "Each event of the days on which the customer moved, with the file and row that it came in."
        else:
            events = explanations.story_between(view.pointer, customer_id, *days)
            meaning = (
                "Everything that happened to the customer in the period; events with the file and row they came in."
            )
    except UserError as error:
        layout.empty_state("The events are not here", str(error))
        return
    st.caption(meaning)
    tables.small_table(view, events, name=f"{key}-events")
    st.page_link(
        "app_pages/customer.py",
        label=f"Everything about {formatting.verbatim(customer_id)}",
        icon=":material/arrow_forward:",
        query_params={"customer_id": customer_id},
    )


def _definitions(view: SnapshotView, metric: str, period: date, chosen: Filters) -> None:
    if chosen.grain != "month" or "conventions.fct_metric_variants" not in layout.tables_of(view):
        layout.empty_state("By month only", "Other definitions are published by month: choose months above.")
        return
    rows = metrics.variants(view.file, metric, period)
    if rows.is_empty():
        layout.empty_state("No other definition", "No vendor's documentation defines this number in its own way.")
        return
    if chosen.narrows:
        st.caption("Of everybody: other definitions are not cut by the filters.")
    value, gap = ("value_mrr", "gap_mrr") if metrics.is_money(metric) else ("value_rate", "gap_points")
    tables.show_table(view, rows.rename({"variant_value": value, "gap": gap}))
    st.page_link(
        "app_pages/trust.py",
        label="The gap, rule by rule",
        icon=":material/arrow_forward:",
        query_params={"trust_part": "definitions", "metric": metric, "month": period.isoformat()},
    )
