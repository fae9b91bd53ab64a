"""Churn: why customers leave, net of those who come back, and who does it again and again.

Belongs here: churn of customers by month. Does not belong here: churn of MRR (``app.app_pages.financial_performance``).
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import address, charts, definitions, definitions_of_retention, formatting, layout, tables
from app.parts import metric_answers, metric_chart, metric_parts
from app.queries import churn, metrics
from app.view import SnapshotView
from pipelines.readings.questions import Question

_CHURNERS = "retention.fct_churners"
_SERIAL = "retention.fct_serial_churners"
_RULES = {
    rule: (words.capitalize(), colour)
    for (rule, words), colour in zip(
        definitions_of_retention.RULES.items(),
        (charts.RUST, charts.AMBER, charts.PLUM, charts.SKY, charts.GREEN, charts.BLUE, charts.GREY),
        strict=True,
    )
}
_RATES = {
    "customer_churn_rate": "Churn rate",
    "net_customer_churn_rate": "Net of reactivations",
    "first_30_days_churn_rate": "Gone within 30 days",
}
_OUTCOMES = {
    "resubscribed": ("Came back", charts.GREEN),
    "stayed_away": ("Stayed away", charts.RUST),
    "undecided": ("Undecided", charts.GREY),
}
_BY = {"churn_kind": ("By kind", charts.KIND_LOOKS), "churn_rule": ("By deciding rule", _RULES)}


def show(view: SnapshotView) -> None:
    """Churn by kind and rule, its rates, returns, and serial churners."""
    _by_kind(view)
    rate = address.segments(
        "Rate", list(_RATES), key="churn_rate", format_func=_RATES.__getitem__, label_visibility="collapsed"
    )
    metric_chart.show(view, rate)
    layout.sources("revenue.fct_mrr_movements", "retention.dim_customer_cohorts")
    _returns(view)
    if not layout.lacks(view, _SERIAL):
        _serial(view)


def _by_kind(view: SnapshotView) -> None:
    by = address.segments(
        "By", list(_BY), key="churn_by", help=definitions.CHURN_RULE, label_visibility="collapsed",
        format_func=lambda name: _BY[name][0],
    )  # fmt: skip
    metric_parts.show(
        view,
        "churned_customers",
        by,
        _BY[by][1],
        key="churn-parts",
        title="Churned customers",
        explanation=definitions_of_retention.CHURN_BY_KIND + " " + definitions.CHURN_KIND,
        empty="Nobody who paid at the open of a period had left by its close.",
    )


def _returns(view: SnapshotView) -> None:
    metric_parts.show(
        view,
        "churners",
        "outcome",
        _OUTCOMES,
        key="returns",
        title="Back within twelve months",
        explanation=definitions_of_retention.RESUBSCRIBE,
        empty="Returns appear after the first churn.",
    )
    _newest_year(view)
    layout.sources(_CHURNERS)


def _newest_year(view: SnapshotView) -> None:
    """Of whom the filters mean, the newest month of churn whose twelve months are over."""
    if not layout.has(view, *metrics.needs_of("churners")):
        return
    chosen, _ = metric_answers.narrowed(view, "churners")
    question = Question("resubscribe_rate", where=chosen.where, segment=chosen.segment)
    rates = metric_answers.by_period(view, question)
    if rates.is_empty() or not rates["is_complete"].any():
        return
    newest = rates.filter("is_complete").row(-1, named=True)
    month = newest["period"]
    back, churned = (
        int(metrics.value_of(view.file, replace(question, metric=name, first=month, last=month)))
        for name in ("resubscribed_customers", "churners")
    )
    st.metric(
        f"Back, of those who churned in {formatting.month(month)}",
        formatting.percent(newest["value"]),
        f"{formatting.count(back)} of {formatting.count(churned)} customers",
        delta_color="off",
        delta_arrow="off",
        help="The newest month whose twelve months are over. " + definitions_of_retention.RESUBSCRIBE,
        border=True,
        width=320,
    )


@st.fragment
def _serial(view: SnapshotView) -> None:
    layout.section("Serial churners", definitions_of_retention.SERIAL)
    people = tables.narrowed_by_now(view, churn.serial_churners())
    bands = churn.serial_churn_bands(view.file, people)
    if bands.is_empty():
        layout.empty_state("No serial churners", "Nobody churned three times within two years.")
        return
    tables.show_table(view, bands)
    with st.expander("Show the customers", icon=":material/receipt_long:", key="serial", on_change="rerun") as opened:
        if opened.open:
            tables.browse_customers(view, people, name="serial-churners", empty="There are none.", is_narrowed=True)
    layout.sources(_SERIAL)
