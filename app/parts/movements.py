"""MRR movements: a month from open to close with its causes, and the series of months.

Belongs here: where MRR came from and went, and the rows behind it. Does not belong here: MRR by day and cut
(``app.parts.recurring_revenue``).
"""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from app import (
    address,
    charts,
    charts_of_revenue,
    definitions,
    definitions_of_revenue,
    filters,
    formatting,
    layout,
    tables,
)
from app.filters import Filters
from app.parts import drill_down, metric_answers, metric_chart, metric_parts, month_bars
from app.queries import choices, metrics, revenue, revenue_cuts, snapshot
from app.queries.rows import Rows
from app.view import SnapshotView
from pipelines.readings.questions import Question

_MOVEMENTS_HELP = " ".join(f"**{name.capitalize()}**: {text}" for name, text in definitions.MOVEMENTS.items())
_RATES_HELP = {
    "customer_churn_rate": definitions.CUSTOMER_CHURN_RATE,
    "gross_mrr_churn_rate": definitions.GROSS_MRR_CHURN_RATE,
    "net_mrr_churn_rate": definitions.NET_MRR_CHURN_RATE,
}
_CAUSES_HELP = f"{definitions_of_revenue.CAUSE} " + " ".join(
    f"**{formatting.words(name)}**: {text}." for name, text in definitions_of_revenue.CAUSES.items()
)
_CAUSES = "revenue.fct_mrr_monthly_causes"
_BY_VALUE = "revenue.fct_mrr_by_dimension"
_VALUES_HELP = (
    "From open to close by the value at the time, what moved most first. The last row is the month as a whole. "
    "The same of one value, with more filters: the waterfall above."
)
_CAUSE_COLOURS = {
    "new": charts.BLUE,
    "reactivation": charts.SKY,
    "plan_change": charts.GREEN,
    "price_change": charts.PLUM,
    "discount_start": charts.AMBER,
    "discount_end": charts.LIME,
    "exchange_rate": charts.GREY,
    "churn": charts.RUST,
}


def show(view: SnapshotView) -> None:
    """A month in detail, then all months."""
    months = revenue.months(view.file)
    if months.is_empty():
        layout.no_rows(
            view,
            "No recurring revenue yet",
            "No subscription has had a recurring price above 0 so far.",
            "subscription_events",
        )
        return
    if months.height == 1:
        st.info("The history has one month only: comparisons between months appear with the next.")
    _month_in_detail(view, months)
    _series(view, months)
    layout.sources("revenue.fct_mrr_monthly", "revenue.fct_mrr_movements", _CAUSES)


def _month_in_detail(view: SnapshotView, months: pl.DataFrame) -> None:
    month = layout.choose_month(months, label="Month in detail")
    row = months.row(by_predicate=pl.col("month") == month, named=True)
    left, right = st.columns(2, gap="medium")
    with left:
        _waterfall(view, row)
    with right:
        layout.section("Churn by evidence", definitions.CHURN_KIND + " " + definitions.CHURN_RULE)
        filters.say("evidence, causes and the table by value are kept by month and of everybody")
        evidence = revenue.churn_evidence(view.file, month)
        if evidence.is_empty():
            layout.empty_state("Nobody churned", f"{formatting.month(month)} has no churn movement.")
        else:
            tables.show_table(view, evidence)
        st.caption("Churn rates of the month")
        rates = st.columns(3)
        for column, (field, (label, _)) in zip(rates, charts.RATES.items(), strict=True):
            column.metric(label, formatting.percent(row[field]), help=_RATES_HELP[field])
        if not row["is_complete"]:
            st.caption("The month is not over: its rates will grow until it closes.")
    if _CAUSES in snapshot.tables(view.file):
        layout.section(f"Movements by cause, {formatting.month(month)}", _CAUSES_HELP)
        tables.show_table(view, revenue_cuts.causes(view.file, month), table=_CAUSES)
        _causes_behind(view, month)
    _by_value(view, month)
    _rows_behind(view, month)


