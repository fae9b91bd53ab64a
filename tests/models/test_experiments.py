"""Inference on arms against simulated campaigns whose true effect is known.

Belongs here: coverage, checks, power, rankings. Does not belong here: reading campaigns (``tests/activation``).
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.experiments.checks import corrected, heterogeneity_p, sample_ratio_p
from models.experiments.effects import adjusted_difference, difference_of_means, sequential_half_width
from models.experiments.judging import judge
from models.experiments.power import people_needed, smallest_detectable_effect
from models.experiments.uplift import qini, rank_by_uplift

EFFECT = 0.06


def _campaign(random: np.random.Generator, people: int, held: float, effect: float = EFFECT):  # type: ignore[no-untyped-def]
    """Scores, strata, arms drawn within strata at even steps, and who stayed."""
    chance = random.beta(1.5, 6, people)
    stratum = np.argsort(np.argsort(chance)) * 10 // people
    is_treated = np.ones(people, dtype=bool)
    order = np.lexsort((random.random(people), stratum))
    start = random.random()
    steps = np.floor((np.arange(people) + 1) * held + start) > np.floor(np.arange(people) * held + start)
    is_treated[order[steps]] = False
    stays = random.random(people) < np.clip(1 - chance + effect * is_treated, 0, 1)
    return chance, stratum, is_treated, stays.astype(float)


def _coverage(campaigns: int, seed: int) -> tuple[float, float, float]:
    """How often the fixed plain, the fixed adjusted, and the always-valid interval hold the truth."""
    random = np.random.default_rng(seed)
    hits = np.zeros(3)
    for _ in range(campaigns):
        chance, stratum, is_treated, stays = _campaign(random, 1500, 0.2)
        # Whoever would stay for certain anyway cannot be helped: what was truly gained is averaged over the people.
        truth = float((np.clip(1 - chance + EFFECT, 0, 1) - (1 - chance)).mean())
        adjusted = adjusted_difference(stays, is_treated, chance[:, None], stratum)
        alone = random.permutation(is_treated)
        drawn = random.random(1500) < np.clip(1 - chance + EFFECT * alone, 0, 1)
        plain = difference_of_means(drawn.astype(float), alone)
        hits += [
            plain.low <= truth <= plain.high,
            adjusted.low <= truth <= adjusted.high,
            adjusted.sequential_low <= truth <= adjusted.sequential_high,
        ]
    return tuple(hits / campaigns)  # type: ignore[return-value]


def test_intervals_cover_the_truth() -> None:
    """An interval that is too narrow calls noise a success one campaign in five."""
    plain, adjusted, sequential = _coverage(500, seed=3)
    # Three standard errors of 500 campaigns around 95 %; the long test is as narrow as was asked for.
    assert 0.92 <= plain <= 0.98
    assert 0.92 <= adjusted <= 0.98
    assert sequential >= 0.95


@pytest.mark.long
def test_intervals_cover_the_truth_over_two_thousand_campaigns() -> None:
    plain, adjusted, sequential = _coverage(2000, seed=11)
    assert 0.94 <= plain <= 0.96
    assert 0.94 <= adjusted <= 0.96
    assert sequential >= 0.95


def _always_right(campaigns: int, seed: int) -> float:
    """The share of campaigns in which the always-valid interval held the truth on each of sixty days."""
    random = np.random.default_rng(seed)
    days, a_day = 60, 40
    is_treated = random.random((campaigns, days * a_day)) < 0.8
    outcome = (random.random((campaigns, days * a_day)) < 0.85 + 0.03 * is_treated).astype(float)
    right = np.ones(campaigns, dtype=bool)
    for day in range(3, days + 1):
        arms, values = is_treated[:, : day * a_day], outcome[:, : day * a_day]
        sent, held = arms.sum(axis=1), (~arms).sum(axis=1)
        means = (values * arms).sum(axis=1) / sent, (values * ~arms).sum(axis=1) / held
        error = np.sqrt(sum(mean * (1 - mean) / n for mean, n in zip(means, (sent, held), strict=True)))
        half = np.array([sequential_half_width(one, day * a_day) for one in error])
        right &= np.abs(means[0] - means[1] - 0.03) <= half
    return float(right.mean())


def test_daily_peeking_does_not_break_the_always_valid_interval() -> None:
    """A dashboard that is opened every morning finds some day on which a fixed interval is wrong."""
    assert _always_right(200, seed=5) >= 0.95


@pytest.mark.long
def test_daily_peeking_over_two_thousand_campaigns() -> None:
    assert _always_right(2000, seed=6) >= 0.95


def test_adjustment_narrows_and_does_not_move() -> None:
    random = np.random.default_rng(7)
    pairs = []
    for _ in range(60):
        chance, stratum, is_treated, stays = _campaign(random, 2000, 0.3)
        plain = difference_of_means(stays, is_treated)
        pairs.append((plain, adjusted_difference(stays, is_treated, chance[:, None], stratum)))
    moved = np.mean([adjusted.difference - plain.difference for plain, adjusted in pairs])
    narrowed = np.mean([adjusted.standard_error / plain.standard_error for plain, adjusted in pairs])
    assert abs(moved) < 0.005
    assert narrowed < 0.97


def test_a_known_difference() -> None:
    """Welch's interval of two small samples, worked out by hand: means 3 and 1, errors 1/sqrt(3) each."""
    effect = difference_of_means(np.array([2.0, 3, 4, 0, 1, 2]), np.array([True] * 3 + [False] * 3))
    assert effect.difference == pytest.approx(2)
    assert effect.standard_error == pytest.approx(np.sqrt(2 / 3))
    assert effect.low == pytest.approx(2 - 2.776445 * np.sqrt(2 / 3))


