"""Maximum likelihood for parameters that are positive, with intervals from the curvature at the maximum.

Belongs here: the search and the standard errors. Does not belong here: any particular likelihood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.estimators import Floats

_NORMAL_95 = 1.959963984540054
_STEP = 1e-4
# A parameter that runs off to here has no maximum: the data do not tell it apart from infinity.
_LARGEST_LOG = 15.0


@dataclass(frozen=True)
class Estimate:
    """A fitted parameter with its 95 % interval; the interval is null where the likelihood is flat."""

    name: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Fit:
    """The parameters at the maximum, in the order of their names, and the log-likelihood there."""

    estimates: tuple[Estimate, ...]
    log_likelihood: float

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

    options = {"xatol": 1e-9, "fatol": 1e-10, "maxiter": 20_000, "maxfev": 20_000}
    runs = [minimize(loss, np.log(start), method="Nelder-Mead", options=options) for start in starts]
    best = min(runs, key=lambda run: run.fun)
    logs: Floats = best.x
    if not best.success or best.fun >= 1e12 or np.abs(logs).max() > _LARGEST_LOG - 1:
        raise ValueError("The observations do not determine the lifetime model: give it more periods or customers.")
    errors = _standard_errors(loss, logs)
    return Fit(
        tuple(
            Estimate(
                name,
                float(np.exp(log)),
                None if error is None else float(np.exp(log - _NORMAL_95 * error)),
                None if error is None else float(np.exp(log + _NORMAL_95 * error)),
            )
            for name, log, error in zip(names, logs, errors, strict=True)
        ),
        -float(best.fun),
    )


def _standard_errors(loss: Callable[[Floats], float], logs: Floats) -> list[float | None]:
    """Square roots of the diagonal of the inverse Hessian, by central differences; null where it is no maximum."""
    size = len(logs)
    steps = np.eye(size) * _STEP
    hessian = np.empty((size, size))
    for row in range(size):
        for column in range(size):
            a, b = steps[row], steps[column]
            corners = loss(logs + a + b) - loss(logs + a - b) - loss(logs - a + b) + loss(logs - a - b)
            hessian[row, column] = corners / (4 * _STEP**2)
    if np.linalg.cond(hessian) > 1e12:
        return [None] * size
    variances = np.diag(np.linalg.inv(hessian))
    return [float(np.sqrt(variance)) if variance > 0 else None for variance in variances]
