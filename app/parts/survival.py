"""Survival: how long customers pay before they first churn, with its uncertainty and by cut.

Belongs here: the survival curves. Does not belong here: cohorts (``app.parts.cohorts``), what a model expects
(``app.parts.projection``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts_of_retention, definitions, definitions_of_retention, formatting, layout, tables
from app.charts_of_series import MOST_VALUES
from app.parts import beginners, projection
from app.queries import choices, retention, snapshot
from app.view import SnapshotView
from pipelines.readings.beginners import Beginners
from pipelines.readings.intervals import FEWEST

_WHOLE = "retention.fct_survival"
_BY_CUT = "retention.fct_survival_by_dimension"


@st.fragment
def show(view: SnapshotView) -> None:
    """The curve of all customers, or the curves of the leading values of a cut."""
    layout.section("Survival", definitions.SURVIVAL + " " + definitions_of_retention.BAND)
    dimension = None
    if _BY_CUT in snapshot.tables(view.file):
        dimension = st.selectbox(
            "Cut by",
            retention.survival_dimensions(view.file),
            index=None,
            placeholder="All customers",
            format_func=lambda name: definitions_of_retention.CUTS.get(name, formatting.words(name)),
            key="survival-cut",
            help=definitions_of_retention.CUT,
            width=240,
        )
    _curves(view, dimension)
    projection.show(view)


def _curves(view: SnapshotView, dimension: str | None) -> None:
    of = beginners.narrowed(view)
    curves = retention.survival(view.file, of) if dimension is None else _chosen(view, of, dimension)
    table = _WHOLE if dimension is None else _BY_CUT
    if curves.is_empty():
        layout.empty_state("No curve", "Choose at least one value, or change the filters above the page.")
        return
    drawn = curves.filter(pl.col("customers_at_risk") >= FEWEST)
    if drawn.is_empty():
        layout.empty_state("Too few to draw", f"No curve has {FEWEST} customers to follow; the table has all of it.")
    else:
        few = dimension is None or drawn["dimension_value"].n_unique() <= 3
        layout.chart(
            charts_of_retention.survival(drawn, has_band=few and "lower_bound" in drawn.columns),
            alt=f"Share not churned by day since the first MRR, {drawn.height} steps",
        )
        _notes(curves, drawn, has_band=few)
    with st.expander(
        "Show the survival table", icon=":material/receipt_long:", key="curve", on_change="rerun"
    ) as opened:
        if opened.open:
            tables.small_table(view, curves, name="survival", table=table)
    layout.sources(table)


def _notes(curves: pl.DataFrame, drawn: pl.DataFrame, *, has_band: bool) -> None:
    sentences = [] if has_band else ["Choose three values or fewer to see their 95% bands."]
    sentences.append("A curve is of all customers from their first day, so no step opens a list; Cohorts list them.")
    if drawn.height < curves.height:
        sentences.append(f"Each curve ends where fewer than {FEWEST} customers were followed; the table goes on.")
    if sentences:
        st.caption(" ".join(sentences))


def _chosen(view: SnapshotView, of: Beginners, dimension: str) -> pl.DataFrame:
    curves = retention.survival(view.file, of, dimension)
    sizes = curves.group_by("dimension_value").agg(pl.col("customers_at_risk").max())
    values = sizes.sort("customers_at_risk", "dimension_value", descending=[True, False])["dimension_value"].to_list()
    words = choices.words(view.file, dimension, values)
    chosen = st.multiselect(
        "Values, the largest first",
        values,
        default=values[:3],
        max_selections=MOST_VALUES,
        format_func=lambda value: words.get(value, value),
        key=f"survival-values-{dimension}",
    )
    order = {value: place for place, value in enumerate(chosen)}
    kept = curves.filter(pl.col("dimension_value").is_in(chosen)).sort(
        pl.col("dimension_value").replace_strict(order, return_dtype=pl.Int32, default=None), "day_number"
    )
    return kept.with_columns(pl.col("dimension_value").replace(words))
