"""Maximum likelihood for parameters that are positive, with intervals from the curvature at the maximum.

Belongs here: the search and the standard errors. Does not belong here: any particular likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.estimators import Floats

NORMAL_95 = 1.959963984540054
_STEP = 1e-4
# Of the starts, as many as are worth a search: those with the largest likelihood.
_SEARCHED = 2
_COARSE = {"xatol": 1e-2, "fatol": 1e-2, "maxiter": 2_000, "maxfev": 2_000}
_FINE = {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4_000, "maxfev": 4_000}
# A parameter that runs off to here has no maximum: the data do not tell it apart from infinity.
_LARGEST_LOG = 15.0
_UNDETERMINED = "The observations do not determine the model: give it more periods or customers."


@dataclass(frozen=True)
class Estimate:
    """A fitted parameter with its 95 % interval; the interval is null where the likelihood is flat."""

    name: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Fit:
    """The parameters at the maximum, in the order of their names, and the log-likelihood there.

    ``covariance`` is of their logarithms; none where the likelihood is flat.
    """

    estimates: tuple[Estimate, ...]
    log_likelihood: float
    covariance: tuple[tuple[float, ...], ...] | None = None

    def __getitem__(self, name: str) -> float:
        return next(estimate.value for estimate in self.estimates if estimate.name == name)


def maximise(log_likelihood: Callable[[Floats], float], names: Sequence[str], starts: Sequence[Sequence[float]]) -> Fit:
    """Maximise over positive parameters from several starts; the interval is normal on the logarithm of each.

    Raises ``ValueError`` when no start reaches a maximum: the observations do not determine the parameters.
    """
    from scipy.optimize import minimize

    def loss(logs: Floats) -> float:
        if np.abs(logs).max() > _LARGEST_LOG:
            return 1e12
        value = log_likelihood(np.exp(logs))
        return -value if np.isfinite(value) else 1e12

    promising = sorted((np.log(start) for start in starts), key=loss)[:_SEARCHED]
    near = min((minimize(loss, start, method="Nelder-Mead", options=_COARSE) for start in promising), key=_loss_at)
    if _runs_off(near.x):
        raise ValueError(_UNDETERMINED)
    corners = np.vstack([near.x, near.x + 1e-2 * np.eye(len(near.x))])
    best = minimize(loss, near.x, method="Nelder-Mead", options={**_FINE, "initial_simplex": corners})
    logs: Floats = best.x
    if not best.success or best.fun >= 1e12 or _runs_off(logs):
        raise ValueError(_UNDETERMINED)
    covariance = _covariance(loss, logs)
    return Fit(
        tuple(
            _estimate(name, float(log), None if covariance is None else float(covariance[place, place]))
            for place, (name, log) in enumerate(zip(names, logs, strict=True))
        ),
        -float(best.fun),
        None if covariance is None else tuple(tuple(float(each) for each in row) for row in covariance),
    )


def _runs_off(logs: Floats) -> bool:
    return bool(np.abs(logs).max() > _LARGEST_LOG - 1)


def _loss_at(run: Any) -> float:
    return float(run.fun)


def _estimate(name: str, log: float, variance: float | None) -> Estimate:
    if variance is None:
        return Estimate(name, math.exp(log), None, None)
    reach = NORMAL_95 * math.sqrt(variance)
    return Estimate(name, math.exp(log), math.exp(log - reach), math.exp(log + reach))


def _covariance(loss: Callable[[Floats], float], logs: Floats) -> Floats | None:
    """The inverse Hessian, by central differences; none where it is no maximum."""
    size = len(logs)
    steps = np.eye(size) * _STEP
    hessian = np.empty((size, size))
    for row in range(size):
        for column in range(row + 1):
            a, b = steps[row], steps[column]
            corners = loss(logs + a + b) - loss(logs + a - b) - loss(logs - a + b) + loss(logs - a - b)
            hessian[row, column] = hessian[column, row] = corners / (4 * _STEP**2)
    if not np.isfinite(hessian).all() or np.linalg.cond(hessian) > 1e12 or np.linalg.eigvalsh(hessian)[0] <= 0:
        return None
    return np.asarray(np.linalg.inv(hessian), dtype=np.float64)
