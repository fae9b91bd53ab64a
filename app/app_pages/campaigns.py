"""Campaigns: what they kept, against the people held back, and how sure that is.

Belongs here: the order of the page. Does not belong here: inference, which the snapshot holds.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app import formatting, layout, tables
from app.charts_of_experiments import INTERVALS, effects
from app.queries import campaigns
from app.view import SnapshotView, current_view
from pipelines.activation.campaigns import more_people
from pipelines.activation.eligibility import REASONS

_TABLES = ("activation.fct_campaign_assignments", "activation.fct_campaign_results")
_ALARM = 0.001
_STAYED = "With MRR at the close of that day, whatever reached them of the campaign."


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
        tables.show_table(view, _in_words(view, results))
        with st.expander("Show all measures", icon=":material/receipt_long:"):
            tables.small_table(view, results, name="campaign-results", table="activation.fct_campaign_results")
        groups = campaigns.groups(view.file, campaign)
        if not groups.is_empty():
            layout.section("By group", "Shown only where groups differ for certain, all groupings taken into account.")
            tables.show_table(view, groups)
        _ranking(view, campaign, results)
    left, right = st.columns(2, gap="medium")
    with left:
        layout.section("Left out, and why")
        left_out = campaigns.left_out(view.file, campaign)
        tables.show_table(
            view,
            left_out.with_columns(
                pl.col("reason").replace({code: words.capitalize() for code, words in REASONS.items()})
            ),
        )
    with right:
        layout.section("Assigned")
        tables.browse_customers(
            view, campaigns.assigned(campaign), name="campaign-people", empty="Nobody.", page_size=8
        )


def _headline(view: SnapshotView, results: pl.DataFrame) -> None:
    retention = results.filter(metric="retention").sort("horizon_days").row(-1, named=True)
    st.subheader(f"{retention['horizon_days']} days after: {retention['headline']}", anchor=False)
    if retention["sample_ratio_p"] is not None and retention["sample_ratio_p"] < _ALARM:
        st.error("The arms are not as large as the draw made them: trust no difference before it is known why.")
    tiles = layout.tiles(4)
    for label, arm in (("Stayed, of those contacted", "sent"), ("Stayed, of those held out", "held_out")):
        share = formatting.percent(retention[f"{arm}_value"])
        layout.tile(tiles, label, share, formatting.plural(retention[arm], "customer"), about=_STAYED)
    low, high = (formatting.points(retention[f"adjusted_sequential_{end}"]) for end in ("low", "high"))
    layout.tile(
        tiles,
        "Difference",
        formatting.points(retention["adjusted_difference"]) or formatting.NOTHING,
        f"{low} to {high}" if low and high else None,
        about="Between people alike before it began. The range holds however often it is looked at, in 95 of 100 "
        "campaigns; where it has zero in it, the campaign may have done nothing.",
    )
    saved = results.filter(pl.col("saved_mrr").is_not_null()).sort("horizon_days")
    if not saved.is_empty():
        row = saved.row(-1, named=True)
        low, high = (formatting.money(row[f"saved_mrr_{end}"], view.currency) for end in ("low", "high"))
        layout.tile(
            tiles,
            "Saved MRR a month",
            formatting.money(row["saved_mrr"], view.currency),
            f"{low} to {high}",
            about="The difference of MRR a person, for everybody contacted, with its 95% interval for one look.",
        )
    if more := more_people(retention):
        st.caption(f"If the effect is as it looks, {formatting.plural(round(more), 'more customer')} would show it.")


def _in_words(view: SnapshotView, results: pl.DataFrame) -> pl.DataFrame:
    """What a person brought who was contacted, beside one who was held out."""

    def written(row: dict[str, Any], name: str, *, is_difference: bool = False) -> str:
        is_share = row["metric"] == "retention"
        return formatting.outcome(row[name], view.currency, is_share=is_share, is_difference=is_difference)

    rows = [
        {
            "metric": formatting.words(row["metric"]),
            "days_after": row["horizon_days"],
            "contacted": written(row, "sent_value"),
            "held_out": written(row, "held_out_value"),
            "difference": written(row, "adjusted_difference", is_difference=True),
            "95% interval": " to ".join(written(row, f"adjusted_{end}", is_difference=True) for end in ("low", "high")),
        }
        for row in results.sort(pl.col("metric") != "retention", "metric", "horizon_days").to_dicts()
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


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
    tables.show_table(view, ranked.drop("qini", "qini_p"))


def _intervals(results: pl.DataFrame) -> None:
    layout.section("Effect on retention")
    names = {f"adjusted_{name}": name for name in ("difference", "low", "high", "sequential_low", "sequential_high")}
    shown = results.filter(metric="retention").drop_nulls("adjusted_difference").select("horizon_days", *names)
    layout.chart(
        effects(shown.rename(names), "horizon_days", "Days after", "Stayed, contacted less held out", is_share=True)
    )
    st.caption(INTERVALS)


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
        tables.show_table(view, known)
        chosen = st.selectbox("Campaign", known["campaign"].to_list(), key="campaign", width=320)
        if chosen:
            _show(view, chosen)
        layout.sources(*_TABLES)
