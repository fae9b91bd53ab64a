"""The level of the scores: how far predictions of settled days that were held back missed the outcome as a whole.

Belongs here: the shift of the log-odds, shrunk. Does not belong here: the shape of the scores (the estimators).
"""

from __future__ import annotations

import numpy as np

from models.estimators import Booleans, Floats, probability

# The standard deviation of true shifts between months, in log-odds: a shift has to be seen in many churners to count.
SPREAD = 0.1


def level_offset(log_odds: Floats, churned: Booleans) -> float:
    """The shift that makes predicted and observed agree, drawn towards none with a normal prior; six decimals."""
    shift = 0.0
    for _ in range(50):
        chances = probability(log_odds + shift)
        gradient = churned.sum() - chances.sum() - shift / SPREAD**2
        curvature = (chances * (1 - chances)).sum() + SPREAD**-2
        step = float(np.clip(gradient / curvature, -1.0, 1.0))
        shift += step
        if abs(step) < 1e-9:
            break
    return round(shift, 6)
