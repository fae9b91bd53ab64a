"""Worlds that several tests of the churn science share, drawn and trained once."""

from __future__ import annotations

import pytest
from synthetic import make_inputs

from models.inputs import ScoringInputs
from models.scoring import train
from models.trained import TrainedModel


@pytest.fixture(scope="session")
def world() -> ScoringInputs:
    return make_inputs(customers=1500, history_days=500)


@pytest.fixture(scope="session")
def model(world: ScoringInputs) -> TrainedModel:
    return train(world)
