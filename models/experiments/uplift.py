"""Who is worth contacting: a ranking by the effect expected on each, judged on people it has not seen.

Two models, one an arm (a T-learner), predict each person's outcome with and without the treatment; the difference
ranks. It is made by cross-fitting, so that everybody is ranked by models that have not seen them, and judged by the
Qini coefficient: the area between the gain of treating the ranked people first and that of treating anybody, over the
number of people (Radcliffe 2007). A ranking is not shown unless its Qini is above what chance gives.

Belongs here: the ranking and its judgement. Does not belong here: effects on everybody (``effects``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.experiments.effects import Flags, Floats

FOLDS = 5
SHUFFLES = 200
SMALLEST_ARM = 200
_ENOUGH = (
    0.02  # Shuffling takes people for independent, whom cross-fitting ties a little: 6 of 60 nothings fell below .05.
)


@dataclass(frozen=True)
class Ranking:
    """The expected effect on each person, the Qini of the ranking, and how often chance does as well."""

    uplift: Floats
    qini: float
    p_value: float

    @property
    def is_shown(self) -> bool:
        """Whether the ranking is better than chance."""
        return self.p_value < _ENOUGH


def rank_by_uplift(features: Floats, outcome: Floats, is_treated: Flags, seed: int = 0) -> Ranking | None:
    """Rank everybody by the effect expected on them; none where an arm has too few people."""
    # What is the same of everybody, or known of nobody, ranks nobody; what is missing of some is as usual.
    filled = np.where(np.isnan(features), np.median(np.nan_to_num(features), axis=0), features)
    features = filled[:, filled.min(axis=0) < filled.max(axis=0)] if filled.size else filled
    if min(is_treated.sum(), (~is_treated).sum()) < SMALLEST_ARM or features.shape[1] == 0:
        return None
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    random = np.random.default_rng(seed)
    fold = random.permutation(len(outcome)) % FOLDS
    uplift = np.zeros(len(outcome))
    # Many threads on a few thousand rows wait for each other longer than they compute.
    with threadpool_limits(limits=1):
        for number in range(FOLDS):
            rest, own = fold != number, fold == number
            for arm, sign in ((is_treated, 1.0), (~is_treated, -1.0)):
                model = HistGradientBoostingRegressor(
                    max_depth=3, max_iter=40, learning_rate=0.1, min_samples_leaf=40, random_state=seed
                )
                uplift[own] += sign * model.fit(features[rest & arm], outcome[rest & arm]).predict(features[own])
            # Where a fold is helped more, the rest of which it is predicted was helped less: levels between folds
            # would rank people against the truth.
            uplift[own] -= uplift[own].mean()
    uplift += outcome[is_treated].mean() - outcome[~is_treated].mean()
    found = qini(uplift, outcome, is_treated)
    by_chance = [qini(random.permutation(uplift), outcome, is_treated) for _ in range(SHUFFLES)]
    return Ranking(uplift, found, (1 + sum(chance >= found for chance in by_chance)) / (1 + SHUFFLES))


def qini(score: Floats, outcome: Floats, is_treated: Flags) -> float:
    """The mean gain, over every share of the people treated in the order of the score, above treating at random."""
    order = np.argsort(-score, kind="stable")
    ranked, treated = outcome[order], is_treated[order]
    treated_so_far, held_so_far = np.cumsum(treated), np.cumsum(~treated)
    gained, kept = np.cumsum(ranked * treated), np.cumsum(ranked * ~treated)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = gained - np.where(held_so_far > 0, kept * treated_so_far / held_so_far, 0.0)
    at_random = gain[-1] * np.arange(1, len(order) + 1) / len(order)
    return float((gain - at_random).mean() / max(int(is_treated.sum()), 1))
