"""Reasons are true of the customer they are given to, raise the risk, and come strongest first."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from models.explanation import choose_reasons, concept_contributions, reason_texts
from models.features import FEATURES, features_as_of
from models.inputs import ScoringInputs
from models.scoring import score
from models.terms import concept_of_terms, design, term_expressions
from models.trained import TrainedModel

HORIZON = 30
CALM: dict[str, object] = {
    "customer_id": "c",
    "subscription_id": "s",
    "tenure_days": 400,
    "spell_days": 400,
    "status": "active",
    "auto_renew": True,
    "billing_months": 1.0,
    "monthly_price": 9.99,
    "price_position": 1.0,
    "discount_share": 0.0,
    "days_to_period_end": 12,
    "began_with_trial": False,
    "began_with_coupon": False,
    "provider": "unknown",
    "channel": "unknown",
    "offer_id": "unknown",
    "country": "PL",
    "acquisition_channel": "unknown",
    "minutes_28": 900.0,
    "minutes_prior_28": 900.0,
    "active_days_28": 20,
    "days_since_viewing": 0,
}
COUNTED = ("returns", "cancel_reverts", "price_rises", "payment_failures_30", "payment_failures_90", "refunds_90")


def somebody(**features: object) -> pl.DataFrame:
    """A calm customer about whom nothing is worth a word, but for ``features``."""
    counts = dict.fromkeys((*COUNTED, "support_tickets_30", "support_tickets_90"), 0)
    row = dict.fromkeys(FEATURES) | counts | CALM | features
    return pl.DataFrame([row], schema=FEATURES)


def text(concept: str, **features: object) -> str | None:
    wording = somebody(**features).select(reason_texts(HORIZON)[concept].alias("text"))
    return None if wording["text"][0] is None else str(wording["text"][0])


def test_there_is_nothing_to_say_about_a_calm_customer() -> None:
    assert {concept: text(concept) for concept in reason_texts(HORIZON)} == dict.fromkeys(reason_texts(HORIZON))


@pytest.mark.parametrize(
    ("concept", "features", "expected"),
    [
        ("auto_renew", {"auto_renew": False}, "Auto-renew is off and the paid period ends in 12 days"),
        (
            "auto_renew",
            {"auto_renew": False, "days_to_period_end": 1},
            "Auto-renew is off and the paid period ends tomorrow",
        ),
        (
            "auto_renew",
            {"auto_renew": False, "days_to_period_end": 0},
            "Auto-renew is off and the paid period ends today",
        ),
        ("auto_renew", {"auto_renew": False, "days_to_period_end": 200}, "Auto-renew is off"),
        ("auto_renew", {"auto_renew": False, "days_to_period_end": None}, "Auto-renew is off"),
        ("auto_renew", {"cancel_reverts": 1}, "Cancelled once and took it back"),
        ("auto_renew", {"cancel_reverts": 3}, "Cancelled 3 times and took it back"),
        ("renewal", {"days_to_period_end": -4}, "The renewal is 4 days overdue"),
        ("renewal", {"days_to_period_end": -4, "status": "grace"}, None),
        ("renewal", {"billing_months": 12.0}, "The yearly plan is due for renewal in 12 days"),
        ("renewal", {"billing_months": 6.0, "days_to_period_end": 0}, "The 6-month plan is due for renewal today"),
        ("renewal", {"billing_months": 12.0, "auto_renew": False}, None),
        ("renewal", {"billing_months": 12.0, "days_to_period_end": 31}, None),
        ("payment", {"status": "grace"}, "The last payment failed and is being retried"),
        ("payment", {"payment_failures_30": 1, "payment_failures_90": 4}, "A payment failed in the last 30 days"),
        ("payment", {"payment_failures_90": 2}, "2 payments failed in the last 90 days"),
        ("payment", {"refunds_90": 1}, "A payment was refunded or charged back in the last 90 days"),
        ("tenure", {"tenure_days": 0, "spell_days": 0}, "New: first paid today"),
        ("tenure", {"tenure_days": 12, "spell_days": 12}, "New: first paid 12 days ago"),
        ("tenure", {"spell_days": 12, "returns": 1}, "Returned only 12 days ago"),
        ("returns", {"returns": 1}, "Has left and returned once"),
        ("returns", {"returns": 2}, "Has left and returned 2 times"),
        ("viewing", {"days_since_viewing": 19}, "No viewing for 19 days"),
        ("viewing", {"days_since_viewing": None}, "No viewing for eight weeks or more"),
        ("viewing", {"days_since_viewing": None, "tenure_days": 20}, "No viewing yet since the first payment"),
        ("viewing", {"minutes_28": 450.0}, "Viewing fell by 50% against the four weeks before"),
        ("viewing", {"minutes_28": 450.0, "tenure_days": 40}, None),
        ("viewing", {"active_days_28": 3}, "Watched on 3 of the last 28 days only"),
        ("price", {"price_position": 1.5}, "Pays 50% more a month than the usual customer"),
        ("price", {"price_position": 0.8}, "Pays 20% less a month than the usual customer"),
        ("discount", {"discount_share": 0.5, "days_to_discount_end": 9}, "The discount ends in 9 days"),
        ("discount", {"discount_share": 0.5}, "Pays with a discount of 50%"),
        ("discount", {"days_since_discount_end": 9}, "The discount ended 9 days ago"),
        ("price_rise", {"price_rise_share": 0.12, "days_since_price_rise": 20}, "The price rose by 12% 20 days ago"),
        ("price_rise", {"price_rise_share": 0.12, "days_since_price_rise": 200}, None),
        ("downgrade", {"days_since_downgrade": 1}, "Moved to a cheaper plan yesterday"),
        ("support", {"lowest_csat_90": 2.0, "support_tickets_90": 1}, "Rated support poorly in the last 90 days"),
        ("support", {"support_tickets_30": 2, "support_tickets_90": 2}, "2 support tickets in the last 30 days"),
        ("provider", {"provider": "app_store"}, "Pays through app store"),
        ("acquisition_channel", {"acquisition_channel": "paid_social"}, "Came through paid social"),
    ],
)
def test_the_words_say_what_is_true(concept: str, features: dict[str, object], expected: str | None) -> None:
    assert text(concept, **features) == expected


def test_the_strongest_three_are_given_and_what_lowers_risk_never() -> None:
    row = somebody(auto_renew=False, days_since_viewing=19, returns=1, cancel_reverts=0, lowest_csat_90=1.0)
    strength = {"viewing": 0.5, "auto_renew": 3.0, "returns": -2.0, "support": 1.0, "payment": 9.0, "country": 9.0}
    chosen = choose_reasons(row, {name: np.array([amount]) for name, amount in strength.items()}, HORIZON)
    assert chosen.row(0) == (
        "Auto-renew is off and the paid period ends in 12 days",
        "Rated support poorly in the last 90 days",
        "No viewing for 19 days",
    )


def test_fewer_reasons_leave_nulls() -> None:
    rows = pl.concat([somebody(), somebody(auto_renew=False, days_since_viewing=19, returns=1)])
    contributions = {
        "auto_renew": np.array([2.0, 2.0]),
        "viewing": np.array([2.0, -0.5]),
        "returns": np.array([2.0, 0.01]),
    }
    chosen = choose_reasons(rows, contributions, HORIZON)
    assert chosen.row(0) == (None, None, None)
    assert chosen.row(1) == ("Auto-renew is off and the paid period ends in 12 days", None, None)


def test_every_term_has_a_concept_and_every_spoken_concept_a_term() -> None:
    levels = dict.fromkeys(("provider", "channel", "offer_id", "country", "acquisition_channel"), ("a",))
    concepts = concept_of_terms(HORIZON, levels)
    terms = design(somebody(), HORIZON, levels)
    assert list(concepts) == terms.columns
    assert set(reason_texts(HORIZON)) <= set(concepts.values())
    assert len({name for group in term_expressions(HORIZON).values() for name in group}) == len(concepts) - len(levels)


def test_no_term_is_missing_when_nothing_is_known() -> None:
    unknown = pl.DataFrame([dict.fromkeys(FEATURES)], schema=FEATURES).with_columns(
        auto_renew=True, discount_share=0.0, tenure_days=pl.lit(3, pl.Int32), spell_days=pl.lit(3, pl.Int32)
    )
    zeros = [name for name in FEATURES if name in COUNTED or name.startswith(("minutes", "active_days", "support"))]
    assert (
        design(unknown.with_columns(pl.col(zeros).fill_null(0)), HORIZON, {}).null_count().sum_horizontal().item() == 0
    )


Check = Callable[[dict[str, object], int], bool]
SAID: dict[str, Check] = {
    r"Auto-renew is off and the paid period ends in (\d+) days": lambda row, n: (
        not row["auto_renew"] and row["days_to_period_end"] == n
    ),
    r"Auto-renew is off(?! and)": lambda row, n: not row["auto_renew"],
    r"No viewing for (\d+) days": lambda row, n: row["days_since_viewing"] == n,
    r"No viewing for eight weeks": lambda row, n: row["days_since_viewing"] is None,
    r"No viewing yet since": lambda row, n: row["days_since_viewing"] is None and int(str(row["tenure_days"])) < 56,
    r"New: first paid (\d+) days ago": lambda row, n: row["tenure_days"] == n,
    r"Watched on (\d+) of the last 28": lambda row, n: row["active_days_28"] == n,
    r"The last payment failed": lambda row, n: row["status"] == "grace",
    r"Pays through roku": lambda row, n: row["provider"] == "roku",
}


def test_every_reason_of_a_scored_world_is_true_of_its_customer(world: ScoringInputs, model: TrainedModel) -> None:
    features = features_as_of(world, world.scoring_day)
    scores = score(model, world)
    checked: dict[str, int] = dict.fromkeys(SAID, 0)
    for row, reasons in zip(features.iter_rows(named=True), scores.select("^reason_.$").iter_rows(), strict=True):
        for reason in filter(None, reasons):
            for pattern, holds in SAID.items():
                if match := re.match(pattern, reason):
                    checked[pattern] += 1
                    assert holds(row, int(match[1]) if match.groups() else 0), (reason, row)
    assert sum(checked.values()) > 100
    assert sum(count > 0 for count in checked.values()) >= 5


def test_reasons_of_a_scored_world_raise_the_estimate(world: ScoringInputs, model: TrainedModel) -> None:
    features = features_as_of(world, world.scoring_day)
    levels = dict(model.levels)
    contributions = model.estimator.contributions(design(features, HORIZON, levels))
    concepts = concept_contributions(contributions, model.estimator.terms, concept_of_terms(HORIZON, levels))
    off = score(model, world)["reason_1"].str.starts_with("Auto-renew is off").fill_null(value=False).to_numpy()
    assert off.any()
    assert (concepts["auto_renew"][off] > 0).all()
    others = np.column_stack([concepts[name] for name in reason_texts(HORIZON) if name in concepts])
    assert (concepts["auto_renew"][off] >= others[off].max(axis=1) - 1e-9).mean() > 0.9
