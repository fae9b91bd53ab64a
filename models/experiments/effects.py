"""Effects by intention to treat: differences of means with a fixed and an always-valid interval.

The fixed interval is for one look at a time decided beforehand. The always-valid one may be looked at every day: it is
the asymptotic confidence sequence (Waudby-Smith et al. 2021, as GrowthBook computes it), of half-width
se * sqrt(N) * sqrt(2 (N rho^2 + 1) / (N^2 rho^2) * ln(sqrt(N rho^2 + 1) / alpha)) with N people in both arms and rho
tuned to be tightest at ``TUNED_TO`` of them.

The adjusted effect compares people within their stratum and at the same score and MRR before the campaign: least
squares on the arm with a constant for each stratum (post-stratification) and the covariates, with standard errors
that let the variance differ between people (HC2). Covariates are from before the assignment, so this takes away noise
and moves no effect.

Belongs here: the estimators. Does not belong here: who was assigned how (``checks``), how many people it takes
(``power``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

ALPHA = 0.05
TUNED_TO = 5_000
SMALLEST_STRATUM = 10


@dataclass(frozen=True)
class Effect:
    """A difference (treated less held), its standard error, and both intervals; NaN where an arm is too small."""

    difference: float
    standard_error: float
    low: float
    high: float
    sequential_low: float
    sequential_high: float

    @property
    def is_shown(self) -> bool:
        """Whether the always-valid interval leaves zero out: evidence that holds however often one looks."""
        return self.sequential_low > 0 or self.sequential_high < 0


def difference_of_means(outcome: Floats, is_treated: Flags, alpha: float = ALPHA) -> Effect:
    """The plain difference, with Welch's standard error and degrees of freedom."""
    treated, held = outcome[is_treated], outcome[~is_treated]
    if len(treated) < 2 or len(held) < 2:
        return _nothing()
    parts = [arm.var(ddof=1) / len(arm) for arm in (treated, held)]
    error = float(np.sqrt(sum(parts)))
    spread = sum(part**2 / (len(arm) - 1) for part, arm in zip(parts, (treated, held), strict=True))
    freedom = sum(parts) ** 2 / spread if spread > 0 else float(len(outcome))
    return _effect(float(treated.mean() - held.mean()), error, freedom, len(outcome), alpha)


def adjusted_difference(
    outcome: Floats, is_treated: Flags, covariates: Floats, stratum: Integers, alpha: float = ALPHA
) -> Effect:
    """The difference within strata at equal covariates (rows, columns); strata of fewer than ten are one."""
    if min(is_treated.sum(), (~is_treated).sum()) < 2:
        return _nothing()
    strata = _merged(stratum)
    design = _within(np.column_stack([is_treated.astype(float), _usable(covariates, is_treated)]), strata)
    response = _within(outcome[:, None], strata)[:, 0]
    gram = np.linalg.pinv(design.T @ design)
    coefficients = gram @ design.T @ response
    residuals = response - design @ coefficients
    sizes = np.bincount(strata)[strata]
    leverage = 1 / sizes + np.einsum("ij,jk,ik->i", design, gram, design)
    weights = residuals**2 / np.maximum(1 - leverage, 1e-6)
    variance = float((gram @ (design.T * weights) @ design @ gram)[0, 0])
    if not design[:, 0].any():
        return _nothing()
    freedom = float(max(min(is_treated.sum(), (~is_treated).sum()) - 1, 1))
    return _effect(float(coefficients[0]), float(np.sqrt(variance)), freedom, len(outcome), alpha)


def sequential_half_width(standard_error: float, people: int, alpha: float = ALPHA) -> float:
    """Half of the always-valid interval after so many people."""
    rho2 = (-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) / TUNED_TO
    grown = people * rho2 + 1
    return float(
        standard_error * np.sqrt(people) * np.sqrt(2 * grown / (people**2 * rho2) * np.log(np.sqrt(grown) / alpha))
    )


def _effect(difference: float, error: float, freedom: float, people: int, alpha: float) -> Effect:
    half = float(stats.t.ppf(1 - alpha / 2, freedom)) * error
    # A fixed look is never wider than one that may be taken at any time.
    wide = max(sequential_half_width(error, people, alpha), half)
    return Effect(difference, error, difference - half, difference + half, difference - wide, difference + wide)


def _nothing() -> Effect:
    return Effect(*[float("nan")] * 6)


def _merged(stratum: Integers) -> Integers:
    """Strata as 0, 1, …; those too small to compare people within are one."""
    _, numbers = np.unique(stratum, return_inverse=True)
    sizes = np.bincount(numbers)
    shifted = np.where(sizes[numbers] < SMALLEST_STRATUM, 0, numbers + 1)
    return np.asarray(np.unique(shifted, return_inverse=True)[1])


def _within(columns: Floats, strata: Integers) -> Floats:
    """Columns less their mean in the row's stratum."""
    sizes = np.bincount(strata).astype(float)
    means = np.stack([np.bincount(strata, weights=column) / sizes for column in columns.T], axis=1)
    return np.asarray(columns - means[strata])


def _usable(covariates: Floats, is_treated: Flags) -> Floats:
    """Covariates in units of their spread, the mean where one is missing; no more of them than the arms can carry."""
    known = ~np.isnan(covariates)
    filled = np.where(known, covariates, 0.0)
    means = filled.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, covariates, means)
    spread = filled.std(axis=0)
    scaled = (filled - means) / np.where(spread > 0, spread, 1)
    most = int(min(is_treated.sum(), (~is_treated).sum())) // 10
    return np.asarray(scaled[:, :most])
