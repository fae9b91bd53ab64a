"""Who stays: cohorts by month of first MRR, and the survival curve.

Belongs here: retention of customers. Does not belong here: churn rates by month (``financial_performance``).
"""

from __future__ import annotations

from datetime import date

import streamlit as st

from app import charts_of_people, definitions, formatting, layout
from app.queries import retention
from app.view import View, current_view


def _milestones(view: View) -> None:
    rows = retention.survival_milestones(view.file).to_dicts()
    half = retention.half_life(view.file)
    columns = st.columns(len(rows) + 1)
    for column, row in zip(columns, rows, strict=False):
        column.metric(
            f"After {row['day_number']} days",
            formatting.percent(row["survival_probability"]),
            help=definitions.SURVIVAL + " A dash: nobody was followed for so long.",
            border=True,
        )
    columns[-1].metric(
        "Half gone by",
        "Not yet" if half is None else f"Day {formatting.count(half)}",
        help="The first day by which the survival curve is at one half or below.",
        border=True,
    )


def _cohorts(view: View) -> None:
    cells = retention.cohorts(view.file)
    layout.section("Cohorts", definitions.COHORT)
    if cells["cohort_month"].n_unique() < 2:
        st.info("There is one cohort so far: comparisons appear with the next month.")
    st.altair_chart(charts_of_people.cohort_triangle(cells))
    if not cells["is_complete"].all():
        st.caption("Outlined cells: the month so far, left out of the average below.")
    with st.expander("Show the cells", icon=":material/receipt_long:"):
        layout.small_table(view, cells, name="cohorts")
    _cohort_rows(view, cells["cohort_month"].unique(maintain_order=True).to_list())


@st.fragment
def _cohort_rows(view: View, cohorts: list[date]) -> None:
    with st.expander(
        "Show the customers of a cohort", icon=":material/receipt_long:", key="cohort-rows", on_change="rerun"
    ) as expander:
        if not expander.open:
            return
        cohort = st.selectbox("Cohort", cohorts[::-1], format_func=formatting.month, width=220)
        rows = retention.cohort_customers(cohort)
        layout.browse_customers(view, rows, name=f"cohort-{cohort:%Y-%m}", empty="Choose another cohort.")


def _curves(view: View) -> None:
    left, right = st.columns(2, gap="medium")
    periods = retention.retention_by_period(view.file)
    with left:
        layout.section("All cohorts together", definitions.COHORT)
        if periods.is_empty():
            layout.empty_state("No complete month yet", "The average appears when the first month is over.")
        else:
            st.altair_chart(charts_of_people.retention_by_period(periods))
    with right:
        layout.section("Survival", definitions.SURVIVAL)
        curve = retention.survival(view.file)
        st.altair_chart(charts_of_people.survival(curve))
    with st.expander("Show the survival table", icon=":material/receipt_long:"):
        layout.small_table(view, curve, name="survival")


view = current_view()
layout.page_header(view, "Retention", "How long do customers stay, and do newer ones stay longer?")
if retention.cohorts(view.file).is_empty():
    layout.empty_state("No cohorts yet", "Cohorts begin with the first customer who pays a recurring price.")
else:
    _milestones(view)
    _cohorts(view)
    _curves(view)
