"""Churn: why customers leave, net of those who come back, and who does it again and again.

Belongs here: churn of customers by month. Does not belong here: churn of MRR (``app.app_pages.financial_performance``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import address, charts, charts_of_series, definitions, definitions_of_retention, filters, formatting, layout
from app.parts import metric_chart, metric_parts
from app.queries import churn
from app.view import SnapshotView

_RETURNS = "retention.fct_resubscribe_monthly"
_SERIAL = "retention.fct_serial_churners"
_RULES = {
    rule: (words.capitalize(), colour)
    for (rule, words), colour in zip(
        definitions_of_retention.RULES.items(),
        (charts.RUST, charts.AMBER, charts.PLUM, charts.SKY, charts.GREEN, charts.BLUE, charts.GREY),
        strict=True,
    )
}
_RATES = {
    "customer_churn_rate": "Churn rate",
    "net_customer_churn_rate": "Net of reactivations",
    "first_30_days_churn_rate": "Gone within 30 days",
}
_BY = {"churn_kind": ("By kind", charts.KIND_LOOKS), "churn_rule": ("By deciding rule", _RULES)}


def show(view: SnapshotView) -> None:
    """Churn by kind and rule, its rates, returns, and serial churners."""
    _by_kind(view)
    rate = address.segments(
        "Rate", list(_RATES), key="churn_rate", format_func=_RATES.__getitem__, label_visibility="collapsed"
    )
    metric_chart.show(view, rate)
    layout.sources("revenue.fct_mrr_movements", "retention.dim_customer_cohorts")
    if not layout.lacks(view, _RETURNS):
        _returns(view)
    if not layout.lacks(view, _SERIAL):
        _serial(view)


def _by_kind(view: SnapshotView) -> None:
    by = address.segments(
        "By", list(_BY), key="churn_by", help=definitions.CHURN_RULE, label_visibility="collapsed",
        format_func=lambda name: _BY[name][0],
    )  # fmt: skip
    metric_parts.show(
        view,
        "churned_customers",
        by,
        _BY[by][1],
        key="churn-parts",
        title="Churned customers",
        explanation=definitions_of_retention.CHURN_BY_KIND + " " + definitions.CHURN_KIND,
        empty="Nobody who paid at the open of a period had left by its close.",
    )


def _returns(view: SnapshotView) -> None:
    layout.section("Back within twelve months", definitions_of_retention.RESUBSCRIBE)
    filters.say("returns are counted by month and of everybody")
    months = churn.resubscriptions(view.file).filter(pl.col("churners") > 0)
    if months.is_empty():
        layout.empty_state("Nobody has churned yet", "Returns appear after the first churn.")
        return
    scale = {"came back": charts.GREEN, "stayed away": charts.RUST, "undecided": charts.GREY}
    names = {
        "resubscribed_customers": "came back",
        "stayed_away_customers": "stayed away",
        "undecided_customers": "undecided",
    }
    parts = months.unpivot(list(names), index=["month", "is_complete"], variable_name="part", value_name="customers")
    parts = parts.with_columns(pl.col("part").replace(names))
    closed = months.filter("is_complete")
    if closed.height:
        newest = closed.row(-1, named=True)
        st.metric(
            f"Of those who churned in {formatting.month(newest['month'])}",
            formatting.percent(newest["resubscribe_rate"]),
            f"{formatting.count(newest['resubscribed_customers'])} of {formatting.count(newest['churners'])} customers",
            delta_color="off",
            delta_arrow="off",
            help="The newest month whose twelve months are over. " + definitions_of_retention.RESUBSCRIBE,
            border=True,
            width=320,
        )
    layout.chart(
        charts_of_series.stacked_by_month(
            parts, "customers", "Customers by month of churn", scale, unfinished="undecided yet"
        )
    )
    st.caption(
        "Fainter bars: the twelve months are not over. Counted by month of churn, so a bar has no list behind it; who "
        "churned opens from the chart of churned customers above."
    )
    with st.expander(
        "Show returns by month", icon=":material/receipt_long:", key="returns", on_change="rerun"
    ) as opened:
        if opened.open:
            layout.small_table(view, months.sort("month", descending=True), name="resubscriptions", table=_RETURNS)
    layout.sources(_RETURNS)


@st.fragment
def _serial(view: SnapshotView) -> None:
    layout.section("Serial churners", definitions_of_retention.SERIAL)
    people = layout.narrowed_by_now(view, churn.serial_churners())
    bands = churn.serial_churn_bands(view.file, people)
    if bands.is_empty():
        layout.empty_state("No serial churners", "Nobody churned three times within two years.")
        return
    layout.show_table(view, bands)
    with st.expander("Show the customers", icon=":material/receipt_long:", key="serial", on_change="rerun") as opened:
        if opened.open:
            layout.browse_customers(view, people, name="serial-churners", empty="There are none.", is_narrowed=True)
    layout.sources(_SERIAL)
