"""Viewing and contacts against churn: bands of activity, last-watched titles, support contacts before churn.

Belongs here: what customers did before they left or stayed. Does not belong here: contacts by topic
(``app.parts.care``), scores of single customers (``app.app_pages.segmentation``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts, charts_of_series, filters, layout, tables
from app.queries import engagement
from app.view import SnapshotView
from pipelines.readings.intervals import FEWEST

_BANDS = "engagement.fct_engagement_bands_monthly"
_TITLES = "engagement.fct_title_churn"
_CONTACTS = "engagement.fct_contacts_before_churn"
_COLOURS = (charts.RUST, charts.AMBER, charts.GREY, charts.SKY, charts.GREEN)
_SHARES = {
    "churned_contact_rate": ("of those who churned", charts.RUST),
    "staying_contact_rate": ("of those who stayed", charts.BLUE),
}
BANDS = (
    "Customers who pay at the month's open, by the days on which they watched in the 30 days before it, and the share "
    "without MRR at the close of the 30th day after. Activity and churn go together here; that one causes the other is "
    "not said."
)
TITLES = (
    "The title watched most on the last day with viewing before a month's open, and the share of its customers who had "
    "churned 30 days on, beside those with other titles at the same opens. The feeds know no seasons: an audience that "
    "ended, its last day more than 30 days ago, stands in for the end of one."
)
CONTACTS = (
    "Of the customers who churned on a day, the share with a support ticket on one of the 30 days before; beside it "
    "the same share of those who paid on the same days and stayed."
)


def show(view: SnapshotView) -> None:
    """Bands, titles and contacts, one below the other."""
    filters.say("viewing and contacts are counted by month, band and title")
    _show_bands(view)
    _show_titles(view)
    _show_contacts(view)


def _show_bands(view: SnapshotView) -> None:
    layout.section("Activity before, churn after", BANDS)
    if layout.lacks(view, _BANDS):
        return
    rows = engagement.bands(view.file)
    if rows.is_empty():
        layout.no_rows(
            view,
            "No viewing to compare",
            "It takes viewing of more than 30 days by customers who pay.",
            "engagement_daily",
        )
        return
    bands = rows["band"].unique(maintain_order=True).to_list()
    left, right = st.columns(2, gap="medium")
    colours = dict(zip(bands, _COLOURS, strict=False))
    with left:
        parts = rows.rename({"band": "part"})
        layout.chart(
            charts_of_series.stacked_by_month(
                parts, "paying_customers", "Paying customers", colours, unfinished="30 days on not over"
            )
        )
    with right:
        rates = rows.filter("is_complete", pl.col("paying_customers") >= FEWEST).pivot(
            "band", index=["month", "is_complete"], values="churn_rate"
        )
        if rates.is_empty():
            layout.empty_state(
                "No churn rate yet", f"It appears once a band has {FEWEST} customers and the 30 days after are over."
            )
        else:
            fields = {band: (band, colours[band]) for band in bands if band in rates.columns}
            layout.chart(charts_of_series.lines_by_month(rates, fields, "Churned within 30 days"))
    st.caption(
        "Counted by month and band, so these charts have no list behind them. "
        f"Shares of fewer than {FEWEST} customers are not drawn."
    )
    with st.expander("Show the bands", icon=":material/receipt_long:", key="bands", on_change="rerun") as opened:
        if opened.open:
            tables.small_table(view, rows.sort("month", "band_number"), name="bands", table=_BANDS)
    layout.sources(_BANDS)


def _show_titles(view: SnapshotView) -> None:
    layout.section("Last-watched titles", TITLES)
    if layout.lacks(view, _TITLES, f"{_TITLES}.title"):
        return
    tables.browse(
        view, engagement.titles(), name="titles", empty="No paying customer's viewing names a title.",
        feeds=("engagement_daily",),
    )  # fmt: skip
    layout.sources(_TITLES)


def _show_contacts(view: SnapshotView) -> None:
    layout.section("Support contacts before churn", CONTACTS)
    if layout.lacks(view, _CONTACTS):
        return
    months = engagement.contacts(view.file)
    if months.is_empty():
        layout.no_rows(view, "No support contacts", "Nobody who paid opened one so far.", "support_tickets")
        return
    drawn = months.filter(pl.col("churns") >= FEWEST)
    if drawn.is_empty():
        layout.empty_state("Too few to draw", f"No month has {FEWEST} customers who churned; the table has all of it.")
    else:
        layout.chart(
            charts_of_series.lines_by_month(drawn, _SHARES, "With a contact before", hover=".2%"),
            alt="Shares with a support contact before, of those who churned and of those who stayed, by month",
        )
    st.caption("Shares of two groups of a month, without a list behind them; tickets and who opened them are on Care.")
    tables.small_table(view, months.sort("month", descending=True), name="contacts-before-churn", table=_CONTACTS)
    layout.sources(_CONTACTS)
