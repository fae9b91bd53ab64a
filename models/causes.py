"""How a customer would leave, if so: for failing to pay, or in another way, as parts of the score that add up to it.

The remedies differ: another payment method and a retry for the one, a reason to stay for the other. Two models instead
of one win no accuracy for the score itself, so the score stays what it is and is divided.

Belongs here: the part by failing to pay, learnt from those who left. Does not belong here: the chance of leaving
(``models.training``), which kind a movement is of (``dbt_project``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.estimators import Booleans, Floats, probability
from models.evaluation import auc
from models.features import FLOOR_NAMES, model_frame
from models.floor import SplineLogistic, fit_floor_at, tune_floor
from models.history import Sample

FAILING_TO_PAY = "involuntary"
# A kind that nobody told says nothing of either.
_UNTOLD = ("unknown",)
MINIMUM_OF_EACH = 40
PENALTIES = (0.003, 0.01, 0.03)
MAXIMUM_LEAVERS = 20_000


@dataclass(frozen=True)
class Causes:
    """The part of those who left that failed to pay, and who of them rather did.

    ``share``: of all whose kind was told; none where nobody's was. ``floor``: the log-odds of each; none where there
    are too few of either kind, so that everybody has the share. ``auc``: how well it tells the kinds apart on the
    newest quarter of the days, which it had not seen.
    """

    share: float | None
    floor: SplineLogistic | None
    auc: float | None

    def failing_part(self, rows: pl.DataFrame) -> Floats | None:
        """The part of each row's chance of leaving that is for failing to pay; none where nothing is known of it."""
        if self.share is None:
            return None
        if self.floor is None:
            return np.full(rows.height, self.share)
        return probability(self.floor.log_odds(model_frame(rows)))


def fit_causes(sample: Sample) -> Causes:
    """Learn from the leavers of ``sample`` whose kind was told, the newest ones where there are very many."""
    if sample.kinds is None:
        return Causes(None, None, None)
    told = np.asarray((sample.kinds.is_not_null() & ~sample.kinds.is_in(_UNTOLD)).to_numpy(), dtype=np.bool_)
    places = np.flatnonzero(told & sample.churned)[-MAXIMUM_LEAVERS:]
    failed: Booleans = (sample.kinds[places] == FAILING_TO_PAY).to_numpy().astype(np.bool_)
    if not failed.size:
        return Causes(None, None, None)
    share = round(float(failed.mean()), 6)
    rows = sample.rows[places]
    days = rows["feature_date"].unique().sort()
    is_held = (rows["feature_date"] >= days[-max(1, len(days) // 4)]).to_numpy()
    parts = (failed[~is_held], failed[is_held])
    if any(min(part.sum(), part.size - part.sum()) < MINIMUM_OF_EACH / 2 for part in parts):
        return Causes(share, None, None)
    frame = model_frame(rows).select(FLOOR_NAMES)
    split = (np.flatnonzero(~is_held), np.flatnonzero(is_held))
    penalty, unseen = tune_floor(frame, failed, [split], PENALTIES)
    return Causes(share, fit_floor_at(frame, failed, penalty), round(auc(unseen, parts[1]), 6))
