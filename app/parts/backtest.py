"""How good the scores were on past month ends: together, by month end and by segment, and how sure that is.

Belongs here: the backtest of the champion. Does not belong here: what came of published scores (``track_record``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts_of_people, definitions, formatting, layout, tables
from app.queries import scoring, snapshot
from app.view import SnapshotView


@st.fragment
def show_backtest(view: SnapshotView) -> None:
    """An expander; what is read is only read once it is opened."""
    with st.expander(
        "How good were these scores in the past?", icon=":material/fact_check:", key="quality", on_change="rerun"
    ) as expander:
        if not expander.open:
            return
        published = snapshot.tables(view.file)
        if not published >= {"scoring.backtest_metrics", "scoring.calibration_bins"}:
            layout.empty_state("No backtest", "A backtest appears once the history is long enough to hold a test out.")
            return
        st.markdown("**On days that the model had not seen: everybody, with the 95% interval, and those set to renew**")
        meanings = pl.DataFrame(
            {"metric": list(definitions.SCORE_METRICS), "meaning": list(definitions.SCORE_METRICS.values())}
        )
        metrics = meanings.join(scoring.backtest(view.file), on="metric", maintain_order="left")
        values = ("everybody", "low", "high", "renewing")
        written = [
            pl.Series(name, [_written(row["metric"], row[name]) for row in metrics.iter_rows(named=True)])
            for name in values
        ]
        tables.show_table(view, metrics.with_columns(written).select("metric", *values, "meaning"))
        _parts(view)
        st.markdown("**Predicted against observed, test day, by tenth of the customers**")
        with st.columns([2, 1])[0]:
            layout.chart(charts_of_people.calibration(scoring.calibration_bins(view.file)))


def _written(metric: str, value: float | None) -> str:
    if value is None:
        return formatting.NOTHING
    if metric == "customers":
        return formatting.count(round(value))
    return formatting.percent(value) if metric in definitions.SCORE_SHARES else f"{value:.2f}"


def _parts(view: SnapshotView) -> None:
    """The champion by month end, of everybody or of a segment; nothing of a snapshot from before these were told."""
    if "scoring.backtest_origins.lower_bound" not in snapshot.columns(view.file):
        return
    layout.section("By month end and segment", definitions.BACKTEST_PARTS)
    names = definitions.BACKTEST_POPULATIONS
    population = st.selectbox(
        "Of whom", list(names), format_func=names.__getitem__, key="backtest-population", width=320
    )
    rows = scoring.backtest_parts(view.file, population)
    if rows.is_empty():
        layout.empty_state("No month end with such customers", "Choose another segment.")
    else:
        tables.show_table(view, rows)
