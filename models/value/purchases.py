"""Purchases without a contract (passes, pay-per-view, rentals): how many are to come, and of what size.

Belongs here: BG/NBD (Fader, Hardie and Lee 2005) and Gamma-Gamma (Fader and Hardie 2013) by maximum likelihood,
and the summary of purchases that they read. Does not belong here: subscriptions (``models.value.cohorts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from models.estimators import Floats
from models.value.likelihood import Fit, maximise

DAYS_IN_WEEK = 7
_BG_NBD_STARTS = ((0.5, 5.0, 1.0, 3.0), (1.0, 1.0, 1.0, 1.0), (0.2, 10.0, 0.5, 5.0))
_GAMMA_GAMMA_STARTS = ((5.0, 4.0, 15.0), (1.0, 2.0, 1.0), (10.0, 3.0, 50.0))


def summarise(purchases: pl.DataFrame, until: date, unit_days: int = DAYS_IN_WEEK) -> pl.DataFrame:
    """Per customer who bought by the close of ``until``: repeats, recency, age (both in units), mean_repeat_value.

    ``purchases``: customer_id, purchase_date, value. A day counts once, with what it brought together. Age runs
    from the first purchase to ``until``, recency from the first to the last. The mean is of the repeat purchases.
    """
    days = (
        purchases.filter(pl.col("purchase_date") <= until)
        .group_by("customer_id", "purchase_date")
        .agg(pl.col("value").cast(pl.Float64).sum())
        .sort("customer_id", "purchase_date")
    )
    first, last = pl.col("purchase_date").min(), pl.col("purchase_date").max()
    return (
        days.group_by("customer_id")
        .agg(
            repeats=pl.len().cast(pl.Int64) - 1,
            recency=(last - first).dt.total_days() / unit_days,
            age=(pl.lit(until) - first).dt.total_days() / unit_days,
            mean_repeat_value=pl.col("value").slice(1).mean(),
        )
        .sort("customer_id")
    )


@dataclass(frozen=True)
class BetaGeometric:
    """BG/NBD: buying at a rate ~ gamma(r, alpha) until, after any purchase, gone with a chance ~ beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float
    fit: Fit

    def alive(self, repeats: Floats, recency: Floats, age: Floats) -> Floats:
        """The chance that each customer has not gone; who never bought again cannot have (1)."""
        odds_gone = (
            self.a
            / (self.b + np.maximum(repeats, 1) - 1)
            * ((self.alpha + age) / (self.alpha + recency)) ** (self.r + repeats)
        )
        chance: Floats = np.where(repeats > 0, 1 / (1 + odds_gone), 1.0)
        return chance

    def expected_purchases(self, periods: float, repeats: Floats, recency: Floats, age: Floats) -> Floats:
        """Purchases expected of each customer within ``periods`` from now."""
        from scipy.special import hyp2f1

        reach = periods / (self.alpha + age + periods)
        series = hyp2f1(self.r + repeats, self.b + repeats, self.a + self.b + repeats - 1, reach)
        shrink = ((self.alpha + age) / (self.alpha + age + periods)) ** (self.r + repeats)
        lifetime = (self.a + self.b + repeats - 1) / (self.a - 1) * (1 - shrink * series)
        expected: Floats = lifetime * self.alive(repeats, recency, age)
        return expected


@dataclass(frozen=True)
class GammaGamma:
    """The size of a purchase: each customer's mean ~ gamma around a level that differs between customers."""

    p: float
    q: float
    gamma: float
    fit: Fit

    def expected_value(self, repeats: Floats, mean_value: Floats) -> Floats:
        """The mean value of a customer's purchases, drawn towards everybody's the fewer there were."""
        weight = self.p * repeats + self.q - 1
        expected: Floats = self.p * (self.gamma + repeats * np.where(repeats > 0, mean_value, 0.0)) / weight
        return expected


def fit_beta_geometric(repeats: Floats, recency: Floats, age: Floats) -> BetaGeometric:
    """Fit BG/NBD by maximum likelihood on the summary of each customer."""
    from scipy.special import betaln, gammaln

    if not len(repeats) or not (repeats > 0).any():
        raise ValueError("Nobody bought twice: a model of purchases needs customers who came back.")

    def log_likelihood(values: Floats) -> float:
        r, alpha, a, b = values
        shared = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha)
        alive = betaln(a, b + repeats) - betaln(a, b) - (r + repeats) * np.log(alpha + age)
        left = np.maximum(repeats, 1)
        gone = betaln(a + 1, b + left - 1) - betaln(a, b) - (r + repeats) * np.log(alpha + recency)
        return float((shared + np.where(repeats > 0, np.logaddexp(alive, gone), alive)).sum())

    fit = maximise(log_likelihood, ("r", "alpha", "a", "b"), _BG_NBD_STARTS)
    return BetaGeometric(fit["r"], fit["alpha"], fit["a"], fit["b"], fit)


def fit_gamma_gamma(repeats: Floats, mean_value: Floats) -> GammaGamma:
    """Fit Gamma-Gamma by maximum likelihood on those who bought again; values must be positive."""
    from scipy.special import gammaln

    bought = (repeats > 0) & (mean_value > 0)
    if bought.sum() < 2:
        raise ValueError("Fewer than two customers bought again for money: the size of purchases cannot be modelled.")
    count, mean = repeats[bought].astype(np.float64), mean_value[bought]

    def log_likelihood(values: Floats) -> float:
        p, q, gamma = values
        terms = (
            gammaln(p * count + q)
            - gammaln(p * count)
            - gammaln(q)
            + q * np.log(gamma)
            + (p * count - 1) * np.log(mean)
            + p * count * np.log(count)
            - (p * count + q) * np.log(gamma + mean * count)
        )
        return float(terms.sum())

    fit = maximise(log_likelihood, ("p", "q", "gamma"), _GAMMA_GAMMA_STARTS)
    return GammaGamma(fit["p"], fit["q"], fit["gamma"], fit)
