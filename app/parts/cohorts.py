"""Cohorts: who of those who began together is still there, in customers or in MRR, whole or by cut.

Belongs here: the cohort triangle and the customers behind it. Does not belong here: survival (``app.parts.survival``).
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import streamlit as st

from app import charts_of_retention, definitions_of_retention, formatting, layout
from app.charts_of_series import MOST_VALUES
from app.queries import retention, snapshot
from app.view import View

_WEEKLY = "retention.fct_cohort_retention_weekly"
_BY_CUT = "retention.fct_cohort_retention_by_dimension"
_MONTHLY = "retention.fct_cohort_retention"
# More weeks than these are unreadable as a triangle; the table has them all.
_WEEKS = 26


@st.fragment
def show(view: View) -> None:
    """The cohorts as the reader wants them cut."""
    unit, measure, dimension = _choices(view)
    layout.section("Cohorts", definitions_of_retention.COHORT)
    value = None
    if dimension is not None:
        cells = retention.cohorts_by_dimension(view.file, dimension)
        periods = retention.retention_by_value(view.file, dimension)
        values = (
            periods["dimension_value"].unique(maintain_order=True).to_list()
            or cells["dimension_value"].unique().sort().to_list()
        )
        value = st.selectbox("Value", values, key=f"cohort-value-{dimension}", width=320)
        cells = cells.filter(pl.col("dimension_value") == value)
        periods = periods.filter(pl.col("dimension_value").is_in(values[:MOST_VALUES]))
        table = _BY_CUT
    elif unit == "weeks":
        cells, periods, table = retention.weekly_cohorts(view.file), retention.retention_by_week(view.file), _WEEKLY
    else:
        cells, table = retention.cohorts(view.file), _MONTHLY
        has_mrr = "mrr_retention_rate" in cells.columns
        periods = retention.retention_by_period(view.file) if has_mrr else retention.customers_by_period(view.file)
    cells = cells.rename({"cohort_week" if unit == "weeks" else "cohort_month": "cohort"})
    _triangle(view, cells, measure, unit, table)
    _customers_behind(view, cells, unit, dimension, value)
    layout.section("All cohorts together", definitions_of_retention.COHORT)
    if periods.is_empty():
        layout.empty_state("Nothing complete yet", f"The average appears when the first of the {unit} is over.")
    else:
        st.altair_chart(charts_of_retention.retention_by_period(periods, measure, unit))
    layout.sources(table)


def _choices(view: View) -> tuple[str, str, str | None]:
    published = snapshot.tables(view.file)
    units = ["months", "weeks"] if _WEEKLY in published else ["months"]
    has_mrr = "mrr_retention_rate" in retention.cohorts(view.file).columns
    measures = list(charts_of_retention.MEASURES)[: 2 if has_mrr else 1]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        unit = st.segmented_control(
            "Cohorts by", units, default="months", required=True, format_func=formatting.words, key="cohort-unit"
        )
        measure = st.segmented_control(
            "Measure",
            measures,
            default=measures[0],
            required=True,
            format_func=lambda name: charts_of_retention.MEASURES[name][0],
            key="cohort-measure",
            help=definitions_of_retention.MRR_RETENTION,
        )
        dimension = None
        if unit == "months" and _BY_CUT in published:
            dimension = st.selectbox(
                "Cut by",
                retention.cohort_dimensions(view.file),
                index=None,
                placeholder="All customers",
                format_func=lambda name: definitions_of_retention.CUTS.get(name, formatting.words(name)),
                key="cohort-cut",
                help=definitions_of_retention.CUT,
                width=240,
            )
    return unit or "months", measure or measures[0], dimension


def _triangle(view: View, cells: pl.DataFrame, measure: str, unit: str, table: str) -> None:
    shown = cells
    if unit == "weeks":
        newest = cells["cohort"].unique().sort().tail(_WEEKS)
        shown = cells.filter(pl.col("cohort").is_in(newest.implode()))
    if cells["cohort"].n_unique() < 2:
        st.info("There is one cohort so far: comparisons appear with the next.")
    st.altair_chart(charts_of_retention.cohort_triangle(shown, measure, unit))
    notes = []
    if shown.height < cells.height:
        notes.append(f"The newest {_WEEKS} weeks; the table below has all of them.")
    if not shown["is_complete"].all():
        notes.append("Outlined cells: not over yet, left out of the average below.")
    st.caption(" ".join(notes) or "All cells are complete.")
    with st.expander("Show the cells", icon=":material/receipt_long:", key="cells", on_change="rerun") as expander:
        if expander.open:
            layout.small_table(view, cells, name=f"cohorts-by-{unit}", table=table)


def _customers_behind(view: View, cells: pl.DataFrame, unit: str, dimension: str | None, value: str | None) -> None:
    with st.expander(
        "Show the customers of a cohort", icon=":material/receipt_long:", key="cohort-rows", on_change="rerun"
    ) as expander:
        if not expander.open:
            return
        options: list[date] = cells["cohort"].unique().sort(descending=True).to_list()
        form = formatting.month if unit == "months" else formatting.day
        cohort = st.selectbox("Cohort", options, format_func=form, width=220, key=f"cohort-of-{unit}")
        last = _month_end(cohort) if unit == "months" else cohort + timedelta(days=6)
        rows = retention.cohort_customers(cohort, last, dimension, value)
        layout.browse_customers(view, rows, name=f"cohort-{cohort:%Y-%m-%d}", empty="Choose another cohort.")


def _month_end(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
