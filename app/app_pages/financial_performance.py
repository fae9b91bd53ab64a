"""Where MRR came from and went: movements, churn rates, payments, and the rows behind them.

Belongs here: revenue by month. Does not belong here: cohorts (``retention``), single customers (``customer``).
"""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from app import charts, definitions, formatting, layout
from app.queries import revenue
from app.view import View, current_view

_MOVEMENTS_HELP = " ".join(f"**{name.capitalize()}**: {text}" for name, text in definitions.MOVEMENTS.items())
_RATES_HELP = {
    "customer_churn_rate": definitions.CUSTOMER_CHURN_RATE,
    "gross_mrr_churn_rate": definitions.GROSS_MRR_CHURN_RATE,
    "net_mrr_churn_rate": definitions.NET_MRR_CHURN_RATE,
}


def _choose_month(months: pl.DataFrame) -> date:
    """The month in detail: the newest one that is over unless the reader chooses."""
    options: list[date] = months["month"].to_list()[::-1]
    complete = months.filter("is_complete")["month"].to_list()
    unfinished = set(options) - set(complete)
    return st.selectbox(
        "Month in detail",
        options,
        index=options.index(complete[-1]) if complete else 0,
        format_func=lambda month: formatting.month(month) + (" (so far)" if month in unfinished else ""),
        width=220,
    )


def _month_in_detail(view: View, months: pl.DataFrame) -> None:
    month = _choose_month(months)
    row = months.row(by_predicate=pl.col("month") == month, named=True)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        layout.section(f"MRR from open to close, {formatting.month(month)}", _MOVEMENTS_HELP)
        st.altair_chart(charts.waterfall(row, view.currency))
    with right:
        layout.section("Churn by evidence", definitions.CHURN_KIND + " " + definitions.CHURN_RULE)
        evidence = revenue.churn_evidence(view.file, month)
        if evidence.is_empty():
            layout.empty_state("Nobody churned", f"{formatting.month(month)} has no churn movement.")
        else:
            layout.show_table(view, evidence)
        st.caption("Churn rates of the month")
        rates = st.columns(3)
        for column, (field, (label, _)) in zip(rates, charts.RATES.items(), strict=True):
            column.metric(label, formatting.percent(row[field]), help=_RATES_HELP[field])
        if not row["is_complete"]:
            st.caption("The month is not over: its rates will grow until it closes.")
    _rows_behind(view, month)


@st.fragment
def _rows_behind(view: View, month: date) -> None:
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
        layout.browse_customers(
            view, rows, name=f"movements-{month:%Y-%m}", empty="Choose another movement or search for another customer."
        )


def _series(view: View, months: pl.DataFrame) -> None:
    layout.section("MRR movements by month", _MOVEMENTS_HELP)
    st.altair_chart(charts.movements_by_month(months, view.currency))
    left, right = st.columns(2, gap="medium")
    complete = months.filter("is_complete").filter(pl.col("customer_churn_rate").is_not_null())
    with left:
        layout.section("Churn rates", definitions.CUSTOMER_CHURN_RATE)
        if complete.is_empty():
            layout.empty_state("No churn rates yet", "A rate needs a complete month that opened with paying customers.")
        else:
            st.altair_chart(charts.rates_by_month(complete))
    with right:
        layout.section("MRR lost by kind of churn", definitions.CHURN_KIND)
        kinds = revenue.churn_by_kind(view.file)
        if kinds.is_empty():
            layout.empty_state("No churn so far", "Nobody who paid has stopped paying.")
        else:
            st.altair_chart(charts.churn_by_kind(kinds, months, view.currency))
    with st.expander("Show MRR by month", icon=":material/receipt_long:"):
        layout.small_table(view, months.sort("month", descending=True), name="mrr-by-month")


def _payments(view: View, months: pl.DataFrame) -> None:
    layout.section("Payments received", definitions.REVENUE)
    payments = revenue.revenue_by_month(view.file, view.timezone)
    if payments.is_empty():
        layout.empty_state("No payments", "Ingest the feed payment_events to see what was received.")
        return
    complete = months.select("month", "is_complete")
    payments = payments.join(complete, on="month", how="left").with_columns(pl.col("is_complete").fill_null(value=True))
    st.altair_chart(charts.money_by_month(payments, "revenue", "Revenue", view.currency, charts.GREEN))
    with st.expander("Show payments by month", icon=":material/receipt_long:"):
        layout.small_table(view, payments.sort("month", descending=True), name="payments-by-month")


view = current_view()
layout.page_header(view, "Financial performance", "Where does recurring revenue come from, and where does it go?")
all_months = revenue.months(view.file)
if all_months.is_empty():
    layout.empty_state("No recurring revenue yet", "Ingest subscription events with a price, then build again.")
else:
    if all_months.height == 1:
        st.info("The history has one month only: comparisons between months appear with the next.")
    _month_in_detail(view, all_months)
    _series(view, all_months)
_payments(view, all_months)
