"""The checkout by step, with time and drop; what customers do in their account, and what followed.

Belongs here: the arrangement. Does not belong here: stages of the journey (``app.parts.journey``).
"""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from app import address, charts, charts_of_series, formatting, layout
from app.parts import drill_down
from app.queries import checkout, choices, metrics
from app.view import SnapshotView

STEPS, TRIES = "journey.fct_checkout_steps", "journey.fct_checkout_tries"
ACTIONS = "journey.fct_account_actions_monthly"
_CUTS = {
    "(all)": "Nothing",
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
_ACTION_COLOURS = {
    "Cancelled": charts.RUST,
    "Paused": charts.AMBER,
    "Plan switched": charts.SKY,
    "Card updated": charts.BLUE,
    "Reactivated": charts.GREEN,
    "Consent changed": charts.PLUM,
}
_TRY = (
    "A try is what the sender calls one, or what a visitor did at the checkout on one day. It has come as far as its "
    "furthest step."
)


def show_steps(view: SnapshotView) -> None:
    """How far tries of a month came, and where they ended."""
    layout.section("Checkout by step", _TRY)
    if layout.lacks(view, STEPS, TRIES):
        return
    months = checkout.months(view.file)
    if not months:
        layout.empty_state("No checkouts", "Their steps come with the feed journey_events: run churniq ingest PATH.")
        return
    month = layout.choose_month(layout.calendar(view, months))
    _month(view, month)


@st.fragment
def _month(view: SnapshotView, month: date) -> None:
    whole = checkout.steps(view.file, month, "(all)")
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
            checkout.tries(month, steps[picked["name"]], dropped=dropped), (month, metrics.end_of(month, "month")),
            key="checkout-tries",
        )  # fmt: skip
    layout.show_table(view, whole.drop("dimension_value"), table=STEPS)
    cut: str = address.choose(
        "Cut by", list(_CUTS), key="checkout_cut", default="(all)", format_func=_CUTS.__getitem__, width=220
    )
    if cut != "(all)":
        rows = checkout.steps(view.file, month, cut)
        layout.small_table(view, rows.with_columns(_named(view, cut, rows)), name=f"checkout-{cut}", table=STEPS)
    layout.sources(STEPS, TRIES)


def _named(view: SnapshotView, cut: str, rows: pl.DataFrame) -> pl.Expr:
    """The values of a cut as words; coupons are called as they are."""
    if cut == "offer":
        return pl.col("dimension_value").replace(choices.own_titles(view.file))
    if cut == "coupon":
        return pl.col("dimension_value")
    return pl.col("dimension_value").replace(
        {code: formatting.words(code) for code in rows["dimension_value"].unique()}
    )


def show_actions(view: SnapshotView) -> None:
    """What customers did by themselves, by month, and whether they paid 30 days after."""
    layout.section("Actions in the account", "What customers did by themselves, and what followed in 30 days.")
    if layout.lacks(view, ACTIONS):
        return
    rows = checkout.actions(view.file)
    if rows.is_empty():
        layout.empty_state(
            "No actions told", "Cards updated, plans switched and the like come with the feed journey_events."
        )
        return
    months = layout.calendar(view, rows["month"].unique().sort().to_list())
    parts = (
        rows.sort("month")
        .join(months, on="month")
        .with_columns(
            part=pl.col("action").replace({action: formatting.words(action) for action in rows["action"].unique()})
        )
    )
    present = parts["part"].unique().to_list()
    colours = {name: colour for name, colour in _ACTION_COLOURS.items() if name in present}
    layout.chart(
        charts_of_series.stacked_by_month(parts, "actions", "Actions", colours),
        alt="Actions in the account by month and kind",
    )
    st.caption("Counted by month and kind, so a bar has no list behind it.")
    layout.small_table(view, rows, name="account-actions", table=ACTIONS)
    layout.sources(ACTIONS)
