"""Dunning: the headline, how cases went, by whom and why they failed, what attempts bring, and the cases.

Belongs here: the parts of the page on dunning. Does not belong here: its frame (``app.app_pages.dunning``), payments
that did not fail (``app.parts.payments``).
"""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from app import address, charts_of_dunning, charts_of_series, formatting, layout, tables
from app.parts import drill_down, metric_parts
from app.parts.totals import Totals
from app.queries import choices, dunning, metrics
from app.view import SnapshotView
from pipelines.readings.questions import Where

_CASES = "dunning.fct_dunning_cases"
_ATTEMPTS = "dunning.fct_dunning_attempts"
_MEASURES = {"dunning_amount": ("Money due", ",.2f"), "dunning_mrr": ("MRR", ",.2f"), "dunning_cases": ("Cases", ",d")}
_DIMENSIONS = {
    "failure_code": "Decline code",
    "provider": "Gateway",
    "payment_method": "Payment method",
    "attempts": "Attempts",
    "offer": "Offer",
    "country": "Country",
}
_OUTCOMES = {name: (name.capitalize(), colour) for name, colour in charts_of_dunning.OUTCOMES.items()}
_EVERYBODY = "total"
_MOST_VALUES = 12
_STAGES = {"failed": "Failed only", "grace": "Grace", "hold": "Hold"}
_RATES = ("case_recovery_rate", "amount_recovery_rate", "mean_days_to_recovery")
# Metrics of attempts with the columns of the table.
_BY_ATTEMPT = {
    "failed_dunning_attempts": "failed_attempts",
    "succeeded_dunning_attempts": "recoveries",
    "dunning_attempt_success_rate": "recovery_rate",
    "dunning_attempts_received": "amount_received",
    "mean_days_to_attempt": "mean_days_since_opening",
}
# From the first to the last day on which the cases opened.
Days = tuple[date, date]

CASES = (
    "A case is a subscription that owes a payment: from its first failure, grace or hold to a payment or renewal "
    "(recovered) or its end or lapse (lost). Failed = recovered + lost + open, exactly, in cases, money and MRR."
)
DUE = "What the first failed payment asked for, with tax; without one, the price less discount."
MRR = "MRR of the subscriptions just before their cases opened; a trial has none."
RATE = "Of the cases that are decided, the share recovered; open ones are left out."
ATTEMPTS = "Payments of cases by their place in the case. The first is the failure that opened it."


def _of(view: SnapshotView, days: Days, *others: str) -> Totals:
    return Totals(view, "dunning_cases", ("dunning_amount", "dunning_mrr", *others), *days)


def headline(view: SnapshotView, days: Days) -> None:
    """What failed and what became of it, of the cases that opened on some days."""
    of = _of(view, days, *_RATES, "hold_days")
    of.say()
    total = of.whole()
    outcomes = {row["outcome"]: row for row in _of(view, days).by("outcome").to_dicts()}
    tiles = layout.tiles(4)
    names = ((None, "Failed"), ("recovered", "Recovered"), ("lost", "Lost"), ("open", "Still open"))
    for name, title in names:
        row = total if name is None else outcomes.get(name, {})
        mrr = formatting.money(row.get("dunning_mrr", 0), view.currency)
        layout.tile(
            tiles,
            title,
            formatting.money(row.get("dunning_amount", 0), view.currency),
            f"{formatting.plural(int(row.get('dunning_cases', 0)), 'case')}, MRR {mrr}",
            about=f"{CASES} {DUE} {MRR}",
        )
    tiles = layout.tiles(4)
    layout.tile(tiles, "Cases recovered", formatting.percent(total["case_recovery_rate"]), about=RATE)
    layout.tile(
        tiles,
        "Money recovered",
        formatting.percent(total["amount_recovery_rate"]),
        about="Of the money due in decided cases, the share due in recovered ones.",
    )
    layout.tile(
        tiles,
        "Days to recovery",
        _days(total["mean_days_to_recovery"]),
        about="From the opening of a recovered case to its recovery, days of 24 hours, on average.",
    )
    layout.tile(
        tiles,
        "Days without access",
        _days(total["hold_days"]),
        about="Days on hold of all cases together, from the first hold to the outcome or the as-of instant.",
    )


