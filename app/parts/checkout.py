"""The checkout by step, with time and drop; what customers do in their account, and what followed.

Belongs here: the arrangement. Does not belong here: stages of the journey (``app.parts.journey``).
"""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from app import address, charts, charts_of_series, filters, formatting, layout, tables
from app.parts import drill_down, metric_answers, metric_parts
from app.parts.totals import Totals
from app.queries import checkout, choices, metrics
from app.view import SnapshotView
from pipelines.readings.questions import Question

STEPS, TRIES = "journey.fct_checkout_steps", "journey.fct_checkout_tries"
ACTIONS = "journey.fct_account_actions"
_ALL = "(all)"
_CUTS = {
    _ALL: "Nothing",
    "offer": "Offer",
    "device": "Device",
    "payment_method": "Payment method",
    "coupon": "Coupon",
    "error_code": "Error code",
}
_PARTS = {
    "went_on": ("went on", charts.BLUE),
    "completed": ("completed", charts.GREEN),
    "dropped": ("stopped here", charts.AMBER),
}
_ACTIONS_LOOKS = {
    "cancelled": ("Cancelled", charts.RUST),
    "paused": ("Paused", charts.AMBER),
    "plan_switched": ("Plan switched", charts.SKY),
    "card_updated": ("Card updated", charts.BLUE),
    "reactivated": ("Reactivated", charts.GREEN),
    "consent_changed": ("Consent changed", charts.PLUM),
}
_STEP_TRIES = "checkout_step_tries"
# Metrics of steps with the columns of the table.
_STEP_METRICS = {
    _STEP_TRIES: "tries",
    "checkout_step_went_on": "went_on",
    "checkout_step_dropped": "dropped",
    "checkout_step_completed": "completed",
    "checkout_completion_rate": "completion_rate",
}
# Metrics of actions with the columns of the table.
_FOLLOWED = {
    "followed_account_actions": "followed",
    "account_actions_paying_after": "paying_after",
    "account_action_paying_rate": "paying_after_rate",
    "account_actions_churned_within": "churned_within",
    "account_action_churn_rate": "churned_within_rate",
}
_TRY = (
    "A try is what the sender calls one, or what a visitor did at the checkout on one day. It has come as far as its "
    "furthest step."
)


def show_steps(view: SnapshotView) -> None:
    """How far tries of a month came, and where they ended."""
    layout.section("Checkout by step", _TRY)
    if layout.lacks(view, STEPS, TRIES, *metrics.needs_of(_STEP_TRIES)):
        return
    months = checkout.months(view.file)
    if not months:
        layout.no_rows(view, "No checkouts", "Nobody tried to check out so far.", "journey_events")
        return
    month = layout.choose_month(layout.calendar(view, months))
    _month(view, month)


@st.fragment
def _month(view: SnapshotView, month: date) -> None:
    chosen, refused = metric_answers.narrowed(view, _STEP_TRIES, by=("step",))
    metric_answers.subtitle(chosen, refused)
    whole = _steps(view, month, None)
    if whole.is_empty():
        layout.empty_state("No tries", "No try of the month is like this: change the month or the filters.")
        return
    words = {step: formatting.words(step) for step in whole["step"]}
    is_last = pl.col("step") == "checkout_completed"
    parts = whole.with_columns(
        pl.when(is_last).then(pl.col("completed")).otherwise(0).alias("completed"),
        name=pl.col("step").replace_strict(words, return_dtype=pl.String),
    ).unpivot(list(_PARTS), index="name", variable_name="part", value_name="number")
    parts = parts.with_columns(pl.col("part").replace({part: name for part, (name, _) in _PARTS.items()}))
    event = layout.chart(
        charts_of_series.stacked_by_value(parts, ("name", "part"), "number", "Tries", dict(_PARTS.values())),
        key="checkout-steps",
        alt="Tries that came to each step of the checkout, with those that came no further",
        on_select="rerun",
    )
    st.caption("Click a part for whose tries it is.")
    picked = layout.picked(event)
    steps = {name: step for step, name in words.items()}
    if picked.get("name") in steps:
        dropped = picked["part"] == _PARTS["dropped"][0]
        drill_down.show_rows(
            view, f"{picked['name']}, {picked['part']}, {formatting.month(month)}",
            checkout.tries(month, steps[picked["name"]], chosen.where, dropped=dropped),
            (month, metrics.end_of(month, "month")), key="checkout-tries",
        )  # fmt: skip
    tables.show_table(view, whole, table=STEPS)
    cut: str = address.choose(
        "Cut by", list(_CUTS), key="checkout_cut", default=_ALL, format_func=_CUTS.__getitem__, width=220
    )
    if cut != _ALL:
        rows = _steps(view, month, cut)
        words = choices.words(view.file, cut, rows["dimension_value"].unique())
        rows = rows.with_columns(pl.col("dimension_value").replace(words))
        tables.small_table(view, rows, name=f"checkout-{cut}", table=STEPS)
    if chosen.narrows:
        st.caption(
            "The minutes to the next step are the middle of everybody's, so they are not beside what is filtered."
        )
    layout.sources(STEPS, TRIES)


def _steps(view: SnapshotView, month: date, cut: str | None) -> pl.DataFrame:
    """Each step of whom the filters mean, by the values of a cut if there is one; the minutes where all are meant."""
    by = (cut, "step") if cut else ("step",)
    chosen, _ = metric_answers.narrowed(view, _STEP_TRIES, by=by)
    question = Question(_STEP_TRIES, "month", by, month, month, chosen.where)
    rows = metrics.answers(view.file, question, *list(_STEP_METRICS)[1:]).drop("period").rename(_STEP_METRICS)
    rows = rows.rename({cut: "dimension_value"} if cut else {}).filter(pl.col("tries") > 0)
    values = ["dimension_value"] if cut else []
    none_last = [pl.col(name) == "(none)" for name in values]
    order = checkout.steps(view.file)
    rows = rows.sort(
        *none_last, *values, pl.col("step").replace_strict(order, range(len(order)), return_dtype=pl.Int32)
    )
    if not chosen.narrows:
        minutes = checkout.minutes(view.file, month, cut or _ALL)
        minutes = minutes if cut else minutes.drop("dimension_value")
        rows = rows.join(minutes, on=[*values, "step"], how="left", maintain_order="left")
    return rows


def show_actions(view: SnapshotView) -> None:
    """What customers did by themselves, by period, and whether they paid 30 days after."""
    explanation = "What customers did by themselves, and what followed in 30 days."
    metric_parts.show(
        view,
        "account_actions",
        "action",
        _ACTIONS_LOOKS,
        key="account",
        title="Actions in the account",
        explanation=explanation,
        empty="No card updated, plan switched or the like is told of so far.",
    )
    if not layout.has(view, *metrics.needs_of("account_actions")):
        return
    first = filters.current_filters().first or date.min
    of = Totals(view, "account_actions", list(_FOLLOWED), first, view.as_of_date)
    rows = of.by("action")
    if rows.height:
        layout.section("What followed", explanation)
        of.say()
        rows = rows.sort("account_actions", "action", descending=[True, False])
        tables.small_table(view, rows.rename({"account_actions": "actions"} | _FOLLOWED), name="account-actions")
    layout.sources(ACTIONS)