@st.fragment
def _by_value(view: SnapshotView, month: date) -> None:
    """Which offer, or which value of another cut, the month's movements are of."""
    if _BY_VALUE not in snapshot.tables(view.file):
        return
    known = revenue_cuts.dimensions(view.file)
    if not known:
        return
    layout.section(f"Which offer, which channel, {formatting.month(month)}", _VALUES_HELP)
    dimension = address.segments(
        "By", [name for name in filters.DIMENSIONS if name in known] or known, key="moved_by",
        format_func=lambda name: filters.DIMENSIONS.get(name, formatting.words(name)), label_visibility="collapsed",
    )  # fmt: skip
    rows = revenue_cuts.month_by_dimension(view.file, dimension, month)
    words = choices.words(view.file, dimension, rows["dimension_value"])
    rows = rows.with_columns(pl.col("dimension_value").replace(words))
    tables.small_table(view, rows, name=f"movements-by-{dimension}", table=_BY_VALUE)
    st.caption("Of everybody. What is switched went from one value to another of the same customer, and sums to 0.")


@st.fragment
def _waterfall(view: SnapshotView, row: dict[str, Any]) -> None:
    """From open to close, narrowed by the filters; a click on a step opens what it is made of."""
    month: date = row["month"]
    layout.section(f"MRR from open to close, {formatting.month(month)}", _MOVEMENTS_HELP)
    chosen, refused = metric_answers.narrowed(view, "mrr")
    if chosen.narrows:
        steps = {f"{name}_mrr": f"{name}_mrr" for name in ("opening", *definitions.MOVEMENTS)} | {"closing_mrr": "mrr"}
        narrowed = {
            column: metrics.value_of(
                view.file, Question(metric, first=month, last=month, where=chosen.where, segment=chosen.segment)
            )
            for column, metric in steps.items()
        }
        row = row | narrowed
    metric_answers.subtitle(chosen, refused)
    event = layout.chart(
        charts_of_revenue.waterfall(row, view.currency),
        key="waterfall",
        alt=f"MRR from {row['opening_mrr']} to {row['closing_mrr']} in {formatting.month(month)}",
        instead_of="waterfall-step",
    )
    chosen_step = st.pills(
        "Look into a step, or click it", list(definitions.MOVEMENTS), format_func=formatting.words, key="waterfall-step"
    )
    step = chosen_step or str(layout.picked(event).get("step", "")).lower()
    if step in definitions.MOVEMENTS:
        drill_down.show(view, f"{step}_mrr", month, by_month(chosen), key="waterfall")
    elif step in {"closing", "so far", "opening"}:
        drill_down.show(view, "mrr", month, by_month(chosen), key="waterfall")


def by_month(chosen: Filters) -> Filters:
    """The same filters by month."""
    return dataclasses.replace(chosen, grain="month")


@st.fragment
def _movements(view: SnapshotView, months: pl.DataFrame) -> None:
    layout.section("MRR movements by month", _MOVEMENTS_HELP)
    chosen, refused = metric_answers.narrowed(view, "new_mrr")
    metric_answers.subtitle(chosen, refused)
    months = _narrowed(view, by_month(chosen), months)
    if months.is_empty():
        layout.empty_state("Nothing to show", "No movement is of these people: change the filters.")
        return
    event = layout.chart(
        charts_of_revenue.movements_by_month(months, view.currency), key="movements", on_select="rerun",
        alt="Movements of MRR by month, gains upwards and losses downwards",
    )  # fmt: skip
    st.caption("Click a part of a bar for what it is made of.")
    found = layout.picked(event)
    month = next((each for each in months["month"] if f"{each:%b %Y}" == found.get("label")), None)
    if month is not None and found.get("movement") in definitions.MOVEMENTS:
        drill_down.show(view, f"{found['movement']}_mrr", month, by_month(chosen), key="movement-bars")


def _narrowed(view: SnapshotView, chosen: Filters, months: pl.DataFrame) -> pl.DataFrame:
    """The months as published, or with the movements of whom the filters mean."""
    if not chosen.narrows and chosen.first is None:
        return months
    first, *others = (f"{name}_mrr" for name in definitions.MOVEMENTS)
    question = Question(first, first=chosen.first, where=chosen.where, segment=chosen.segment)
    rows = metrics.answers(view.file, question, *others).rename({"period": "month"})
    return rows.join(months.select("month", "is_complete"), on="month").sort("month")