def _days(days: float | None) -> str:
    return formatting.NOTHING if days is None else f"{days:,.{1 if days < 1000 else 0}f}"


def show_course(view: SnapshotView, days: Days) -> None:
    """How far cases came, and outcomes by period."""
    measure = address.segments(
        "Measure", list(_MEASURES), key="dunning_measure", format_func=lambda name: _MEASURES[name][0],
        label_visibility="collapsed",
    )  # fmt: skip
    name, number = _MEASURES[measure]
    title = name if measure == "dunning_cases" else f"{name} ({view.currency})"
    layout.section("How far cases came", f"{CASES} Each case stands once, at the furthest stage that it reached.")
    of = _of(view, days)
    stages = of.by("stage", "outcome")
    if stages.is_empty():
        layout.empty_state("No cases", "No case is like this: change the filters above the page.")
        return
    order = pl.col("stage").replace_strict(list(_STAGES), range(len(_STAGES)), return_dtype=pl.Int32)
    stages = stages.sort(order, "outcome").with_columns(pl.col("stage").replace(_STAGES))
    event = layout.chart(
        charts_of_series.stacked_by_value(
            stages, ("stage", "outcome"), measure, title, charts_of_dunning.OUTCOMES, number=number
        ),
        key="dunning-stages",
        alt=f"{name} of cases by the furthest stage they reached and what became of them",
        on_select="rerun",
    )
    st.caption("Click a part for its cases.")
    picked = layout.picked(event)
    codes = {word: code for code, word in _STAGES.items()}
    if picked.get("stage") in codes:
        _cases_behind(of, "stage", codes[picked["stage"]], f"{picked['stage']}, {picked['outcome']}", picked["outcome"])
    metric_parts.show(
        view, measure, "outcome", _OUTCOMES, key="dunning", title="By opening", explanation=CASES, empty="No case yet."
    )
    layout.section("What decided", "The rule and reason of each outcome; the rules of lost cases are those of churn.")
    tables.small_table(view, dunning.reasons(view.file, of.rows()), name="dunning-reasons", table=_CASES)
    layout.sources(_CASES)


def _cases_behind(of: Totals, dimension: str, value: str, title: str, outcome: str) -> None:
    """The cases of one part of a chart, and what happened to them."""
    where = ((dimension, (value,)), ("outcome", (outcome,)))
    drill_down.show_rows(
        of.view, title, dunning.cases(of.rows(where=where)), (of.first, of.last), key=f"dunning-{dimension}"
    )


def show_cuts(view: SnapshotView, days: Days) -> None:
    """What was due by decline code, gateway and other cuts."""
    layout.section("Who and what failed", CASES)
    dimension = address.segments("By", list(_DIMENSIONS), key="dunning_dimension", format_func=_DIMENSIONS.__getitem__)
    rows = _of(view, days, "recovered_cases", "decided_cases", *_RATES).by(dimension)
    if rows.is_empty():
        layout.empty_state("No cases", "No case is like this: change the filters above the page.")
        return
    rows = rows.sort("dunning_amount", dimension, descending=[True, False])
    words = choices.words(view.file, dimension, rows[dimension])
    leading = rows[dimension].head(_MOST_VALUES).to_list()
    amounts = _of(view, days).by(dimension, "outcome").filter(pl.col(dimension).is_in(leading))
    place = pl.col(dimension).replace_strict(leading, range(len(leading)), return_dtype=pl.Int32)
    amounts = amounts.sort(place, "outcome").with_columns(dimension_value=pl.col(dimension).replace(words))
    codes = dict(amounts.select("dimension_value", dimension).iter_rows())
    title = f"Money due ({view.currency})"
    event = layout.chart(
        charts_of_series.stacked_by_value(
            amounts, ("dimension_value", "outcome"), "dunning_amount", title, charts_of_dunning.OUTCOMES, number=",.2f"
        ),
        key="dunning-cuts",
        alt=f"Money due in cases by {_DIMENSIONS[dimension].lower()}, the {len(leading)} with most",
        on_select="rerun",
    )
    st.caption("Click a part for its cases.")
    picked = layout.picked(event)
    value = picked.get("dimension_value")
    if value in codes:
        _cases_behind(_of(view, days), dimension, str(codes[value]), f"{value}, {picked['outcome']}", picked["outcome"])
    tables.small_table(view, rows.with_columns(pl.col(dimension).replace(words)), name="dunning-values")
    st.caption("By the first failed payment of the case, or the subscription before it.")
    layout.sources(_CASES)


