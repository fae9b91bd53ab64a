"""Who is likely to leave and why, as a list to take away.

Belongs here: churn scores, the at-risk segment, how good the scores were. Does not belong here: the model
(``models``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import address, charts_of_people, definitions, exports, filters, formatting, layout, tables
from app.parts import slices
from app.parts.backtest import show_backtest
from app.parts.track_record import show_track_record
from app.queries import scoring, snapshot
from app.view import SnapshotView, current_view

_BANDS = ("high", "medium", "low")


def _bands(view: SnapshotView, bands: pl.DataFrame) -> None:
    first = bands.row(0, named=True)
    st.caption(
        f"Chance of having no MRR {first['horizon_days']} days after {formatting.day(first['as_of_date'])} · "
        f"model {formatting.verbatim(first['model_version'])}"
    )
    by_band = {row["risk_band"]: row for row in bands.to_dicts()}
    tiles = layout.tiles(len(_BANDS))
    for band in _BANDS:
        row = by_band.get(band)
        layout.tile(
            tiles,
            f"Customers at {band} risk",
            formatting.count(row["customers"] if row else 0),
            formatting.money(row["mrr"] if row else 0, view.currency) + " MRR",
            about=definitions.RISK_BAND
            + (f" Here from {row['lowest']:.1%} to {row['highest']:.1%}." if row else " Nobody is in this band."),
        )


@st.fragment
def _list(view: SnapshotView) -> None:
    layout.section("Customers by risk", definitions.CHURN_PROBABILITY)
    if view.is_current:
        exports.export_segment(
            exports.request_for(view, "at-risk"),
            label="Export the at-risk segment",
            help_text="Those in the high band who may be written to, whatever is filtered below: the file that "
            "`churniq export at-risk` writes.",
        )
    band_column, search_column = st.columns([2, 2], vertical_alignment="bottom")
    with band_column:
        band = address.segments(
            "Risk band",
            [*_BANDS, "all"],
            default="high",
            format_func=formatting.words,
            key="band",
            help=definitions.RISK_BAND,
        )
    with search_column:
        search = address.search("Customer or reason contains", key="reason")
    band = None if band == "all" else band
    chosen = filters.current_filters()
    # Neither what is searched for nor a segment is a condition, and without them it would not be these people.
    if not search and chosen.segment is None:
        bands = [("risk_band", band)] if band else [("risk_band", each) for each in _BANDS]
        slices.show_link([*bands, *slices.slice_of(chosen.where)])
    rows = scoring.scored_customers(band, search)
    tables.browse_customers(view, rows, name="scored-customers", empty="Choose another band, filter or search.")


@st.fragment
def _distribution(view: SnapshotView) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        layout.section("Customers by churn probability", definitions.CHURN_PROBABILITY)
        drawing = charts_of_people.score_histogram(scoring.score_histogram(view.file))
        event = layout.chart(
            drawing, key="score-histogram", on_select="rerun", alt="Scored customers by churn probability and risk band"
        )
        bar = layout.picked(event)
        if bar:
            slices.show_link(charts_of_people.scores_of_bar(bar), "Make a segment of the people in this bar")
        else:
            st.caption("Of everybody. Click a bar to make a segment of its people.")
    with right:
        layout.section("Leading reasons, high and medium risk", definitions.REASONS)
        reasons = scoring.leading_reasons(view.file)
        if reasons.is_empty():
            layout.empty_state("No reasons to show", "Nobody above the low band has a reason that stands out.")
        else:
            tables.show_table(view, reasons)


view = current_view()
layout.page_header(
    view,
    "Segmentation",
    "Who is likely to leave, why, and how much is at stake?",
    not_cut="risk is counted over everybody with a score; lists of customers are filtered",
)
if "scoring.fct_churn_scores" not in snapshot.tables(view.file):
    layout.empty_state(
        "No churn scores in this snapshot",
        "Scores need enough closed history with both stayers and leavers. Ingest more history, then build again.",
        icon=":material/target:",
    )
else:
    score_bands = scoring.score_bands(view.file)
    if score_bands.is_empty():
        layout.empty_state("Nobody to score", "No customer pays at the as-of instant.")
    else:
        for caveat in scoring.caveats(view.file):
            st.warning(formatting.plain(caveat), icon=":material/warning:")
        _bands(view, score_bands)
        _list(view)
        _distribution(view)
        show_backtest(view)
        show_track_record(view)
