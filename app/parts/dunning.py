"""Dunning: the headline, how cases went, by whom and why they failed, what attempts bring, and the cases.

Belongs here: the parts of the page on dunning. Does not belong here: its frame (``app.app_pages.dunning``), payments
that did not fail (``app.parts.payments``).
"""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from app import charts_of_dunning, charts_of_series, formatting, layout
from app.queries import dunning
from app.view import SnapshotView

_MONTHLY = "dunning.fct_dunning_monthly"
_CASES = "dunning.fct_dunning_cases"
_BY_ATTEMPT = "dunning.fct_dunning_by_attempt"
_MEASURES = {"amount": ("Money due", ",.2f"), "mrr": ("MRR", ",.2f"), "cases": ("Cases", ",d")}
_DIMENSIONS = {
    "failure_code": "Decline code",
    "provider": "Gateway",
    "payment_method": "Payment method",
    "attempts": "Attempts",
}
_EVERYBODY = "total"
_MOST_VALUES = 12
_STAGES = {"failed": "Failed only", "grace": "Grace", "hold": "Hold"}

CASES = (
    "A case is a subscription that owes a payment: from its first failure, grace or hold to a payment or renewal "
    "(recovered) or its end or lapse (lost). Failed = recovered + lost + open, exactly, in cases, money and MRR."
)
DUE = "What the first failed payment asked for, with tax; without one, the price less discount."
MRR = "MRR of the subscriptions just before their cases opened; a trial has none."
RATE = "Of the cases that are decided, the share recovered; open ones are left out."
ATTEMPTS = "Payments of cases by their place in the case. The first is the failure that opened it."


def headline(view: SnapshotView, month: date | None) -> None:
    """What failed and what became of it, of the cases of one month or all."""
    total = dunning.totals(view.file, month)
    columns = st.columns(4)
    names = (("due", "Failed"), ("recovered", "Recovered"), ("lost", "Lost"), ("open", "Still open"))
    for column, (name, title) in zip(columns, names, strict=True):
        cases = total["cases" if name == "due" else f"{name}_cases"]
        mrr = formatting.money(total[f"mrr_{name}"], view.currency)
        column.metric(
            title,
            formatting.money(total[f"amount_{name}"], view.currency),
            f"{formatting.plural(cases, 'case')}, MRR {mrr}",
            delta_color="off",
            delta_arrow="off",
            help=f"{CASES} {DUE} {MRR}",
            border=True,
        )
    columns = st.columns(4)
    columns[0].metric("Cases recovered", formatting.percent(total["case_recovery_rate"]), help=RATE, border=True)
    columns[1].metric(
        "Money recovered",
        formatting.percent(total["amount_recovery_rate"]),
        help="Of the money due in decided cases, the share due in recovered ones.",
        border=True,
    )
    columns[2].metric(
        "Days to recovery",
        _days(total["mean_days_to_recovery"]),
        help="From the opening of a recovered case to its recovery, days of 24 hours, on average.",
        border=True,
    )
    columns[3].metric(
        "Days without access",
        _days(total["days_on_hold"]),
        help="Days on hold of all cases together, from the first hold to the outcome or the as-of instant.",
        border=True,
    )


def _days(days: float | None) -> str:
    return formatting.NOTHING if days is None else f"{days:,.1f}"


def show_course(view: SnapshotView, month: date | None) -> None:
    """How far cases came, and outcomes by month."""
    measure = st.segmented_control(
        "Measure",
        list(_MEASURES),
        default="amount",
        required=True,
        format_func=lambda name: _MEASURES[name][0],
        key="dunning-measure",
        label_visibility="collapsed",
    )
    measure = measure or "amount"
    name, number = _MEASURES[measure]
    title = name if measure == "cases" else f"{name} ({view.currency})"
    layout.section("How far cases came", f"{CASES} Each stage has the cases that came at least as far.")
    stages = dunning.by_stage(view.file, month)
    layout.chart(charts_of_dunning.outcomes_by(stages, "stage", measure, title, number))
    layout.section("By month of opening", CASES)
    months = dunning.by_month(view.file)
    layout.chart(
        charts_of_series.stacked_by_month(
            months, measure, title, charts_of_dunning.OUTCOMES, number=number, unfinished="with open cases"
        )
    )
    st.caption("Fainter bars: months that are not over or that have open cases.")
    layout.section("What decided", "The rule and reason of each outcome; the rules of lost cases are those of churn.")
    layout.small_table(view, dunning.reasons(view.file, month), name="dunning-reasons", table=_CASES)
    layout.sources(_MONTHLY, _CASES)


