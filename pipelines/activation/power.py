"""What an export with a holdout could show, said before the file is written.

Belongs here: the sentence. Does not belong here: the formula (``models.experiments.power``).
"""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.activation.exporting import Plan

_UNKNOWN_CHURN = 0.5


def smallest_effect_sentence(plan: Plan) -> str:
    """The smallest difference in retention that the arms could show four times out of five, in points."""
    from models.experiments.power import smallest_detectable_effect

    assigned = {*plan.sent, *plan.held_out}
    chances = [
        person["churn_probability"]
        for person in plan.population.people
        if person["customer_id"] in assigned and person["churn_probability"] is not None
    ]
    churn = fmean(chances) if chances else _UNKNOWN_CHURN
    # The score explains a part of who stays; what each person's own chance leaves open is noise.
    variance = fmean(chance * (1 - chance) for chance in chances) if chances else churn * (1 - churn)
    sent, held = len(plan.sent), len(plan.held_out)
    if not sent or not held:
        return "The smallest effect this can show: none, as nobody is in one of the arms; hold out a larger share."
    effect = smallest_detectable_effect(sent, held, variance)
    reach = " - more than there is to win; hold out more, or pool campaigns of one kind" if effect > churn else ""
    return (
        f"The smallest effect on retention that {sent:,} sent and {held:,} held out can show: {effect * 100:.1f} points"
        f" (expected churn {churn:.1%}){reach}"
    )
