"""Who stays, why others leave and what is due: cohorts, survival, churn, trials, renewals; and the way between stages.

Belongs here: which parts there are and what stands above them. Does not belong here: the parts (``app.parts``), churn
of MRR by month (``financial_performance``).
"""

from __future__ import annotations

from app import definitions, formatting, layout
from app.parts import beginners, checkout, churn, cohorts, journey, renewals, survival, trials
from app.queries import retention
from app.view import SnapshotView, current_view
from pipelines.readings.beginners import followed_at, half_life, survival_at

_PARTS = {
    "cohorts": ("Cohorts", cohorts.show),
    "survival": ("Survival", survival.show),
    "churn": ("Churn", churn.show),
    "trials": ("Trials", trials.show),
    "renewals": ("Renewals", renewals.show),
    "stages": ("Stages", journey.show_stages),
    "flows": ("Flows", journey.show_flows),
    "times": ("Times", journey.show_times),
    "checkout": ("Checkout", checkout.show_steps),
    "account": ("My account", checkout.show_actions),
}
_OF_BEGINNERS = ("cohorts", "survival")
_JOURNEY = ("stages", "flows", "times")
_CHECKOUT = ("checkout", "account")

_DAYS = (30, 90, 180, 365)


def _milestones(view: SnapshotView) -> None:
    curve = retention.survival(view.file, beginners.narrowed(view))
    half = half_life(curve)
    tiles = layout.tiles(len(_DAYS) + 1)
    for day in _DAYS:
        layout.tile(
            tiles,
            f"After {day} days",
            formatting.percent(survival_at(curve, day)),
            f"{formatting.count(followed_at(curve, day))} followed",
            about=definitions.SURVIVAL + " A dash: nobody was followed for so long.",
        )
    layout.tile(
        tiles,
        "Half gone by",
        "Not yet" if half is None else f"Day {formatting.count(half)}",
        None if half is None else f"{formatting.count(followed_at(curve, half))} followed",
        about="The first day by which the survival curve is at one half or below.",
    )


view = current_view()
layout.page_header(view, "Retention", "Who stays, why do others leave, what is due, and where are people on the way?")
part = layout.choose_part({name: title for name, (title, _) in _PARTS.items()}, key="retention_part")
if part in _JOURNEY:
    journey.show(view, _PARTS[part][1])
elif part in _CHECKOUT:
    _PARTS[part][1](view)
elif not retention.has_cohorts(view.file):
    layout.no_rows(
        view, "No cohorts yet", "They begin with the first customer who pays a recurring price.", "subscription_events"
    )
elif part in _OF_BEGINNERS:
    beginners.say(view)
    _milestones(view)
    _PARTS[part][1](view)
else:
    _PARTS[part][1](view)
