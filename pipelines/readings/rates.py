"""Rates over rows that a reader has chosen: several cohorts, months or values together.

Belongs here: the one way to divide them, the sums by each other and never the mean of rates. Does not belong here: the
rate of a row (marts), headline metrics (``metrics``).
"""

from __future__ import annotations


def rate_of_sums(numerator: str, denominator: str) -> str:
    """The sum of one expression over that of another, a double; null where there is nothing to divide by."""
    return f"cast(sum({numerator}) as double) / nullif(cast(sum({denominator}) as double), 0)"


def running_share(count: str, order: str) -> str:
    """The share of all that has come by each group, in an order; a double."""
    return f"cast(sum({count}) over (order by {order}) as double) / sum({count}) over ()"


def step_of_share(share: str, steps: int) -> str:
    """The lower bound of the step that a share from 0 to 1 is in, of so many; 1 is in the last."""
    return f"least(floor({share} * {steps}), {steps - 1}) / {steps}"


def share_of_days(count: str, days: int) -> str:
    """A count of days as a share of so many, at most 1; 0 where it is not known."""
    return f"least(coalesce({count}, 0) / {days}.0, 1)"


def share_of_whole(part: float, whole: float) -> float:
    """One part of a whole as a share of it; 0 of an empty whole."""
    return part / whole if whole else 0.0
