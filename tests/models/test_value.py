"""Lifetimes, purchases and profit against published answers and against answers known by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from models.value.campaign import CampaignTerms, best_threshold, expected_maximum_profit, savings
from models.value.cohorts import fit_beta_discrete_weibull, fit_shifted_beta_geometric
from models.value.likelihood import Fit
from models.value.purchases import BetaGeometric, fit_beta_geometric, fit_gamma_gamma, summarise
from tests.conftest import SHARED_DATA

# Fader and Hardie (2007), survivors of 1,000 after each of seven years.
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


@pytest.mark.parametrize(("cohort", "alpha", "beta"), [(HIGH_END, 0.668, 3.806), (REGULAR, 0.704, 1.182)])
def test_shifted_beta_geometric_is_the_published_fit(cohort: list[int], alpha: float, beta: float) -> None:
    fitted = fit_shifted_beta_geometric([cohort])
    assert (round(fitted.alpha, 3), round(fitted.beta, 3)) == (alpha, beta)
    (low, high) = (fitted.fit.estimates[0].low, fitted.fit.estimates[0].high)
    assert low is not None
    assert high is not None
    assert low < alpha < high


@pytest.mark.parametrize(
    ("cohort", "held_out"),
    [(HIGH_END, [0.468, 0.445, 0.427, 0.409, 0.394]), (REGULAR, [0.223, 0.207, 0.194, 0.183, 0.173])],
)
def test_projection_of_the_years_held_out(cohort: list[int], held_out: list[float]) -> None:
    """The published survivors of years 8 to 12, which no fit has seen."""
    weibull = fit_beta_discrete_weibull([cohort])
    geometric = fit_shifted_beta_geometric([cohort])
    assert weibull.fit.log_likelihood >= geometric.fit.log_likelihood
    assert weibull.survival(range(8, 13)) == pytest.approx(held_out, abs=0.012)
    assert geometric.survival(range(8, 13)) == pytest.approx(held_out, abs=0.02)


def test_a_weibull_of_shape_one_is_the_geometric() -> None:
    """Survivors drawn exactly from a shifted beta-geometric give its parameters back, and shape 1."""
    from scipy.special import betaln

    periods = np.arange(9)
    survivors = np.round(1e9 * np.exp(betaln(0.8, 2.5 + periods) - betaln(0.8, 2.5))).astype(int)
    fitted = fit_beta_discrete_weibull([survivors.tolist()])
    assert (fitted.alpha, fitted.beta, fitted.shape) == pytest.approx((0.8, 2.5, 1.0), rel=1e-3)


def test_cohorts_of_different_age_count_together() -> None:
    """Two halves of one cohort are the cohort; one that was watched for fewer years only says less."""
    halves = [[count // 2 for count in HIGH_END], [count - count // 2 for count in HIGH_END]]
    assert fit_shifted_beta_geometric(halves).alpha == pytest.approx(fit_shifted_beta_geometric([HIGH_END]).alpha)
    # Within the interval of the whole cohort.
    assert 0.49 < fit_shifted_beta_geometric([HIGH_END, HIGH_END[:4]]).alpha < 0.91


def test_residual_lifetime_is_the_closed_form() -> None:
    """Fader and Hardie (2010): DERL of a shifted beta-geometric is a Gaussian hypergeometric function."""
    from scipy.special import hyp2f1

    fitted = fit_shifted_beta_geometric([HIGH_END])
    a, b, renewals, rate = fitted.alpha, fitted.beta, 4, 0.1
    closed = (b + renewals) / (a + b + renewals) * hyp2f1(1, b + renewals + 1, a + b + renewals + 1, 1 / (1 + rate))
    assert fitted.residual_lifetime(renewals, rate) == pytest.approx(closed, rel=1e-8)


@pytest.mark.parametrize("cohorts", [[], [[100]], [[100, 100, 100]], [[100, 120]], [[100, 90]]])
def test_cohorts_that_say_nothing_are_refused(cohorts: list[list[int]]) -> None:
    with pytest.raises(ValueError, match=r"cohort|Survivors|periods"):
        fit_shifted_beta_geometric(cohorts)


def test_purchases_of_cdnow_are_the_published_fit() -> None:
    path = SHARED_DATA / "cdnow" / "CDNOW_sample.txt"
    if not path.is_file():
        pytest.skip("the public data set cdnow is absent: the model of purchases is not measured on it")
    rows = [line.split() for line in path.read_text().splitlines()]
    purchases = pl.DataFrame(
        {
            "customer_id": [row[1] for row in rows],
            "purchase_date": [date(int(row[2][:4]), int(row[2][4:6]), int(row[2][6:])) for row in rows],
            "value": [float(row[4]) for row in rows],
        }
    )
    summary = summarise(purchases, date(1997, 9, 30))
    repeats, recency, age = (summary[name].to_numpy().astype(float) for name in ("repeats", "recency", "age"))
    fitted = fit_beta_geometric(repeats, recency, age)
    rounded = [round(value, 3) for value in (fitted.r, fitted.alpha, fitted.a, fitted.b)]
    assert rounded == [0.243, 4.414, 0.793, 2.426]
    # The hold-out year has 39 weeks of which the model has seen nothing.
    later = (
        purchases.filter(pl.col("purchase_date") > date(1997, 9, 30)).unique(["customer_id", "purchase_date"]).height
    )
    assert fitted.expected_purchases(39.0, repeats, recency, age).sum() == pytest.approx(later, rel=0.15)
    spend = fit_gamma_gamma(repeats, summary["mean_repeat_value"].fill_null(0.0).to_numpy())
    assert (spend.p, spend.q, spend.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=0.02)


def test_who_never_came_back_is_alive_and_worth_the_mean() -> None:
    repeats, recency, age = np.array([0.0, 3.0, 3.0]), np.array([0.0, 30.0, 5.0]), np.array([35.0, 32.0, 38.0])
    fitted = BetaGeometric(0.243, 4.414, 0.793, 2.426, Fit((), 0.0))
    alive = fitted.alive(repeats, recency, age)
    assert alive[0] == 1.0
    assert alive[1] > alive[2]


def test_nobody_who_bought_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="bought twice"):
        fit_beta_geometric(np.zeros(5), np.zeros(5), np.ones(5))


def test_profit_of_perfect_scores() -> None:
    """Half the base contacted, .3 of them kept at 200 less the incentive of 10, each contacted at 1."""
    churned = np.arange(1000) % 2 == 0
    found = expected_maximum_profit(churned * 0.9 + 0.05, churned)
    assert found.profit == pytest.approx(28.0, abs=1e-6)
    assert found.fraction == pytest.approx(0.5, abs=1e-6)


def test_profit_is_the_mean_of_the_best_thresholds() -> None:
    """Drawn acceptance rates, each with its own best threshold, found by trying all."""
    random = np.random.default_rng(0)
    churned = random.random(3000) < 0.2
    chances = np.clip(random.normal(0.2, 0.1, 3000) + 0.15 * churned, 0, 1)
    terms = CampaignTerms()
    order = np.argsort(-chances)
    left = np.concatenate([[0], np.cumsum(churned[order])]) / 3000
    stayed = np.concatenate([[0], np.cumsum(~churned[order])]) / 3000
    drawn = random.beta(terms.alpha, terms.beta, 20_000)
    best = [(200 * (rate * 0.95 - 0.005) * left - 11 * stayed).max() for rate in drawn]
    assert expected_maximum_profit(chances, churned, terms).profit == pytest.approx(np.mean(best), rel=0.02)


def test_the_threshold_is_where_a_contact_pays() -> None:
    terms = CampaignTerms()
    chance, accepts = best_threshold(terms), 0.3
    paid = chance * (accepts * 190 - 1) - (1 - chance) * 11
    assert paid == pytest.approx(0.0, abs=1e-9)


def test_savings_of_a_list_by_hand() -> None:
    """Ten of whom two leave at 200: nobody costs 400, everybody 2 x 144 + 8 x 11 = 376, the list 144 + 200 + 2 x 11."""
    churned = np.array([True, True, *[False] * 8])
    chances = np.array([0.5, 0.1, 0.2, 0.2, *[0.05] * 6])
    assert savings(chances, churned) == pytest.approx(1 - 366 / 376)
    assert savings(np.zeros(10), churned) == pytest.approx(1 - 400 / 376)
    with pytest.raises(ValueError, match="customers who left"):
        savings(chances, np.zeros(10, dtype=bool))


def test_terms_that_cannot_pay_are_refused() -> None:
    with pytest.raises(ValueError, match="worth more than the incentive"):
        CampaignTerms(value=5.0)
