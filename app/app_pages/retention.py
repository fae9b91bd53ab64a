"""Who stays, why others leave and what is due: cohorts, survival, churn, trials, renewals.

Belongs here: which parts there are and what stands above them. Does not belong here: the parts (``app.parts``), churn
of MRR by month (``financial_performance``).
"""

from __future__ import annotations

import streamlit as st

from app import definitions, formatting, layout
from app.parts import churn, cohorts, renewals, survival, trials
from app.queries import retention
from app.view import View, current_view

_PARTS = {
    "cohorts": ("Cohorts", cohorts.show),
    "survival": ("Survival", survival.show),
    "churn": ("Churn", churn.show),
    "trials": ("Trials", trials.show),
    "renewals": ("Renewals", renewals.show),
}


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


view = current_view()
layout.page_header(view, "Retention", "How long do customers stay, why do others leave, and what is due?")
if retention.cohorts(view.file).is_empty():
    layout.empty_state("No cohorts yet", "Cohorts begin with the first customer who pays a recurring price.")
else:
    _milestones(view)
    part = layout.choose_part({name: title for name, (title, _) in _PARTS.items()}, key="retention_part")
    _PARTS[part][1](view)
