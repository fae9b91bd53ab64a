"""Campaigns: what they kept, against the people held back, and how sure that is.

Belongs here: the order of the page. Does not belong here: inference, which the snapshot holds.
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import formatting, layout
from app.charts_of_experiments import INTERVALS, effects
from app.queries import campaigns
from app.view import SnapshotView, current_view
from pipelines.activation.eligibility import REASONS

_TABLES = ("activation.fct_campaign_assignments", "activation.fct_campaign_results")
_ALARM = 0.001


def _show(view: SnapshotView, campaign: str) -> None:
    results = campaigns.results(view.file, campaign)
    if results.is_empty():
        layout.empty_state(
            "No outcome is known yet",
            "The first comes once 30 days have closed after the day of the assignment.",
            icon=":material/hourglass:",
        )
    else:
        _headline(view, results)
        _intervals(results)
        layout.small_table(view, results, name="campaign-results", table="activation.fct_campaign_results")
        groups = campaigns.groups(view.file, campaign)
        if not groups.is_empty():
            layout.section("By group", "Shown only where groups differ for certain, all groupings taken into account.")
            layout.show_table(view, groups)
        _ranking(view, campaign, results)
    left, right = st.columns(2, gap="medium")
    with left:
        layout.section("Left out, and why")
        left_out = campaigns.left_out(view.file, campaign)
        layout.show_table(
            view,
            left_out.with_columns(
                pl.col("reason").replace({code: words.capitalize() for code, words in REASONS.items()})
            ),
        )
    with right:
        layout.section("Assigned")
        layout.browse_customers(
            view, campaigns.assigned(campaign), name="campaign-people", empty="Nobody.", page_size=8
        )


def _headline(view: SnapshotView, results: pl.DataFrame) -> None:
    retention = results.filter(metric="retention").sort("horizon_days").row(-1, named=True)
    st.subheader(f"{retention['horizon_days']} days after: {retention['headline']}", anchor=False)
    if retention["sample_ratio_p"] is not None and retention["sample_ratio_p"] < _ALARM:
        st.error("The arms are not as large as the draw made them: trust no difference before it is known why.")
    saved = results.filter(pl.col("saved_mrr").is_not_null()).sort("horizon_days")
    if not saved.is_empty():
        row = saved.row(-1, named=True)
        columns = st.columns(3)
        columns[0].metric("Saved MRR a month", formatting.money(row["saved_mrr"], view.currency))
        columns[1].metric("At least", formatting.money(row["saved_mrr_low"], view.currency))
        columns[2].metric("At most", formatting.money(row["saved_mrr_high"], view.currency))


def _ranking(view: SnapshotView, campaign: str, results: pl.DataFrame) -> None:
    """The order of people by what the campaign does for them, with its worth; or that chance does as well."""
    judged = results.filter(pl.col("qini").is_not_null()).sort("horizon_days")
    if judged.is_empty():
        return
    row = judged.row(-1, named=True)
    worth = f"Qini {row['qini']:.4g} (p = {row['qini_p']:.2g}) at {row['horizon_days']} days, on people it had not seen"
    ranked = campaigns.ranking(view.file, campaign)
    layout.section("Worth contacting", "By how much more likely the campaign makes each person to stay.")
    if ranked.is_empty():
        st.caption(f"Nobody is ranked: no order is better than chance yet, {worth}.")
        return
    st.caption(f"{worth}.")
    layout.show_table(view, ranked.drop("qini", "qini_p"))


def _intervals(results: pl.DataFrame) -> None:
    layout.section("Effect on retention", INTERVALS)
    names = {f"adjusted_{name}": name for name in ("difference", "low", "high", "sequential_low", "sequential_high")}
    shown = results.filter(metric="retention").drop_nulls("adjusted_difference").select("horizon_days", *names)
    layout.chart(effects(shown.rename(names), "horizon_days", "Days after", "Retained, sent less held out", "+.1%"))


view = current_view()
layout.page_header(
    view,
    "Campaigns",
    "What did a campaign keep, and is that certain?",
    not_cut="a campaign is judged over everybody whom it assigned",
)
if not layout.lacks(view, *_TABLES):
    known = campaigns.campaigns(view.file)
    if known.is_empty():
        layout.empty_state(
            "No campaigns",
            "Export a segment with a campaign and a holdout, then build: "
            "`churniq export at-risk --campaign spring --holdout 0.1 --out spring.csv`.",
            icon=":material/campaign:",
        )
    else:
        layout.show_table(view, known)
        chosen = st.selectbox("Campaign", known["campaign"].to_list(), key="campaign", width=320)
        if chosen:
            _show(view, chosen)
        layout.sources(*_TABLES)
