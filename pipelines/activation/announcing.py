"""What an export will do, in words, before it does it: the same on the command line and on the page.

Belongs here: the account of a plan. Does not belong here: the plan (``exporting``), printing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.activation.eligibility import REASONS
from pipelines.activation.power import smallest_effect_sentence

if TYPE_CHECKING:
    from pipelines.activation.exporting import Plan


def account(plan: Plan) -> list[tuple[str, int, str]]:
    """Everybody in the segment, shared out: written, held out, left out; how many; and why."""
    rows = [("written", len(plan.rows), f"to {plan.layout.title}")]
    if plan.campaign is not None:
        rows.append(("held out", len(plan.held_out), f"by the draw of {plan.campaign.name}"))
    return [*rows, *(("left out", count, REASONS[reason]) for reason, count in sorted(plan.left_out.items()))]


def evidence(plan: Plan) -> str | None:
    """What the arms could show at all; none without a campaign."""
    return smallest_effect_sentence(plan) if plan.campaign is not None else None


def advice(plan: Plan) -> list[str]:
    """What the destination says of such a file."""
    least = plan.layout.least_people
    few = f"{plan.layout.title} advises at least {least:,} people; this file has {len(plan.rows):,}."
    return [*([few] if len(plan.rows) < least else []), *plan.layout.notes]
