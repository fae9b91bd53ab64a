"""Payments from gross to net, and payouts against them.

Belongs here: money received and paid out. Does not belong here: what of it is earned (``app.parts.recognition``).
"""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from app import address, charts, charts_of_revenue, charts_of_series, definitions, filters, formatting, layout, tables
from app import definitions_of_revenue as words
from app.parts import metric_chart
from app.parts.totals import Totals
from app.queries import payments, revenue, snapshot
from app.queries.rows import Rows
from app.view import SnapshotView
from pipelines.readings.metrics import find_metric

_MONTHLY = "revenue.fct_payments_monthly"
_PAYOUTS = "revenue.fct_payout_reconciliation"
_METRICS = {
    "revenue": "Revenue",
    "gross_payments": "Gross",
    "refunds": "Refunds",
    "chargebacks": "Chargebacks",
    "refund_rate": "Share refunded",
    "payment_failure_rate": "Failure rate",
}
_PAYOUT_METRICS = {
    "payouts": "Payouts",
    "unreconciled_payouts": "Not reconciled",
    "payout_payments_not_found": "Missing",
    "payout_payments_paid_twice": "Paid twice",
    "payout_payments_in_other_currency": "Other currency",
}
# What the mart of payments has beside the month.
_KEPT_BY = ("provider",)
_LINES = {
    "gross_reporting": ("Gross, tax included", charts.SKY),
    "revenue_reporting": ("Revenue", charts.GREEN),
    "net_reporting": ("After fees", charts.BLUE),
}


def show(view: SnapshotView) -> None:
    """Payments by period, by month from gross to net, and payouts."""
    metric = address.segments(
        "Payments", list(_METRICS), key="paid_metric", format_func=_METRICS.__getitem__, label_visibility="collapsed"
    )
    metric_chart.show(view, metric, key="paid")
    layout.section("Gross, revenue and what is left after fees", definitions.REVENUE)
    if _MONTHLY in snapshot.tables(view.file):
        _payments(view)
    else:
        _revenue_only(view)
    if not layout.lacks(view, _PAYOUTS):
        _payouts(view)


def _payments(view: SnapshotView) -> None:
    filters.say("what fees leave is summed by month, kind of product, provider and currency", applied=_KEPT_BY)
    providers = filters.current_filters().values("provider")
    months = payments.payments(view.file, providers)
    if months.is_empty():
        layout.no_rows(view, "No payments", "Nothing was paid by the as-of instant.", "payment_events")
        return
    title = f"Payments ({view.currency})"
    layout.chart(charts_of_series.lines_by_month(months, _LINES, title, number="~s", hover=",.2f"))
    if (months["gross_reporting"] == months["net_reporting"]).all():
        st.caption("No tax and no fee is told of, so the three lines are one.")
    if not months["is_complete"].all():
        st.caption(f"The last point is {formatting.month(months['month'][-1])} so far.")
    with st.expander(
        "Show payments by month", icon=":material/receipt_long:", key="paid-months", on_change="rerun"
    ) as opened:
        if opened.open:
            tables.small_table(view, months.sort("month", descending=True), name="payments-by-month", table=_MONTHLY)
    layout.section("From gross to net", words.PAYMENTS)
    month = layout.choose_month(months)
    tables.small_table(
        view, payments.payment_bridge(view.file, month, providers), name=f"payments-{month:%Y-%m}", table=_MONTHLY
    )
    _rows_behind(view, month_rows=payments.payment_rows(month, providers), name=f"payments-by-provider-{month:%Y-%m}")
    layout.sources(_MONTHLY)


@st.fragment
def _rows_behind(view: SnapshotView, month_rows: Rows, name: str) -> None:
    with st.expander(
        "Show by kind, provider and currency", icon=":material/receipt_long:", key="paid-rows", on_change="rerun"
    ) as opened:
        if opened.open:
            tables.browse(view, month_rows, name=name, empty="This month has no payments.")
            st.page_link("app_pages/core_tables.py", label="Show the transactions", icon=":material/arrow_forward:",
                         query_params={"table": "transactions"})  # fmt: skip


def _revenue_only(view: SnapshotView) -> None:
    """What a snapshot from before the mart on payments can tell."""
    rows = revenue.revenue_by_month(view.file, view.timezone)
    if rows.is_empty():
        layout.no_rows(view, "No payments", "Nothing was paid by the as-of instant.", "payment_events")
        return
    complete = revenue.months(view.file).select("month", "is_complete")
    rows = rows.join(complete, on="month", how="left").with_columns(pl.col("is_complete").fill_null(value=True))
    layout.chart(charts_of_revenue.money_by_month(rows, "revenue", "Revenue", view.currency, charts.GREEN))
    with st.expander("Show payments by month", icon=":material/receipt_long:"):
        tables.small_table(view, rows.sort("month", descending=True), name="payments-by-month")


@st.fragment
def _payouts(view: SnapshotView) -> None:
    layout.section("Payouts", words.PAYOUTS)
    chosen = filters.current_filters()
    of = Totals(view, "payouts", list(_PAYOUT_METRICS)[1:], chosen.first or date.min, view.as_of_date)
    of.say()
    totals = payments.payouts(view.file, of.rows())
    if totals.is_empty():
        narrows = chosen.narrows or chosen.first
        why = "No payout is like this: change the filters." if narrows else "Providers paid nothing out so far."
        layout.no_rows(view, "No payouts", why, "payouts")
        return
    sums = of.whole()
    tiles = layout.tiles(len(_PAYOUT_METRICS))
    for metric, label in _PAYOUT_METRICS.items():
        layout.tile(
            tiles, label, formatting.count(sums[metric]), about=formatting.plain(find_metric(metric).description)
        )
    if sums["unreconciled_payouts"] == 0:
        st.caption("Nothing is unexplained: every payout equals the payments that it settles.")
    tables.small_table(view, totals, name="payouts-by-provider", table=_PAYOUTS)
    with st.expander("Show payouts", icon=":material/receipt_long:", key="payouts", on_change="rerun") as opened:
        if opened.open:
            is_open = sums["unreconciled_payouts"] > 0
            only_open = st.toggle("Only those that are not reconciled", value=is_open, key="open")
            rows = payments.payout_rows(of.rows(), only_open=only_open)
            tables.browse(view, rows, name="payouts", empty="Every payout is reconciled.")
    layout.sources(_PAYOUTS)
