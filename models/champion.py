"""The champion of a history: the model of exactly this data if the registry has it, trained and saved otherwise.

Belongs here: not training twice what would come out the same. Does not belong here: training (``models.training``).
"""

from __future__ import annotations

from pathlib import Path

from models import registry
from models.history import History
from models.trained import TrainedModel
from models.training import settled_sample, train


def champion(history: History, folder: Path, horizon_days: int = 30) -> TrainedModel:
    """The champion for ``horizon_days``; raises ``ValueError`` for a broken list of waivers."""
    waivers = registry.waivers(folder)
    found = registry.find(folder, settled_sample(history, horizon_days).digest(), horizon_days, waivers)
    if found is not None:
        return found
    model = train(history, horizon_days, waivers)
    registry.save(model, folder)
    return model
