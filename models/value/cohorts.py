"""How long subscribers stay: shifted beta-geometric and beta-discrete-Weibull on the survivors of cohorts.

Belongs here: fits, projections and discounted residual lifetimes for contracts that renew period by period
(Fader and Hardie 2007, 2010; Fader, Hardie, Liu, Davin and Steenburgh 2018).
Does not belong here: purchases without a contract (``models.value.purchases``), reading cohorts from a warehouse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.estimators import Floats
from models.value.likelihood import NORMAL_95, Fit, maximise

_STARTS = ((1.0, 1.0), (0.5, 4.0), (4.0, 0.5), (10.0, 30.0))
# Terms of a residual lifetime are added until what is left cannot move the sixth decimal.
_NEGLIGIBLE = 1e-9
_LONGEST = 100_000
_SLOPE_STEP = 1e-5


@dataclass(frozen=True)
class Lifetime:
    """Survival after t renewals: B(alpha, beta + t^shape) / B(alpha, beta); shape 1 is the shifted beta-geometric.

    Each customer has a chance of leaving of their own, drawn from a beta distribution: those who stay longer were
    more loyal from the start. A shape above 1 says that a customer also grows likelier to leave with time.
    """

    alpha: float
    beta: float
    shape: float
    fit: Fit

    def survival(self, periods: Sequence[int] | Floats) -> Floats:
        """The share of a cohort that is still there after each number of periods."""
        from scipy.special import betaln

        elapsed = np.asarray(periods, dtype=np.float64) ** self.shape
        survivors: Floats = np.exp(betaln(self.alpha, self.beta + elapsed) - betaln(self.alpha, self.beta))
        return survivors

    def band(self, periods: Sequence[int] | Floats) -> tuple[Floats, Floats] | None:
        """The 95 % band of the survival: how far the parameters are known, not how the next customers may chance.

        By the delta method on log(-log survival), so that it stays between 0 and 1. None where the likelihood is flat.
        """
        if self.fit.covariance is None:
            return None
        here = _doubly_logged(self, periods)
        names = [estimate.name for estimate in self.fit.estimates]
        slopes = np.empty((len(here), len(names)))
        for place, name in enumerate(names):
            moved = replace(self, **{name: getattr(self, name) * np.exp(_SLOPE_STEP)})
            slopes[:, place] = (_doubly_logged(moved, periods) - here) / _SLOPE_STEP
        reach = NORMAL_95 * np.sqrt(np.einsum("ti,ij,tj->t", slopes, np.array(self.fit.covariance), slopes))
        return np.exp(-np.exp(here + reach)), np.exp(-np.exp(here - reach))

    def residual_lifetime(self, renewals: int, discount_rate: float) -> float:
        """Discounted expected residual lifetime (DERL): payments still to come of who renewed ``renewals`` times.

        The first payment ahead, at the next renewal, counts in full; each later one is discounted by one period
        more. ``discount_rate``: per period. Raises ``ValueError`` for a rate that is not positive.
        """
        if discount_rate <= 0:
            raise ValueError(f"A discount rate per period is above 0, not {discount_rate}: give for example 0.01.")
        if renewals < 0:
            raise ValueError(f"A customer has renewed 0 times or more, not {renewals}: count the renewals.")
        total, begin, size = 0.0, 1, 256
        reached = float(self.survival([renewals])[0])
        while begin < _LONGEST:
            ahead = np.arange(begin, begin + size, dtype=np.float64)
            terms = self.survival(renewals + ahead) / reached * (1 + discount_rate) ** -(ahead - 1)
            total += float(terms.sum())
            if terms[-1] / discount_rate < _NEGLIGIBLE:
                break
            begin, size = begin + size, size * 2
        return total


def fit_shifted_beta_geometric(cohorts: Sequence[Sequence[int]]) -> Lifetime:
    """Fit by maximum likelihood; ``cohorts``: survivors at the start and after each period, one list a cohort."""
    losses, censored = _outcomes(cohorts)

    def log_likelihood(values: Floats) -> float:
        return _log_likelihood(values[0], values[1], 1.0, losses, censored)

    fit = maximise(log_likelihood, ("alpha", "beta"), _STARTS)
    return Lifetime(fit["alpha"], fit["beta"], 1.0, fit)


def fit_beta_discrete_weibull(cohorts: Sequence[Sequence[int]]) -> Lifetime:
    """As the shifted beta-geometric, with a shape for each customer's own chance of leaving over time."""
    losses, censored = _outcomes(cohorts)

    def log_likelihood(values: Floats) -> float:
        return _log_likelihood(values[0], values[1], values[2], losses, censored)

    starts = tuple((*start, shape) for start in _STARTS for shape in (0.7, 1.0, 1.5))
    fit = maximise(log_likelihood, ("alpha", "beta", "shape"), starts)
    return Lifetime(fit["alpha"], fit["beta"], fit["shape"], fit)


def _doubly_logged(of: Lifetime, periods: Sequence[int] | Floats) -> Floats:
    logged: Floats = np.log(-np.log(of.survival(periods)))
    return logged


def _outcomes(cohorts: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
    """Customers lost in period t, and those still there after period t whose later fate is not known; by t - 1."""
    if not cohorts:
        raise ValueError("There is no cohort: give the survivors of at least one.")
    longest = max(len(cohort) for cohort in cohorts) - 1
    losses, censored = np.zeros(max(longest, 0)), np.zeros(max(longest, 0))
    for cohort in cohorts:
        survivors = np.asarray(cohort, dtype=np.float64)
        if len(survivors) < 2:
            continue
        if not np.isfinite(survivors).all() or (survivors < 0).any() or (np.diff(survivors) > 0).any():
            raise ValueError("Survivors of a cohort never rise and are 0 or more: mend the counts.")
        losses[: len(survivors) - 1] += -np.diff(survivors)
        censored[len(survivors) - 2] += survivors[-1]
    if np.count_nonzero(losses + censored) < 2 or not losses.any():
        raise ValueError("A lifetime model needs customers who left in one of at least two periods: wait for more.")
    return losses, censored


def _log_likelihood(alpha: float, beta: float, shape: float, losses: Floats, censored: Floats) -> float:
    from scipy.special import betaln

    periods = np.arange(len(losses) + 1, dtype=np.float64) ** shape
    # The first period is 0, at which everybody is there.
    log_survival = betaln(alpha, beta + periods)
    log_survival -= log_survival[0]
    survivors = np.exp(log_survival)
    lost = np.maximum(survivors[:-1] - survivors[1:], 1e-300)
    return float(losses @ np.log(lost) + censored @ log_survival[1:])
