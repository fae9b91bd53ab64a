"""Tests of the reference's movements and the kinds of churn by examples computed by hand.

Belongs here: which day moved by how much, and why a churn is of its kind.
Does not belong here: months and cohorts (``test_reference``).
"""

from __future__ import annotations

import pytest

from . import Event
from .examples import at, churns, event, moves, run


def test_a_switch_between_subscriptions_is_a_change_of_size_and_one_of_two_ended_a_contraction() -> None:
    events = [
        event("started", "2025-01-01", "a"),
        event("ended", "2025-01-05", "a", end_reason="switched"),
        event("started", "2025-01-05T10:00", "b", amount="15"),
        event("started", "2025-01-07", "d", amount="3"),
        event("ended", "2025-01-09", "d"),
    ]
    assert moves(run(events, "2025-02-01")) == [
        ("2025-01-01", "new", "10.0000"),
        ("2025-01-05", "expansion", "5.0000"),
        ("2025-01-07", "expansion", "3.0000"),
        ("2025-01-09", "contraction", "-3.0000"),
    ]


def test_churn_and_return_within_a_day_is_nothing_but_not_in_another_time_zone() -> None:
    events = [
        event("started", "2025-01-01"),
        event("ended", "2025-01-05T20:00"),
        event("started", "2025-01-05T23:30"),
    ]
    assert moves(run(events, "2025-02-01")) == [("2025-01-01", "new", "10.0000")]
    assert moves(run(events, "2025-02-01", timezone="Europe/Berlin"))[1:] == [
        ("2025-01-05", "churn", "-10.0000"),
        ("2025-01-06", "reactivation", "10.0000"),
    ]


def test_the_day_of_now_closes_now() -> None:
    events = [event("started", "2025-01-01T10:00"), event("ended", "2025-01-01T20:00")]
    assert moves(run(events, "2025-01-01T10:00")) == [("2025-01-01", "new", "10.0000")]
    assert moves(run(events, "2025-01-01T20:00")) == []


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("customer_cancelled", "voluntary"),
        ("price_increase_declined", "voluntary"),
        ("refunded", "voluntary"),
        ("payment_failed", "involuntary"),
        ("chargeback", "involuntary"),
        ("product_withdrawn", "publisher"),
        ("publisher_terminated", "publisher"),
        ("fraud", "publisher"),
        ("switched", "switched"),
    ],
)
def test_an_end_reason_decides_before_the_state(reason: str, kind: str) -> None:
    events = [
        event("started", "2025-01-01"),
        event("grace_entered", "2025-01-02"),
        event("ended", "2025-01-03", end_reason=reason),
    ]
    result = run(events, "2025-02-01")
    assert churns(result) == [("2025-01-03", kind, "end_reason")]
    assert result.fct_subscriptions[0]["churn_kind"] == kind


HOLD = event("hold_entered", "2025-01-03T08:00")
PAUSE = event("paused", "2025-01-03T08:00")
OFF = event("cancel_scheduled", "2025-01-02")
FRAUD = event("ended", "2025-01-03T12:00", end_reason="fraud")
SILENT_END = event("ended", "2025-01-03T12:00")


@pytest.mark.parametrize(
    ("later", "movement", "subscription"),
    [
        # (what follows the start), (the movement's kind and rule), (the subscription's, None while it lives)
        ([HOLD], ("involuntary", "state_hold"), (None, None)),
        ([OFF, HOLD], ("involuntary", "state_hold"), (None, None)),
        ([HOLD, FRAUD], ("publisher", "end_reason"), ("publisher", "end_reason")),
        ([HOLD, SILENT_END], ("involuntary", "state_hold"), ("involuntary", "state_hold")),
        (
            [HOLD, event("ended", "2025-01-04", end_reason="fraud")],
            ("involuntary", "state_hold"),
            ("publisher", "end_reason"),
        ),
        ([PAUSE], ("pause", "state_pause"), (None, None)),
        ([OFF, PAUSE, SILENT_END], ("pause", "state_pause"), ("pause", "state_pause")),
        ([OFF, SILENT_END], ("voluntary", "auto_renew_off"), ("voluntary", "auto_renew_off")),
        (
            [OFF, event("grace_entered", "2025-01-02T01:00"), SILENT_END],
            ("involuntary", "state_grace"),
            ("involuntary", "state_grace"),
        ),
        ([SILENT_END], ("unknown", "none"), ("unknown", "none")),
        ([event("plan_changed", "2025-01-03", amount="0")], ("unknown", "none"), (None, None)),
        ([event("trial_started", "2025-01-03")], ("unknown", "none"), (None, None)),
        # The last loss of access of the day decides, not an earlier one.
        (
            [HOLD, event("recovered", "2025-01-03T10:00"), SILENT_END],
            ("unknown", "none"),
            ("unknown", "none"),
        ),
        (
            [
                event("ended", "2025-01-03T01:00", end_reason="fraud"),
                event("recovered", "2025-01-03T02:00"),
                HOLD,
            ],
            ("involuntary", "state_hold"),
            (None, None),
        ),
        # An end that is an anomaly is no evidence.
        (
            [
                event("renewed", "2025-01-03T01:00", period_end=at("2024-10-01")),
                event("ended", "2025-01-03T02:00", end_reason="fraud"),
            ],
            ("unknown", "stale"),
            ("unknown", "stale"),
        ),
    ],
)
def test_kind_of_churn(
    later: list[Event], movement: tuple[str, str], subscription: tuple[str | None, str | None]
) -> None:
    result = run([event("started", "2025-01-01"), *later], "2025-01-10")
    assert churns(result) == [("2025-01-03", *movement)]
    row = result.fct_subscriptions[0]
    assert (row["churn_kind"], row["churn_rule"]) == subscription


@pytest.mark.parametrize(("amount_of_b", "rule"), [("11", "state_pause"), ("10", "state_hold"), ("9", "state_hold")])
def test_the_subscription_that_lost_most_decides_and_the_smaller_id_on_a_tie(amount_of_b: str, rule: str) -> None:
    events = [
        event("started", "2025-01-01", "b", amount=amount_of_b),
        event("started", "2025-01-01", "a"),
        event("paused", "2025-01-03", "b"),
        event("hold_entered", "2025-01-03", "a"),
    ]
    assert churns(run(events, "2025-01-10"))[0][2] == rule
