"""Cohorts: who of those who began together is still there, in customers or in MRR, whole or by cut.

Belongs here: the cohort triangle and the customers behind it. Does not belong here: survival (``app.parts.survival``).
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import streamlit as st

from app import charts_of_retention, definitions_of_retention, formatting, layout, tables
from app.charts_of_series import MOST_VALUES
from app.parts import beginners
from app.queries import choices, retention, snapshot
from app.view import SnapshotView
from pipelines.readings.beginners import Beginners
from pipelines.readings.intervals import FEWEST, wilson

_WEEKLY = "retention.fct_cohort_retention_weekly"
_BY_CUT = "retention.fct_cohort_retention_by_dimension"
_MONTHLY = "retention.fct_cohort_retention"
# Whom the filters mean, and the value of a cut among them.
Whose = tuple[Beginners, str | None, str | None]
# More weeks than these are unreadable as a triangle; the table has them all.
_WEEKS = 26


@st.fragment
def show(view: SnapshotView) -> None:
    """The cohorts as the reader wants them cut."""
    unit, measure, dimension = _choices(view)
    of = beginners.narrowed(view)
    layout.section("Cohorts", definitions_of_retention.COHORT)
    value = None
    table = _BY_CUT if dimension else _WEEKLY if unit == "weeks" else _MONTHLY
    cells, periods = (ask(view.file, unit, of, dimension) for ask in (retention.cells, retention.by_period))
    if cells.is_empty():
        layout.empty_state("Nobody began so", "Change the filters above the page.")
        return
    if dimension is not None:
        values = (
            periods["dimension_value"].unique(maintain_order=True).to_list()
            or cells["dimension_value"].unique().sort().to_list()
        )
        words = choices.words(view.file, dimension, values)
        value = st.selectbox(
            "Value", values, key=f"cohort-value-{dimension}", width=320, format_func=lambda each: words.get(each, each)
        )
        cells = cells.filter(pl.col("dimension_value") == value)
        periods = periods.filter(pl.col("dimension_value").is_in(values[:MOST_VALUES]))
        periods = periods.with_columns(pl.col("dimension_value").replace(words))
    _triangle(view, cells, (measure, unit), table, (of, dimension, value))
    layout.section("All cohorts together", definitions_of_retention.COHORT)
    _together(periods, measure, unit)
    layout.sources(table)


def _together(periods: pl.DataFrame, measure: str, unit: str) -> None:
    """Retention by time since: nothing of fewer than can be told from chance, and how sure the rest is."""
    known = periods.filter(pl.col("customers") >= FEWEST)
    if periods.is_empty():
        layout.empty_state("Nothing complete yet", f"The average appears when the first of the {unit} is over.")
    elif known.is_empty():
        layout.empty_state("Too few to draw", f"No {unit.removesuffix('s')} was reached by {FEWEST} customers.")
    else:
        is_share_of_people = measure == "retention_rate"
        if is_share_of_people:
            ends = [wilson(part, of) for part, of in known.select("retained_customers", "customers").iter_rows()]
            known = known.with_columns(
                low=pl.Series([end[0] for end in ends]), high=pl.Series([end[1] for end in ends])
            )
        layout.chart(
            charts_of_retention.retention_by_period(known, measure, unit),
            alt=f"Retention by {unit} since the first MRR, {known.height} points",
        )
        sentences = ["The band is the 95% interval." if is_share_of_people else "MRR has no interval: it is a sum."]
        if known.height < periods.height:
            sentences.append(f"Not drawn: {periods.height - known.height} of fewer than {FEWEST} customers.")
        st.caption(" ".join(sentences))


def _choices(view: SnapshotView) -> tuple[str, str, str | None]:
    published = snapshot.tables(view.file)
    units = ["months", "weeks"] if _WEEKLY in published else ["months"]
    has_mrr = "mrr_retention_rate" in retention.cells(view.file, "months", Beginners()).columns
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


def _triangle(
    view: SnapshotView,
    cells: pl.DataFrame,
    looks: tuple[str, str],
    table: str,
    whose: Whose,
) -> None:
    measure, unit = looks
    shown = cells
    if unit == "weeks":
        newest = cells["cohort"].unique().sort().tail(_WEEKS)
        shown = cells.filter(pl.col("cohort").is_in(newest.implode()))
    if cells["cohort"].n_unique() < 2:
        st.info("There is one cohort so far: comparisons appear with the next.")
    event = layout.chart(
        charts_of_retention.cohort_triangle(shown, measure, unit),
        key=f"triangle-{unit}",
        instead_of=f"cohort-of-{unit}",
        alt=f"Retention of {shown['cohort'].n_unique()} cohorts by {unit} since the first MRR",
    )
    notes = ["Click a cell, or choose its cohort, for its customers."]
    if shown["cohort_size"].min() < FEWEST:  # type: ignore[operator]
        notes.append(f"Numbers in italics: cohorts of fewer than {FEWEST}, which one customer moves by much.")
    if shown.height < cells.height:
        notes.append(f"The newest {_WEEKS} weeks; the table below has all of them.")
    if not shown["is_complete"].all():
        notes.append("Outlined cells: not over yet, left out of the average below.")
    st.caption(" ".join(notes))
    form = "%b %Y" if unit == "months" else "%-d %b %y"
    found = layout.picked(event)
    chosen = next((each for each in shown["cohort"].unique() if f"{each:{form}}" == found.get("cohort")), None)
    into = st.selectbox(
        "Customers of", cells["cohort"].unique().sort(descending=True).to_list(), index=None, key=f"cohort-of-{unit}",
        placeholder="A cohort", format_func=formatting.month if unit == "months" else formatting.day, width=220,
    )  # fmt: skip
    if into is not None or chosen is not None:
        period = 0 if into else int(found.get("period_number", 0))
        _cell(view, cells.filter(pl.col("cohort") == (into or chosen)), period, unit, whose)
    with st.expander("Show the cells", icon=":material/receipt_long:", key="cells", on_change="rerun") as expander:
        if expander.open:
            tables.small_table(view, cells, name=f"cohorts-by-{unit}", table=table)


def _cell(view: SnapshotView, cohort: pl.DataFrame, period: int, unit: str, whose: Whose) -> None:
    """One cell: how many of the cohort are there, and who the cohort is, those who have left included."""
    first: date = cohort["cohort"][0]
    row = cohort.row(by_predicate=pl.col("period_number") == period, named=True)
    low, high = wilson(row["retained_customers"], row["cohort_size"])
    named = formatting.month(first) if unit == "months" else f"week of {formatting.day(first)}"
    with st.container(border=True):
        st.markdown(
            f"**Cohort {named}, {unit.removesuffix('s')} {period}**: {formatting.count(row['retained_customers'])} of "
            f"{formatting.plural(row['cohort_size'], 'customer')} with MRR; 95% interval from "
            f"{formatting.percent(low)} to {formatting.percent(high)}."
        )
        last = _month_end(first) if unit == "months" else first + timedelta(days=6)
        rows = retention.cohort_customers(first, last, *whose)
        tables.browse_customers(
            view, rows, name=f"cohort-{first:%Y-%m-%d}", empty="Nobody.", page_size=10, is_narrowed=True
        )


def _month_end(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
