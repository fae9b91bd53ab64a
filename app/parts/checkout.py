"""The checkout by step, with time and drop; what customers do in their account, and what followed.

Belongs here: the arrangement. Does not belong here: stages of the journey (``app.parts.journey``).
"""

from __future__ import annotations

import altair as alt
import polars as pl

from app import address, charts, formatting, layout
from app.queries import checkout
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
    whole = checkout.steps(view.file, month, "(all)")
    layout.chart(_bars(whole), alt="Tries that came to each step of the checkout")
    layout.show_table(view, whole.drop("dimension_value"), table=STEPS)
    cut: str = address.choose(
        "Cut by", list(_CUTS), key="checkout_cut", default="(all)", format_func=_CUTS.__getitem__, width=220
    )
    if cut != "(all)":
        layout.small_table(view, checkout.steps(view.file, month, cut), name=f"checkout-{cut}", table=STEPS)
    layout.sources(STEPS, TRIES)


def _bars(steps: pl.DataFrame) -> charts.Drawing:
    words = {step: formatting.words(step) for step in steps["step"]}
    rows = steps.with_columns(name=pl.col("step").replace_strict(words, return_dtype=pl.String))
    place = alt.Y("name:O", sort=list(words.values()), axis=alt.Axis(title=None, ticks=False, labelLimit=200))
    is_last = pl.col("step") == "checkout_completed"
    rows = rows.with_columns(went_on=pl.when(is_last).then("completed").otherwise("went_on"))
    parts = rows.unpivot(["went_on", "dropped"], index="name", variable_name="part", value_name="amount")
    named = parts.with_columns(
        pl.col("part").replace({"went_on": "went on or completed", "dropped": "came no further"})
    )
    return (
        alt.Chart(named)
        .mark_bar()
        .encode(
            alt.X("amount:Q", axis=alt.Axis(title="Tries", tickCount=5)),
            place,
            charts.colours("part:N", {"went on or completed": charts.BLUE, "came no further": charts.AMBER}),
            tooltip=[
                alt.Tooltip("name", title="Step"),
                alt.Tooltip("part", title="Tries that"),
                alt.Tooltip("amount:Q", title="Tries", format=",d"),
            ],
        )
        .properties(height=charts.HEIGHT)
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
    layout.small_table(view, rows, name="account-actions", table=ACTIONS)
    layout.sources(ACTIONS)