def show_cuts(view: SnapshotView, month: date | None) -> None:
    """What was due by decline code, gateway, payment method or number of attempts."""
    layout.section("Who and what failed", CASES)
    dimension = st.segmented_control(
        "By",
        list(_DIMENSIONS),
        default="failure_code",
        required=True,
        format_func=lambda name: _DIMENSIONS[name],
        key="dunning-dimension",
    )
    rows = dunning.by_value(view.file, dimension or "failure_code", month)
    amounts = rows.head(_MOST_VALUES).unpivot(
        [f"amount_{name}" for name in charts_of_dunning.OUTCOMES],
        index="dimension_value",
        variable_name="outcome",
        value_name="amount",
    )
    amounts = amounts.with_columns(pl.col("outcome").str.strip_prefix("amount_"))
    title = f"Money due ({view.currency})"
    layout.chart(charts_of_dunning.outcomes_by(amounts, "dimension_value", "amount", title, ",.2f"))
    layout.small_table(view, rows, name="dunning-values", table=_MONTHLY)
    st.caption("By the first failed payment of the case; (none) where the sender does not say.")
    layout.sources(_MONTHLY)


def show_attempts(view: SnapshotView, month: date | None) -> None:
    """What each attempt brings, and how long recoveries take."""
    layout.section("Attempts of all months", ATTEMPTS)
    if layout.lacks(view, _BY_ATTEMPT):
        return
    left, right = st.columns(2)
    names = {_EVERYBODY: "All cases", **{name: _DIMENSIONS[name] for name in list(_DIMENSIONS)[:3]}}
    dimension = left.selectbox("Of", list(names), format_func=lambda name: names[name], key="attempt-dimension")
    values = dunning.attempt_values(view.file, dimension)
    value = right.selectbox("Value", values, key="attempt-value", disabled=dimension == _EVERYBODY)
    if value is None:
        layout.empty_state("No attempts", "The sender reports grace or hold but no failed payments.")
    else:
        rows = dunning.by_attempt(view.file, dimension, value)
        layout.chart(charts_of_dunning.attempts_curve(rows))
        layout.small_table(view, rows, name="dunning-attempts", table=_BY_ATTEMPT)
    layout.section("Days to recovery", "Recovered cases by whole days of 24 hours from the opening to the recovery.")
    spans = dunning.days_to_recovery(view.file, month)
    if spans.is_empty():
        layout.empty_state("Nothing recovered", "No case was recovered by the as-of instant.")
    else:
        layout.chart(charts_of_dunning.days_to_recovery(spans))
    layout.sources(_BY_ATTEMPT, _CASES)


def show_cases(view: SnapshotView, month: date | None) -> None:
    """The cases behind the numbers, narrowed down, with their download."""
    layout.section("Cases", CASES)
    left, middle, right = st.columns(3)
    outcome = left.selectbox(
        "Outcome",
        list(charts_of_dunning.OUTCOMES),
        index=None,
        placeholder="All outcomes",
        format_func=formatting.words,
        key="case-outcome",
    )
    stage = middle.selectbox(
        "Came as far as",
        list(_STAGES),
        index=None,
        placeholder="All stages",
        format_func=lambda name: _STAGES[name],
        key="case-stage",
    )
    code = right.selectbox(
        "Decline code", dunning.codes(view.file), index=None, placeholder="All codes", key="case-code"
    )
    rows = dunning.cases(month, outcome, stage, code)
    layout.browse_customers(view, rows, name="dunning-cases", empty="No case is like this.")
    layout.sources(_CASES)
