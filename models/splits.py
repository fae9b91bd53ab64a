"""Which rows learn and which are held back, inside a set of training rows.

Belongs here: splits by row. Does not belong here: which days train and test (``models.split``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.estimators import Booleans

Rows = npt.NDArray[np.int64]


def stratified_folds(churned: Booleans, folds: int, seed: int) -> list[tuple[Rows, Rows]]:
    """Random folds with the same share of churners in each, for tables without time; in the order of the rows."""
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return [(seen, held) for seen, held in splitter.split(np.zeros(churned.size), churned)]
