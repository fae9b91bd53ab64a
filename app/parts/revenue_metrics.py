"""Revenue metrics: committed MRR, ARPU, revenue retention, the quick ratio.

Belongs here: one number a month made of MRR. Does not belong here: MRR itself (``app.parts.movements``).
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app import charts, charts_of_series, definitions, filters, formatting, layout, tables
from app import definitions_of_revenue as words
from app.queries import revenue_cuts
from app.view import SnapshotView

_TABLE = "revenue.fct_revenue_metrics_monthly"
_MRR = {"closing_mrr": ("MRR", charts.BLUE), "committed_mrr": ("Committed MRR", charts.GREEN)}
_MONTHLY = {"gross_revenue_retention": ("Gross", charts.RUST), "net_revenue_retention": ("Net", charts.GREEN)}
_YEARLY = {
    "gross_revenue_retention_12_months": ("Gross", charts.RUST),
    "net_revenue_retention_12_months": ("Net", charts.GREEN),
}
_ARPU = {"arpu": ("ARPU", charts.BLUE), "realised_lifetime_value": ("Realised lifetime value", charts.PLUM)}
_USUAL_MONTHS = 12
_QUICK = {"quick_ratio": ("Month", charts.SKY), "quick_ratio_3_months": ("Three months", charts.BLUE)}


def show(view: SnapshotView) -> None:
    """The newest complete month as numbers, and all months as lines."""
    if layout.lacks(view, _TABLE):
        return
    filters.say("metrics with twelve months behind them are kept by month and of everybody; others are on Explore")
    months = revenue_cuts.metrics(view.file)
    if months.is_empty():
        layout.no_rows(
            view,
            "No recurring revenue yet",
            "No subscription has had a recurring price above 0 so far.",
            "subscription_events",
        )
        return
    complete = months.filter("is_complete")
    if complete.is_empty():
        st.info("No month is over yet: the metrics appear with the first complete month.")
    else:
        _headlines(view, complete.row(-1, named=True))
    _lines(view, months, complete)
    with st.expander(
        "Show metrics by month", icon=":material/receipt_long:", key="metrics", on_change="rerun"
    ) as opened:
        if opened.open:
            tables.small_table(view, months.sort("month", descending=True), name="revenue-metrics", table=_TABLE)
    layout.sources(_TABLE)


def _headlines(view: SnapshotView, row: dict[str, Any]) -> None:
    layout.section(f"At the close of {formatting.month(row['month'])}", "Of the newest month that is over.")
    ratio = formatting.NOTHING if row["quick_ratio"] is None else f"{row['quick_ratio']:.1f}"
    numbers = (
        ("MRR", formatting.money(row["closing_mrr"], view.currency), definitions.MRR),
        ("Committed MRR", formatting.money(row["committed_mrr"], view.currency), words.COMMITTED_MRR),
        ("ARPU", formatting.money(row["arpu"], view.currency), words.ARPU),
        ("Quick ratio", ratio, words.QUICK_RATIO),
        ("Gross retention", formatting.percent(row["gross_revenue_retention"]), words.GROSS_RETENTION),
        ("Net retention", formatting.percent(row["net_revenue_retention"]), words.NET_RETENTION),
        (
            "Gross, 12 months",
            formatting.percent(row["gross_revenue_retention_12_months"]),
            words.GROSS_RETENTION + words.TWELVE_MONTHS,
        ),
        (
            "Net, 12 months",
            formatting.percent(row["net_revenue_retention_12_months"]),
            words.NET_RETENTION + words.TWELVE_MONTHS,
        ),
    )
    tiles = layout.tiles(len(numbers))
    for label, value, explanation in numbers:
        layout.tile(tiles, label, value, about=explanation)


def _lines(view: SnapshotView, months: pl.DataFrame, complete: pl.DataFrame) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        layout.section("MRR and committed MRR", words.COMMITTED_MRR)
        layout.chart(
            charts_of_series.lines_by_month(
                months, _MRR, f"MRR ({view.currency})", number="~s", hover=",.2f", from_zero=False
            )
        )
    with right:
        layout.section("ARPU and lifetime value", f"{words.ARPU} {words.LIFETIME_VALUE}")
        layout.chart(
            charts_of_series.lines_by_month(months, _ARPU, f"Per customer ({view.currency})", number="~s", hover=",.2f")
        )
    if not months["is_complete"].all():
        st.caption(f"The last point is {formatting.month(months['month'][-1])} so far.")
    left, right = st.columns(2, gap="medium")
    with left:
        layout.section("Revenue retention by month", f"{words.GROSS_RETENTION} {words.NET_RETENTION}")
        _rates(complete, _MONTHLY, "A rate needs a complete month that opened with MRR.")
    with right:
        layout.section("Revenue retention over 12 months", words.NET_RETENTION + words.TWELVE_MONTHS)
        _rates(complete, _YEARLY, "It appears once the history has more than twelve months.")
    layout.section("Quick ratio", words.QUICK_RATIO)
    ratios = complete.filter(pl.any_horizontal(pl.col(list(_QUICK)).is_not_null()))
    if ratios.is_empty():
        layout.empty_state("No quick ratio yet", "It appears with the first complete month in which MRR was lost.")
    else:
        # The first months of a business lose next to nothing: their ratios would press all others flat.
        usual = float(ratios.tail(_USUAL_MONTHS).select(pl.max_horizontal(pl.col(list(_QUICK)).max())).item()) * 1.25
        layout.chart(
            charts_of_series.lines_by_month(
                ratios, _QUICK, "Won for each unit lost", number=".1f", hover=".2f", ceiling=usual
            )
        )
        if ratios.filter(pl.max_horizontal(list(_QUICK)) > usual).height:
            st.caption(f"What is above {usual:.1f}, as months that lose little are, is cut off; the table has it.")


def _rates(complete: pl.DataFrame, fields: dict[str, tuple[str, str]], remedy: str) -> None:
    rated = complete.filter(pl.any_horizontal(pl.col(list(fields)).is_not_null()))
    if rated.is_empty():
        layout.empty_state("No rate yet", remedy)
    else:
        layout.chart(charts_of_series.lines_by_month(rated, fields, "Share of the opening MRR", from_zero=False))
