"""Floor and trees together: as much of each as held-out rows ask for.

Belongs here: the weight between two estimators and the blended log-odds. Does not belong here: fitting either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.boosting import BoostedTrees, fit_boosting
from models.estimators import Booleans, Floats
from models.evaluation import log_loss
from models.floor import INVERSE_PENALTIES, SplineLogistic, fit_floor
from models.splits import Rows

TREE_SHARES = tuple(share / 10 for share in range(11))


@dataclass(frozen=True, eq=False)
class Blend:
    """Log-odds = share x trees + (1 - share) x floor."""

    floor: SplineLogistic
    trees: BoostedTrees
    tree_share: float

    def log_odds(self, frame: pl.DataFrame) -> Floats:
        """The log-odds of churn of each row."""
        return self.share(self.trees.log_odds(frame), self.floor.log_odds(frame))

    def share(self, by_trees: Floats, by_floor: Floats) -> Floats:
        """The blended log-odds of both."""
        return self.tree_share * by_trees + (1 - self.tree_share) * by_floor


def fit_blend(
    frame: pl.DataFrame,
    churned: Booleans,
    splits: Sequence[tuple[Rows, Rows]],
    penalties: Sequence[float] = INVERSE_PENALTIES,
) -> Blend:
    """Fit both, and share between them by the log loss of the rows that ``splits`` hold back."""
    floor, by_floor = fit_floor(frame, churned, splits, penalties)
    trees, by_trees = fit_boosting(frame, churned, splits)
    judged = np.concatenate([churned[held] for _, held in splits])
    share = min(TREE_SHARES, key=lambda part: log_loss(part * by_trees + (1 - part) * by_floor, judged))
    return Blend(floor, trees, share)
