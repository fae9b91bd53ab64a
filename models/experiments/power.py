"""How small an effect an experiment of a size can show, and how many people one would take.

Belongs here: power of a comparison of two shares or means. Does not belong here: results (no power after the fact).
"""

from __future__ import annotations

import math

from scipy import stats

ALPHA = 0.05
POWER = 0.8


def smallest_detectable_effect(sent: int, held_out: int, variance: float) -> float:
    """The smallest difference that would be shown four times out of five; NaN when an arm is empty."""
    if min(sent, held_out) < 1:
        return float("nan")
    return _reach() * math.sqrt(variance * (1 / sent + 1 / held_out))


def people_needed(effect: float, held_share: float, variance: float) -> float:
    """How many people in both arms would show an effect of this size four times out of five."""
    if effect == 0 or not 0 < held_share < 1:
        return float("inf")
    return variance * (1 / held_share + 1 / (1 - held_share)) * (_reach() / effect) ** 2


def _reach() -> float:
    return float(stats.norm.ppf(1 - ALPHA / 2) + stats.norm.ppf(POWER))
