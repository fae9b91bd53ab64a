"""Churn: why customers leave, net of those who come back, and who does it again and again.

Belongs here: churn of customers by month. Does not belong here: churn of MRR (``app.app_pages.financial_performance``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts, charts_of_series, definitions, definitions_of_retention, formatting, layout
from app.queries import churn
from app.view import SnapshotView

_MONTHLY = "retention.fct_churn_monthly"
_RETURNS = "retention.fct_resubscribe_monthly"
_SERIAL = "retention.fct_serial_churners"
_RULE_COLOURS = dict(
    zip(
        definitions_of_retention.RULES.values(),
        (charts.RUST, charts.AMBER, charts.PLUM, charts.SKY, charts.GREEN, charts.BLUE, charts.GREY),
        strict=True,
    )
)
_RATES = {
    "customer_churn_rate": ("Churn", charts.RUST),
    "net_customer_churn_rate": ("Net of reactivations", charts.BLUE),
}
_EARLY = {"first_30_days_churn_rate": ("First 30 days", charts.PLUM)}


def show(view: SnapshotView) -> None:
    """Churn by kind and rule, its rates, returns, and serial churners."""
    if not layout.lacks(view, _MONTHLY):
        months = churn.churn_by_month(view.file)
        _by_kind(view, months)
        _rates(months)
        layout.sources(_MONTHLY)
    if not layout.lacks(view, _RETURNS):
        _returns(view)
    if not layout.lacks(view, _SERIAL):
        _serial(view)


@st.fragment
def _by_kind(view: SnapshotView, months: pl.DataFrame) -> None:
    layout.section("Churned customers", definitions_of_retention.CHURN_BY_KIND + " " + definitions.CHURN_KIND)
    by = st.segmented_control(
        "By", ["kind", "deciding rule"], default="kind", required=True, key="churn-by", help=definitions.CHURN_RULE,
        label_visibility="collapsed", format_func=lambda name: f"By {name}",
    )  # fmt: skip
    if by == "kind":
        columns = {f"{kind}_churned_customers": kind for kind in definitions.CHURN_KINDS}
        colours = charts.KIND_COLOURS
    else:
        columns = {f"churned_by_{rule}": words for rule, words in definitions_of_retention.RULES.items()}
        colours = _RULE_COLOURS
    parts = months.unpivot(
        list(columns), index=["month", "is_complete"], variable_name="part", value_name="customers"
    ).with_columns(pl.col("part").replace_strict(columns, return_dtype=pl.String))
    present = parts.filter(pl.col("customers") > 0)["part"].unique().to_list()
    if not present:
        layout.empty_state("No churn so far", "Nobody who paid at the open of a month had left by its close.")
        return
    scale = {name: colour for name, colour in colours.items() if name in present}
    layout.chart(
        charts_of_series.stacked_by_month(
            parts.filter(pl.col("part").is_in(present)), "customers", "Churned customers", scale
        )
    )
    with st.expander(
        "Show churn by month", icon=":material/receipt_long:", key="churn-months", on_change="rerun"
    ) as opened:
        if opened.open:
            layout.small_table(view, months.sort("month", descending=True), name="churn-by-month", table=_MONTHLY)
    st.page_link(
        "app_pages/financial_performance.py",
        label="Show the churn movements of a month",
        icon=":material/arrow_forward:",
    )


def _rates(months: pl.DataFrame) -> None:
    left, right = st.columns(2, gap="medium")
    rated = months.filter("is_complete").filter(pl.col("customer_churn_rate").is_not_null())
    with left:
        layout.section("Churn and net churn", f"{definitions.CUSTOMER_CHURN_RATE} {definitions_of_retention.NET_CHURN}")
        if rated.is_empty():
            layout.empty_state("No churn rates yet", "A rate needs a complete month that opened with paying customers.")
        else:
            layout.chart(charts_of_series.lines_by_month(rated, _RATES, "Share of customers at the open"))
    early = months.filter("is_30_days_complete").filter(pl.col("first_30_days_churn_rate").is_not_null())
    with right:
        layout.section("Gone within 30 days", definitions_of_retention.FIRST_30_DAYS)
        if early.is_empty():
            layout.empty_state("Nobody was followed for 30 days yet", "It appears when a month's new customers were.")
        else:
            layout.chart(charts_of_series.lines_by_month(early, _EARLY, "Share of new customers"))


def _returns(view: SnapshotView) -> None:
    layout.section("Back within twelve months", definitions_of_retention.RESUBSCRIBE)
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
    st.caption("Fainter bars: the twelve months are not over.")
    with st.expander(
        "Show returns by month", icon=":material/receipt_long:", key="returns", on_change="rerun"
    ) as opened:
        if opened.open:
            layout.small_table(view, months.sort("month", descending=True), name="resubscriptions", table=_RETURNS)
    layout.sources(_RETURNS)


@st.fragment
def _serial(view: SnapshotView) -> None:
    layout.section("Serial churners", definitions_of_retention.SERIAL)
    bands = churn.serial_churn_bands(view.file)
    if bands.is_empty():
        layout.empty_state("No serial churners", "Nobody churned three times within two years.")
        return
    layout.show_table(view, bands)
    with st.expander("Show the customers", icon=":material/receipt_long:", key="serial", on_change="rerun") as opened:
        if opened.open:
            layout.browse_customers(view, churn.serial_churners(), name="serial-churners", empty="There are none.")
    layout.sources(_SERIAL)