def show_attempts(view: SnapshotView, days: Days) -> None:
    """What each attempt brings, and how long recoveries take."""
    layout.section("Attempts by their place in the case", ATTEMPTS)
    if layout.lacks(view, *metrics.needs_of("dunning_attempts")):
        return
    _by_attempt(Totals(view, "dunning_attempts", list(_BY_ATTEMPT), *days))
    layout.section("Days to recovery", "Recovered cases by whole days of 24 hours from the opening to the recovery.")
    spans = dunning.days_to_recovery(view.file, _of(view, days).rows())
    _of(view, days).say()
    if spans.is_empty():
        layout.empty_state("Nothing recovered", "No case was recovered by the as-of instant.")
    else:
        layout.chart(charts_of_dunning.days_to_recovery(spans), alt="Recovered cases by days to the recovery")
        st.caption("The recovered cases are listed in the part Cases, with the days that each took.")
    layout.sources(_ATTEMPTS, _CASES)


@st.fragment
def _by_attempt(of: Totals) -> None:
    of.say()
    left, right = st.columns(2)
    names = {_EVERYBODY: "All cases", **{name: _DIMENSIONS[name] for name in list(_DIMENSIONS)[:3]}}
    dimension = left.selectbox("Of", list(names), format_func=names.__getitem__, key="attempt-dimension")
    is_of_all = dimension == _EVERYBODY
    values = [] if is_of_all else of.by(dimension)[dimension].sort().to_list()
    value = right.selectbox(
        "Value", values, key="attempt-value", disabled=is_of_all, placeholder="All", format_func=formatting.words
    )
    where: Where = () if is_of_all or value is None else ((dimension, (value,)),)
    rows = of.by("attempt_number", where=where).rename({"dunning_attempts": "attempts"} | _BY_ATTEMPT)
    if rows.is_empty():
        layout.empty_state("No attempts", "No failed payment is reported of cases like these.")
        return
    rows = rows.with_columns(pl.col("attempt_number").cast(pl.Int64)).sort("attempt_number")
    event = layout.chart(
        charts_of_dunning.attempts_curve(rows),
        key="dunning-attempts-chart",
        alt="Payments by attempt, succeeded and failed",
        on_select="rerun",
    )
    st.caption("Click a part for its payments.")
    picked = layout.picked(event)
    if picked.get("attempt_number") in rows["attempt_number"]:
        number, outcome = str(picked["attempt_number"]), str(picked["part"])
        narrowed: Where = (*where, ("attempt_number", (number,)), ("attempt_outcome", (outcome,)))
        drill_down.show_rows(
            of.view, f"Attempt {number}, {outcome}", of.rows(narrowed), (of.first, of.last), key="dunning-attempt"
        )
    tables.small_table(of.view, rows, name="dunning-attempts")


def show_cases(view: SnapshotView, days: Days) -> None:
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
        "Decline code", dunning.codes(view.file), index=None, placeholder="All codes", key="case-code",
        format_func=formatting.words,
    )  # fmt: skip
    picked = (("outcome", outcome), ("stage", stage), ("failure_code", code))
    rows = dunning.cases(_of(view, days).rows(where=tuple((name, (value,)) for name, value in picked if value)))
    tables.browse_customers(view, rows, name="dunning-cases", empty="No case is like this.", is_narrowed=True)
    layout.sources(_CASES)
