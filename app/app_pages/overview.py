"""How the business does: the headline numbers and where they come from.

Belongs here: the newest numbers, with links to the pages that explain them. Does not belong here: details of them.
"""

from __future__ import annotations

import streamlit as st

from app import charts, definitions, formatting, layout
from app.queries import core, revenue, scoring, snapshot
from app.view import View, current_view


def _headlines(view: View) -> None:
    months = revenue.months(view.file)
    latest = months.row(-1, named=True)
    since = f"since {latest['month']:%-d %b}"
    complete = months.filter("is_complete").tail(2).to_dicts()
    closed = complete[-1] if complete else None
    before = complete[-2] if len(complete) > 1 else None
    mrr, customers, churn, net = st.columns(4)
    mrr.metric(
        "MRR",
        formatting.money(latest["closing_mrr"], view.currency),
        formatting.money(latest["closing_mrr"] - latest["opening_mrr"], view.currency, signed=True),
        delta_description=since,
        help=definitions.MRR,
        border=True,
    )
    customers.metric(
        "Paying customers",
        formatting.count(latest["closing_customers"]),
        formatting.count(latest["closing_customers"] - latest["opening_customers"], signed=True),
        delta_description=since,
        help=definitions.PAYING_CUSTOMERS,
        border=True,
    )
    for column, label, field, explanation in (
        (churn, "Customer churn", "customer_churn_rate", definitions.CUSTOMER_CHURN_RATE),
        (net, "Net MRR churn", "net_mrr_churn_rate", definitions.NET_MRR_CHURN_RATE),
    ):
        now = closed[field] if closed else None
        earlier = before[field] if before else None
        column.metric(
            f"{label}, {formatting.month(closed['month'])}" if closed else label,
            formatting.percent(now),
            formatting.points(None if now is None or earlier is None else now - earlier),
            delta_color="inverse",
            delta_description=f"on {before['month']:%b}" if before and earlier is not None else None,
            help=explanation + " Of the newest month that is over.",
            border=True,
        )
    if closed is None:
        st.info("No month is over yet, so there are no churn rates: they appear with the first complete month.")


def _charts(view: View) -> None:
    months = revenue.months(view.file)
    left, right = st.columns(2, gap="medium")
    with left:
        layout.section("MRR at the close of each month", definitions.MRR)
        st.altair_chart(charts.money_by_month(months, "closing_mrr", "MRR", view.currency))
    with right:
        layout.section("Customers won and lost", definitions.CUSTOMER_CHURN_RATE)
        st.altair_chart(charts.customers_by_month(months))
    if not months["is_complete"][-1]:
        st.caption(f"Fainter bars: {formatting.month(months['month'][-1])} so far.")


def _customers(view: View) -> None:
    layout.section("Customers by status", definitions.PAYING_CUSTOMERS)
    statuses = core.customer_statuses(view.file)
    layout.show_table(view, statuses)
    st.page_link("app_pages/core_tables.py", label="Show the customers", icon=":material/arrow_forward:")


def _risk(view: View) -> None:
    layout.section("Likely to leave", definitions.CHURN_PROBABILITY)
    if "scoring.fct_churn_scores" not in snapshot.tables(view.file):
        layout.empty_state("No churn scores yet", "Scores appear once the history is long enough to learn from.")
        return
    bands = scoring.score_bands(view.file).select("risk_band", "customers", "mrr", "mean_probability")
    if bands.is_empty():
        layout.empty_state("Nobody to score", "No customer pays at the as-of instant.")
        return
    layout.show_table(view, bands)
    st.page_link("app_pages/segmentation.py", label="Show who and why", icon=":material/arrow_forward:")


view = current_view()
layout.page_header(view, "Overview", "How is the business doing, and what changed?")
if revenue.months(view.file).is_empty():
    layout.empty_state("No recurring revenue yet", "Ingest subscription events with a price, then build again.")
else:
    _headlines(view)
    _charts(view)
columns = st.columns(2, gap="medium")
with columns[0]:
    _customers(view)
with columns[1]:
    _risk(view)
