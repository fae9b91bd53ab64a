"""Viewing habits: the hidden level of interest of every customer in every month.

Belongs here: how the level moves. It falls before people leave because boredom drives both, not because leaving
is known. Does not belong here: days and minutes watched (``feeds.engagement_daily``), the hazard (``hazard``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipelines.sandbox.population import Population
from pipelines.sandbox.seasons import SERIES_MONTHS, SPORT_MONTHS, on_air
from pipelines.sandbox.window import Window

BOREDOM_ONSET = 0.055
"""Monthly chance that a customer loses interest."""

BOREDOM_STAYS = 0.86
"""Monthly chance that lost interest stays lost."""

BOREDOM_LEVEL = -1.7
"""Where the drift of a bored customer tends to, in standard deviations of the baseline."""

_PERSISTENCE = 0.55
_NOISE = 0.28
_NOVELTY = 0.35

Levels = npt.NDArray[np.float32]


def viewing_levels(rng: np.random.Generator, window: Window, people: Population) -> Levels:
    """Levels at the open of each month and at the end of the window, shape (months + 1, customers).

    A customer's drift is a first-order autoregression towards 0, or towards ``BOREDOM_LEVEL`` while bored; what
    the customer came for, a season or a series, adds to the level while it is on.
    """
    sport_on = on_air(window, SPORT_MONTHS)
    series_on = on_air(window, SERIES_MONTHS)
    levels = np.empty((window.months + 1, people.size), dtype=np.float32)
    drift = np.full(people.size, _NOVELTY)
    bored = np.zeros(people.size, dtype=bool)
    for month in range(window.months + 1):
        # A fan's season shows in the month that is being watched, so the level at its open looks one month back.
        shown = max(month - 1, 0)
        content = people.sport * (0.7 if sport_on[shown] else -0.5) + people.series * (
            0.6 if series_on[shown] else -0.4
        )
        levels[month] = people.baseline + drift + content
        here = people.registered_at < window.edges[month]
        turns = rng.random(people.size)
        bored = here & np.where(bored, turns < BOREDOM_STAYS, turns < BOREDOM_ONSET)
        target = np.where(bored, BOREDOM_LEVEL, 0.0)
        step = target + _PERSISTENCE * (drift - target) + rng.normal(0, _NOISE, people.size)
        drift = np.where(here, step, drift)
    return levels
