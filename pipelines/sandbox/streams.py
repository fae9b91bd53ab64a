"""Random streams: one independent generator for each stage of the simulation.

Belongs here: the list of stages and how a stage gets its generator. A stage of its own keeps feeds independent:
leaving one feed out never shifts the random numbers of another.
Does not belong here: any draw.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stage(IntEnum):
    """The stages that draw random numbers. Values are part of the output's identity: append, never renumber."""

    POPULATION = 1
    HABITS = 2
    LIFE = 3
    PURCHASES = 4
    SUBSCRIPTION_EVENTS = 5
    PAYMENT_EVENTS = 6
    CUSTOMER_EVENTS = 7
    JOURNEY_EVENTS = 8
    ENGAGEMENT_DAILY = 9
    SUPPORT_TICKETS = 10
    FX_RATES = 11
    CAMPAIGN = 12
    CHECKOUT_STEPS = 13
    PRICE_TEST = 14


def stream(seed: int, stage: Stage) -> np.random.Generator:
    """The generator of one stage: the child of the run's seed sequence with the stage's number as spawn key."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(stage),)))