@st.fragment
def _rows_behind(view: SnapshotView, month: date) -> None:
    with st.expander(
        f"Show the movements of {formatting.month(month)}",
        icon=":material/receipt_long:",
        key="rows",
        on_change="rerun",
    ) as expander:
        if not expander.open:
            return
        kind_column, search_column = st.columns([2, 1], vertical_alignment="bottom")
        movement_type = kind_column.segmented_control(
            "Movement", list(definitions.MOVEMENTS), format_func=formatting.words, key="movement", help=_MOVEMENTS_HELP
        )
        search = search_column.text_input("Customer id contains", type="search", key="movement-search") or ""
        rows = revenue.movements(month, movement_type, search.strip())
        tables.browse_customers(
            view, rows, name=f"movements-{month:%Y-%m}", empty="Choose another movement or search for another customer."
        )


@st.fragment
def _causes_behind(view: SnapshotView, month: date) -> None:
    with st.expander(
        f"Show the changes of subscriptions in {formatting.month(month)}",
        icon=":material/receipt_long:",
        key="cause-rows",
        on_change="rerun",
    ) as expander:
        if not expander.open or layout.lacks(view, "revenue.fct_subscription_mrr_movements"):
            return
        present = revenue_cuts.causes(view.file, month)["cause"].unique().sort().to_list()
        cause = st.segmented_control("Cause", present, format_func=formatting.words, key="cause", help=_CAUSES_HELP)
        rows = revenue_cuts.subscription_movements(month, cause, None)
        tables.browse_customers(view, rows, name=f"causes-{month:%Y-%m}", empty="Choose another cause.")


def _series(view: SnapshotView, months: pl.DataFrame) -> None:
    _movements(view, months)
    if _CAUSES in snapshot.tables(view.file):
        _causes_by_month(view)
    left, right = st.columns(2, gap="medium")
    complete = months.filter("is_complete").filter(pl.col("customer_churn_rate").is_not_null())
    with left:
        if layout.can_slice(view):
            metric_chart.show(view, "net_mrr_churn_rate")
        else:
            layout.section("Churn rates", definitions.CUSTOMER_CHURN_RATE)
            if complete.is_empty():
                layout.empty_state("No churn rates yet", "A rate needs a complete month that opened with customers.")
            else:
                layout.chart(charts_of_revenue.rates_by_month(complete))
    with right:
        metric_parts.show(
            view, "churn_mrr", "churn_kind", charts.KIND_LOOKS, key="lost", title="MRR lost by kind of churn",
            explanation=definitions.CHURN_KIND, empty="Nobody who paid has stopped paying.",
        )  # fmt: skip
    with st.expander("Show MRR by month", icon=":material/receipt_long:"):
        tables.small_table(
            view, months.sort("month", descending=True), name="mrr-by-month", table="revenue.fct_mrr_monthly"
        )


@st.fragment
def _causes_by_month(view: SnapshotView) -> None:
    layout.section("Why MRR grew or shrank, by month", _CAUSES_HELP)
    movement_type = st.segmented_control(
        "Movement",
        list(definitions.MOVEMENTS),
        default="expansion",
        required=True,
        format_func=formatting.words,
        key="cause-movement",
        label_visibility="collapsed",
    )
    rows = revenue_cuts.causes_by_month(view.file, movement_type or "expansion")
    if rows.is_empty():
        layout.empty_state("None so far", f"No month has a movement of the type {movement_type}.")
        return
    names = {name: formatting.words(name).lower() for name in _CAUSE_COLOURS}
    rows = rows.with_columns(part=pl.col("cause").replace(names))
    present = rows["part"].unique().to_list()
    unnamed = {name: charts.GREY for name in present if name not in names.values()}
    scale = {names[name]: colour for name, colour in _CAUSE_COLOURS.items() if names[name] in present} | unnamed
    codes = {word: code for code, word in names.items()}

    def behind(month: date, part: str | None) -> Rows:
        return revenue_cuts.subscription_movements(month, codes.get(part or "", part), movement_type)

    title = f"{formatting.words(movement_type)} ({view.currency})"
    month_bars.show(view, rows, "mrr_change", title, scale, key="causes-by-month", behind=behind, number="+,.2f")
    with st.expander("Show causes by month", icon=":material/receipt_long:", key="causes", on_change="rerun") as opened:
        if opened.open:
            tables.small_table(view, rows.drop("part"), name=f"causes-of-{movement_type}", table=_CAUSES)
