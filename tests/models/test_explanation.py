"""Reasons are true of the customer they are given to, raise the risk, and come strongest first."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from models.explanation import ACTION_OF, choose_reasons, reason_texts
from models.features import CONCEPTS, NAMES

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
TEXTS = (
    "customer_id",
    "subscription_id",
    "status",
    "provider",
    "channel",
    "offer_id",
    "country",
    "acquisition_channel",
)
SEASONS = ("season_ending_share", "season_ended_share")
SHARES = ("billing_months", "monthly_price", "price_position", "discount_share", "price_rise_share", "lowest_csat_90")
TYPES: dict[str, pl.DataType] = {
    **dict.fromkeys((*TEXTS, "acquisition_channel"), pl.String()),
    **dict.fromkeys((*SHARES, *SEASONS, "minutes_28", "minutes_prior_28"), pl.Float64()),
    **dict.fromkeys(("auto_renew", "began_with_trial", "began_with_coupon"), pl.Boolean()),
}
COUNTED = ("returns", "cancel_reverts", "price_rises", "payment_failures_30", "payment_failures_90", "refunds_90")


def somebody(**features: object) -> pl.DataFrame:
    """A calm customer about whom nothing is worth a word, but for ``features``."""
    counts = dict.fromkeys((*COUNTED, "support_tickets_30", "support_tickets_90"), 0)
    row = dict.fromkeys(NAMES) | counts | CALM | features
    kinds = {name: TYPES.get(name, pl.Int32()) for name in row}
    return pl.DataFrame([row], schema=kinds)


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
        ("season", {"season_ending_share": 0.3, "season_ended_share": 0.4}, "Followed a season that is about to end"),
        ("season", {"season_ending_share": 0.05, "season_ended_share": 0.4}, "Followed a season that has just ended"),
        ("season", {"season_ended_share": 0.05}, None),
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
        ("acquisition", {"acquisition_channel": "paid_social"}, "Came through paid social"),
    ],
)
def test_the_words_say_what_is_true(concept: str, features: dict[str, object], expected: str | None) -> None:
    assert text(concept, **features) == expected


def test_the_strongest_three_are_given_and_what_lowers_risk_never() -> None:
    row = somebody(auto_renew=False, days_since_viewing=19, returns=1, cancel_reverts=0, lowest_csat_90=1.0)
    strength = {"viewing": 0.5, "auto_renew": 3.0, "returns": -2.0, "support": 1.0, "payment": 9.0, "country": 9.0}
    chosen = choose_reasons(row, {name: np.array([amount]) for name, amount in strength.items()}, HORIZON)
    assert chosen.row(0)[:3] == (
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
    assert chosen.row(0)[:3] == (None, None, None)
    assert chosen.row(1)[:3] == ("Auto-renew is off and the paid period ends in 12 days", None, None)


def test_what_nobody_can_change_is_never_first_while_something_else_is_worth_a_word() -> None:
    """ "Pays through stripe" once was the first reason of thousands."""
    row = somebody(provider="stripe", days_since_viewing=19)
    contributions = {"provider": np.array([2.0]), "viewing": np.array([0.2])}
    chosen = choose_reasons(row, contributions, HORIZON)
    assert chosen.row(0)[:2] == ("No viewing for 19 days", "Pays through stripe")
    alone = choose_reasons(row, {"provider": np.array([2.0])}, HORIZON)
    assert alone["reason_1"][0] == "Pays through stripe"
    assert alone["action_1"][0] is None


def test_every_reason_is_of_a_concept_of_the_features() -> None:
    assert set(reason_texts(HORIZON)) <= set(CONCEPTS)
    assert set(ACTION_OF) <= set(reason_texts(HORIZON))
