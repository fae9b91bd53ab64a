"""How long subscribers stay: shifted beta-geometric and beta-discrete-Weibull on the survivors of cohorts.

Belongs here: fits, projections and discounted residual lifetimes for contracts that renew period by period
(Fader and Hardie 2007, 2010; Fader, Hardie, Liu, Davin and Steenburgh 2018).
Does not belong here: purchases without a contract (``models.value.purchases``), reading cohorts from a warehouse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.estimators import Floats
from models.value.likelihood import Fit, maximise

_STARTS = ((1.0, 1.0), (0.5, 4.0), (4.0, 0.5), (10.0, 30.0))
# Terms of a residual lifetime are added until what is left cannot move the sixth decimal.
_NEGLIGIBLE = 1e-9
_LONGEST = 100_000


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

    def retention(self, periods: Sequence[int] | Floats) -> Floats:
        """The share of those there after t - 1 periods who renew once more, for each t of ``periods``."""
        t = np.asarray(periods, dtype=np.float64)
        rates: Floats = self.survival(t) / self.survival(t - 1)
        return rates

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
    log_survival = betaln(alpha, beta + periods) - betaln(alpha, beta)
    lost = np.exp(log_survival[:-1]) - np.exp(log_survival[1:])
    seen = losses > 0
    return float((losses[seen] * np.log(np.maximum(lost[seen], 1e-300))).sum() + (censored * log_survival[1:]).sum())
