"""How sure a share of so many is.

Belongs here: intervals of shares. Does not belong here: differences of arms (``pipelines.activation.judging``).
"""

from __future__ import annotations

import math
from decimal import Decimal

# Shares of fewer are not drawn: one customer would move them by more than five hundredths.
FEWEST = 20
Z = 1.959963984540054
"""How many standard errors of a normal variable the 95% interval reaches to either side."""


def wilson(counted: float | Decimal, whole: float | Decimal) -> tuple[float, float]:
    """The 95% interval of a count in a whole by Wilson's score; (0, 1) of nobody. Sums of counts come as decimals."""
    part, of = float(counted), float(whole)
    if of <= 0:
        return 0.0, 1.0
    share = part / of
    middle = share + Z**2 / (2 * of)
    reach = Z * math.sqrt(share * (1 - share) / of + Z**2 / (4 * of**2))
    scale = 1 + Z**2 / of
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)
