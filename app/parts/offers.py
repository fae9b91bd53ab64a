"""Offers: who takes them up, what trials and churn do on each, switches between them, and what they brought so far.

Belongs here: the parts of the page on offers that are about offers. Does not belong here: coupons
(``app.parts.coupons``), viewing (``app.parts.engagement``).
"""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from app import charts, charts_of_series, formatting, layout
from app.parts import metric_parts
from app.queries import choices, offers
from app.view import SnapshotView

_MONTHLY = "offers.fct_offer_monthly"
_SWITCHES = "offers.fct_offer_switches"
_LIFETIME = "offers.fct_offer_lifetime"
_DIRECTIONS = {"up": charts.GREEN, "level": charts.GREY, "down": charts.RUST, "unknown": charts.AMBER}

OFFERS = (
    "Subscriptions with access (trial, active, grace) at the close of a day against the close before. A customer "
    "churns on an offer who had MRR on it at the month's open and has none on any at its close: a switch is no churn."
)
SWITCHES = (
    "Days at whose close a subscription with access has another offer than before. Up and down go by the list price "
    "per month before discounts, so a year that costs less a month is down. MRR changes are of paying subscriptions."
)
LIFETIME = (
    "Customers by the offer they began to pay with, and what they paid so far for whatever they bought since. Realised "
    "only: younger offers had less time for it."
)


def show_offers(view: SnapshotView) -> None:
    """Offers over time: their MRR by the filters above the page, and what was started."""
    words = choices.own_titles(view.file)
    rows = offers.by_month(view.file)
    values = rows["dimension_value"].unique(maintain_order=True).to_list()
    metric_parts.show(
        view, "mrr", "offer", metric_parts.leading(values, words), key="offer-mrr", title="MRR by offer",
        explanation=OFFERS, empty="It appears with the first subscription that has a price.",
    )  # fmt: skip
    layout.section("Subscriptions started", OFFERS)
    leading = charts_of_series.leading_values(rows, "closing_mrr", ["started_subscriptions"], ["month", "is_complete"])
    leading = leading.with_columns(pl.col("dimension_value").replace(words))
    layout.chart(
        charts_of_series.stacked_by_month(
            leading, "started_subscriptions", "Subscriptions started", unfinished="not all trials decided"
        ),
        alt="Subscriptions started by month and offer",
    )
    st.caption(
        "Fainter: months that are not over or whose trials are not all decided. Counted by month and offer, so a bar "
        "has no list behind it: the subscriptions are in Core tables."
    )


def show_month(view: SnapshotView, month: date) -> None:
    """Each offer in one month."""
    layout.section(f"{formatting.month(month)} by offer", OFFERS)
    rows = offers.of_month(view.file, month)
    layout.small_table(view, rows, name="offers-of-month", table=_MONTHLY)
    layout.sources(_MONTHLY)


def show_switches(view: SnapshotView) -> None:
    """Switches over time and by pair of offers."""
    layout.section("Switches by direction", SWITCHES)
    if layout.lacks(view, _SWITCHES):
        return
    months = offers.switches_by_month(view.file)
    if months.is_empty():
        layout.empty_state("No switches", "They appear when a subscription with access changes its offer.")
        return
    parts = months.rename({"direction": "part"})
    scale = {name: colour for name, colour in _DIRECTIONS.items() if name in parts["part"]}
    layout.chart(
        charts_of_series.stacked_by_month(parts, "switches", "Switches", scale), alt="Switches by month and direction"
    )
    st.caption("Counted by month and pair of offers, so a bar has no list behind it; the pairs are below.")
    layout.section("From which offer to which", SWITCHES)
    layout.small_table(view, offers.switches_by_pair(view.file), name="switches", table=_SWITCHES)
    layout.sources(_SWITCHES)


def show_lifetime(view: SnapshotView) -> None:
    """What customers brought by the offer they began with."""
    layout.section("By the first offer", LIFETIME)
    if layout.lacks(view, _LIFETIME):
        return
    rows = offers.lifetime(view.file)
    if rows.is_empty():
        layout.empty_state("Nobody paid yet", "It appears with the first customer who has MRR.")
        return
    layout.small_table(view, rows, name="offer-lifetime", table=_LIFETIME)
    layout.sources(_LIFETIME)


def headline(months: pl.DataFrame) -> None:
    """What the newest month of all offers together is like; ``months`` are the offers of that month."""
    total = months.select(
        pl.col("started_subscriptions", "left_subscriptions", "closing_subscriptions", "ended_trials").sum(),
        pl.col("converted_trials").sum(),
    ).row(0, named=True)
    columns = st.columns(4)
    columns[0].metric(
        "Subscriptions with access", formatting.count(total["closing_subscriptions"]), help=OFFERS, border=True
    )
    columns[1].metric("Started", formatting.count(total["started_subscriptions"]), help=OFFERS, border=True)
    columns[2].metric(
        "Lost access",
        formatting.count(total["left_subscriptions"]),
        help="By a hold, a pause, an end or a lapse; a customer may still pay for another one.",
        border=True,
    )
    columns[3].metric(
        "Trials converted",
        f"{formatting.count(total['converted_trials'])} of {formatting.count(total['ended_trials'])}",
        help="Of trials whose trial period ended in the month, those with MRR within 7 days; some are undecided yet.",
        border=True,
    )
