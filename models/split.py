"""Which days train, calibrate and test: never a random split, never a target that has seen a later set.

Belongs here: the choice of days. Does not belong here: what happens on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

# Windows of four weeks and more are still filling up in the first weeks of a history.
LEAD_IN_DAYS = 14
MAXIMUM_TRAINING_DAYS = 12


@dataclass(frozen=True)
class Split:
    """Days in the order of time; the target window of each set is over before the next set's day closes."""

    training_days: tuple[date, ...]
    calibration_day: date
    test_day: date

    def by_part(self) -> dict[str, tuple[date, ...]]:
        """The days of each part, in the order of time."""
        return {
            "training": self.training_days,
            "calibration": (self.calibration_day,),
            "test": (self.test_day,),
        }


def settled_day(last_closed_day: date, settling_days: int) -> date:
    """The newest day whose closing MRR no lapse can take back any more.

    A subscription that ends without a word is known to have lapsed only so long after its period ended. Newer outcomes
    would count those who have left as stayed, and then call the model wrong about them.
    """
    return last_closed_day - timedelta(days=settling_days)


def temporal_split(first_paying_day: date, last_day: date, horizon_days: int) -> Split | None:
    """Split backwards from the newest target window that is over by ``last_day``, in steps of the horizon.

    Test, then calibration one horizon earlier, then up to twelve training days, one a horizon. None when the
    history up to ``last_day`` has no room for one of each (three horizons and two weeks).
    """
    step = timedelta(days=horizon_days)
    test_day = last_day - step
    calibration_day = test_day - step
    candidates = [calibration_day - step * (back + 1) for back in range(MAXIMUM_TRAINING_DAYS)]
    training_days = tuple(day for day in reversed(candidates) if day >= first_paying_day + timedelta(days=LEAD_IN_DAYS))
    return Split(training_days, calibration_day, test_day) if training_days else None


def closed_windows(first_paying_day: date, last_day: date, horizon_days: int) -> tuple[date, ...]:
    """The days whose target windows lie end to end back from ``last_day``, oldest first, at most twelve."""
    step = timedelta(days=horizon_days)
    days = [last_day - step * (back + 1) for back in range(MAXIMUM_TRAINING_DAYS)]
    return tuple(day for day in reversed(days) if day >= first_paying_day)
