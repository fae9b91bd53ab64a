"""Making probabilities mean what they say, on a day later than training and earlier than the test.

Belongs here: the calibration line and its fit. Does not belong here: measuring calibration (``models.evaluation``).
"""

from __future__ import annotations

from dataclasses import dataclass

from models.estimators import WEIGHT_DECIMALS, Booleans, Floats
from models.evaluation import calibration_line

# A calibration day of a few churners must not turn the model over: priors around "leave it as it is".
SLOPE_SPREAD = 0.3
INTERCEPT_SPREAD = 1.0


@dataclass(frozen=True)
class Calibration:
    """Calibrated log-odds = slope x log-odds + intercept; the order of customers stays as it was."""

    slope: float = 1.0
    intercept: float = 0.0

    def apply(self, log_odds: Floats) -> Floats:
        """The calibrated log-odds."""
        return self.slope * log_odds + self.intercept


def fit_calibration(log_odds: Floats, churned: Booleans) -> Calibration:
    """Fit slope and intercept to the outcomes of the calibration day, with priors that few churners cannot beat.

    The method is Platt scaling on the log-odds. Without a maximum, or with a slope that is not positive (the
    ranking did not hold), the log-odds stay as they were and the test will say how good they are.
    """
    line = calibration_line(log_odds, churned, SLOPE_SPREAD, INTERCEPT_SPREAD)
    if line is None or line[0] <= 0:
        return Calibration()
    return Calibration(slope=round(line[0], WEIGHT_DECIMALS), intercept=round(line[1], WEIGHT_DECIMALS))
