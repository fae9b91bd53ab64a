"""The gate against leaks: a column that knows the outcome, and a table that as a whole knows too much.

Belongs here: how well one column ranks, the limits, the words of a refusal. Does not belong here: which features
are built (the warehouse), what happens to a refused model (the callers).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.estimators import Booleans, Floats
from models.evaluation import auc
from models.splines import numbers_of

# Of one column. Honest churn data have none above .9: it would make the model superfluous.
BLOCKING_AUC = 0.95
SUSPECT_AUC = 0.90
# Of all columns together.
JOINT_AUC = 0.95
CHURN_RATES = (0.001, 0.40)
_BINS = 40
_PRIOR_ROWS = 5.0
_HALVES = 2

_TELLING = {"score", "scores", "probability", "probabilities", "proba", "prob", "reason", "reasons", "prediction"}
_TELLING |= {"predicted", "propensity", "naive"}
_OUTCOME = {"churn", "churned", "attrition", "cancel", "cancellation", "cancelled", "canceled", "leave", "left", "exit"}
_OUTCOME |= {"end", "ended", "termination", "retention", "risk"}


@dataclass(frozen=True)
class Suspicion:
    """A column and why it is suspect; ``is_blocking``: no waiver lets it in."""

    column: str
    auc: float
    why: str
    is_blocking: bool


def words_of(name: str) -> set[str]:
    """The words in the name of a column, whatever holds them together."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def names_an_outcome(name: str) -> bool:
    """Whether a name speaks of a score, probability or reason of leaving, as what follows from the outcome does."""
    words = words_of(name)
    return bool(words & _TELLING) and bool(words & _OUTCOME)


def column_auc(column: pl.Series, churned: Booleans) -> float:
    """How well a column alone ranks churners above stayers, in either direction and in any shape.

    The larger of the ranking by its value and the ranking by the churn rates of its values (numbers in forty
    bins), learnt on one half of the rows and applied to the other. That it is missing is a value too.
    """
    if churned.all() or not churned.any():
        return 0.5
    half = np.zeros(churned.size, dtype=np.int64)
    for outcome in (True, False):
        rows = np.flatnonzero(churned == outcome)
        half[rows] = np.arange(rows.size) % _HALVES
    codes = _codes(column)
    rates = np.empty(churned.size)
    base = float(churned.mean())
    for part in range(_HALVES):
        seen, judged = half != part, half == part
        size = int(codes.max()) + 1
        rows = np.bincount(codes[seen], minlength=size)
        left = np.bincount(codes[seen], weights=churned[seen], minlength=size)
        rates[judged] = ((left + base * _PRIOR_ROWS) / (rows + _PRIOR_ROWS))[codes[judged]]
    found = [float(np.mean([auc(rates[half == part], churned[half == part]) for part in range(_HALVES)]))]
    if column.dtype != pl.String:
        values = numbers_of(column)
        known = ~np.isnan(values)
        if 0 < churned[known].sum() < known.sum():
            # Only where it is known, and as much as it is known.
            ranked = auc(np.where(known, values, np.median(values[known])), churned)
            found += [ranked, 1 - ranked]
    return max(found)


def suspicions(frame: pl.DataFrame, churned: Booleans) -> list[Suspicion]:
    """The columns of ``frame`` (numbers and texts) that must not be used as they are, in its order."""
    found = []
    for name in frame.columns:
        alone = column_auc(frame[name], churned)
        if alone > BLOCKING_AUC:
            found.append(Suspicion(name, alone, f"alone it ranks churners with AUC {alone:.3f}", is_blocking=True))
        elif alone > SUSPECT_AUC:
            found.append(Suspicion(name, alone, f"alone it ranks churners with AUC {alone:.3f}", is_blocking=False))
        elif words_of(name) & _TELLING:
            found.append(Suspicion(name, alone, "its name says that it follows from the outcome", is_blocking=False))
    return found


def refusal(found: Collection[Suspicion], waivers: Mapping[str, str]) -> str | None:
    """The sentence that refuses a table over its suspect columns, or null when none is left."""
    blocking = [suspicion for suspicion in found if suspicion.is_blocking]
    if blocking:
        named = "; ".join(f"{suspicion.column} ({suspicion.why})" for suspicion in blocking)
        return f"A column knows the outcome: {named}. Leave it out, or take its value from before the outcome."
    unwaived = [suspicion for suspicion in found if suspicion.column not in waivers]
    if unwaived:
        named = "; ".join(f"{suspicion.column} ({suspicion.why})" for suspicion in unwaived)
        return f"A column may know the outcome: {named}. Leave it out, or waive it in writing with a reason."
    return None


def joint_refusal(joint_auc: float) -> str | None:
    """The sentence that refuses a model that is too good to be honest."""
    if joint_auc <= JOINT_AUC:
        return None
    return (
        f"All columns together rank churners with AUC {joint_auc:.3f}, above {JOINT_AUC}: some of them know the "
        "outcome. Look for columns that are written when somebody leaves."
    )


def rate_refusal(churn_rate: float, horizon_days: int) -> str | None:
    """The sentence that refuses outcomes that no subscription business has."""
    low, high = CHURN_RATES
    if low <= churn_rate <= high:
        return None
    return (
        f"Of the customers {churn_rate:.2%} left within {horizon_days} days, outside {low:.1%} to {high:.0%}: "
        "a history that is cut or incomplete looks like this."
    )


def _codes(column: pl.Series) -> Floats:
    """A whole number for each value, numbers in bins of equal size, the missing one of their own."""
    if column.dtype == pl.String:
        ranks = column.rank("dense").fill_null(0).to_numpy()
        return np.asarray(ranks, dtype=np.int64)
    values = numbers_of(column)
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1])) if known.size else np.array([])
    return np.where(np.isnan(values), 0, 1 + np.searchsorted(edges, values, side="right")).astype(np.int64)