# N = 5,000 and alpha = 0.05: rho^2 = (5.99146 + ln 6.99146) / 5000, the formula's own terms.
def test_the_always_valid_half_width_is_that_of_the_formula() -> None:
    rho2 = (5.991464547 + np.log(6.991464547)) / 5000
    grown = 5000 * rho2 + 1
    expected = 0.01 * np.sqrt(5000) * np.sqrt(2 * grown / (5000**2 * rho2) * np.log(np.sqrt(grown) / 0.05))
    assert sequential_half_width(0.01, 5000) == pytest.approx(expected)
    assert 0.02 < sequential_half_width(0.01, 5000) < 0.04


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.tuples(st.floats(-1e6, 1e6), st.booleans(), st.integers(0, 4)), max_size=40),
    covariate=st.floats(-1e6, 1e6) | st.just(float("nan")),
)
def test_any_arms_give_an_effect_or_none(values: list[tuple[float, bool, int]], covariate: float) -> None:
    """An empty arm, a constant outcome or a missing score once ended a build."""
    outcome = np.array([value for value, _, _ in values], dtype=float)
    is_treated = np.array([arm for _, arm, _ in values], dtype=bool)
    stratum = np.array([group for _, _, group in values], dtype=np.int64)
    covariates = np.full((len(values), 1), covariate)
    for effect in (
        difference_of_means(outcome, is_treated),
        adjusted_difference(outcome, is_treated, covariates, stratum),
    ):
        assert np.isnan(effect.difference) or effect.low <= effect.difference <= effect.high
        assert np.isnan(effect.low) or effect.sequential_low <= effect.low <= effect.high <= effect.sequential_high


def test_the_sample_ratio_test_fires_at_its_rate_and_always_on_a_bias() -> None:
    """Held-out people who were lost on the way made a useless campaign look good."""
    random = np.random.default_rng(8)
    people, share = 4000, 0.9
    null = [
        sample_ratio_p(int(sent), people - int(sent), people * share) for sent in random.binomial(people, share, 2000)
    ]
    assert 0.035 < np.mean(np.array(null) < 0.05) < 0.065
    lost = [sample_ratio_p(int(sent), 4000 - int(sent), 3600) for sent in random.binomial(4000, 0.93, 200)]
    assert max(lost) < 0.001


def test_heterogeneity_is_found_where_it_is_and_corrected_for_asking_often() -> None:
    random = np.random.default_rng(9)
    group = np.array(["a", "b"])[random.integers(0, 2, 6000)]
    is_treated = random.random(6000) < 0.5
    differs = random.normal(0, 1, 6000) + is_treated * np.where(group == "a", 0.4, -0.4)
    alike = random.normal(0, 1, 6000) + is_treated * 0.2
    assert heterogeneity_p(differs, is_treated, list(group)) < 1e-6
    assert heterogeneity_p(alike, is_treated, list(group)) > 0.01
    assert corrected({"a": 0.01, "b": 0.03, "c": 0.04, "d": float("nan")}) == {
        "a": pytest.approx(0.03),
        "b": pytest.approx(0.06),
        "c": pytest.approx(0.06),
        "d": pytest.approx(float("nan"), nan_ok=True),
    }


def test_two_tenths_of_two_thousand_at_risk_show_five_to_six_points() -> None:
    """The example of the field notes: nobody should expect a campaign of this size to show two points."""
    assert 0.05 <= smallest_detectable_effect(1600, 400, 0.15 * 0.85) <= 0.06
    assert people_needed(0.056, 0.2, 0.15 * 0.85) == pytest.approx(2000, rel=0.05)
    assert np.isnan(smallest_detectable_effect(0, 10, 0.1))
    assert people_needed(0, 0.2, 0.1) == float("inf")


def test_the_qini_of_a_perfect_order_beats_chance_and_its_reverse_loses() -> None:
    random = np.random.default_rng(10)
    gain = random.uniform(-1, 1, 4000)
    is_treated = random.random(4000) < 0.5
    outcome = random.normal(0, 0.1, 4000) + gain * is_treated
    assert qini(gain, outcome, is_treated) > 0.05
    assert qini(-gain, outcome, is_treated) < -0.05
    assert abs(qini(random.random(4000), outcome, is_treated)) < 0.05


def test_a_ranking_is_shown_only_where_there_is_one() -> None:
    random = np.random.default_rng(12)
    features = random.normal(0, 1, (3000, 2))
    is_treated = random.random(3000) < 0.5
    noise = random.normal(0, 1, 3000)
    found = rank_by_uplift(features, noise + is_treated * features[:, 0], is_treated)
    assert found is not None
    assert found.is_shown
    assert np.corrcoef(found.uplift, features[:, 0])[0, 1] > 0.8
    nothing = rank_by_uplift(features, noise, is_treated)
    assert nothing is not None
    assert not nothing.is_shown
    assert rank_by_uplift(features[:300], noise[:300], is_treated[:300]) is None


def test_a_covariate_that_is_known_of_nobody_ends_no_build() -> None:
    """A campaign recorded without scores made the whole build fail, and nothing was published."""
    random = np.random.default_rng(14)
    table = pl.DataFrame(
        {
            "arm": np.where(random.random(900) < 0.5, "sent", "held_out"),
            "stays": (random.random(900) < 0.8).astype(float),
            "score": pl.Series([None] * 900, dtype=pl.Float64),
            "tenth": pl.Series([None] * 900, dtype=pl.String),
        }
    )
    covariates = ["score", "tenth"]
    judged = judge(table, arm="arm", control="held_out", outcomes=["stays"], covariates=covariates, ranked="stays")
    assert judged.arms[0].ranking is None
    assert judged.arms[0].effect.low <= judged.arms[0].adjusted.difference <= judged.arms[0].effect.high


def test_three_arms_are_judged_against_the_one_held_back() -> None:
    """In the manner of Hillstrom's e-mail test: two messages and nobody, of one size."""
    random = np.random.default_rng(13)
    arms = np.array(["No E-Mail", "Mens E-Mail", "Womens E-Mail"])[random.integers(0, 3, 30_000)]
    chance = np.select([arms == "Mens E-Mail", arms == "Womens E-Mail"], [0.18, 0.15], 0.106)
    table = pl.DataFrame({"arm": arms, "visit": (random.random(30_000) < chance).astype(float)})
    judged = judge(table, arm="arm", control="No E-Mail", outcomes=["visit"])
    effects = {result.arm: result.effect.difference for result in judged.arms}
    assert effects["Mens E-Mail"] == pytest.approx(0.074, abs=0.015)
    assert effects["Womens E-Mail"] == pytest.approx(0.044, abs=0.015)
    assert all("raised visit by" in result.headline and "points" in result.headline for result in judged.arms)
    assert not judged.is_sample_ratio_wrong
    small = judge(table.head(100), arm="arm", control="No E-Mail", outcomes=["visit"])
    assert all(result.headline.startswith("Not enough evidence yet") for result in small.arms)
