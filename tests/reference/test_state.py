"""Tests of the reference's states by examples computed by hand, about one a sentence of the definitions.

Belongs here: knowledge as of T, order, owners, the state table, lapses.
Does not belong here: money (``test_mrr``), movements (``test_movements``).
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from .examples import SECOND, at, churns, event, moves, mrr, run, statuses
from .state import STATUS_AFTER


def test_only_what_happened_and_was_known_by_then_counts() -> None:
    events = [
        event("started", "2025-01-01"),
        event("cancel_scheduled", "2025-01-02", recorded_at=at("2025-01-05")),
        event("paused", "2025-01-06", recorded_at=at("2025-01-03")),
    ]
    assert run(events, "2025-01-04").fct_subscriptions[0]["auto_renew"] is True
    assert run(events, "2025-01-05").fct_subscriptions[0]["auto_renew"] is False
    assert run(events, "2025-01-05T23:59").fct_subscriptions[0]["status"] == "active"
    assert run(events, "2025-01-06").fct_subscriptions[0]["status"] == "paused"


def test_order_is_occurred_then_recorded_then_id() -> None:
    started = event("started", "2025-01-01", recorded_at=at("2025-01-03"))
    paused = event("paused", "2025-01-02", recorded_at=at("2025-01-05"))
    resumed = event("resumed", "2025-01-02", recorded_at=at("2025-01-04"))
    assert run([paused, resumed, started], "2025-02-01").fct_subscriptions[0]["status"] == "paused"
    tied = replace(paused, recorded_at=resumed.recorded_at)
    assert tied.event_id < resumed.event_id
    assert run([resumed, tied, started], "2025-02-01").fct_subscriptions[0]["status"] == "active"


def test_an_event_of_another_customer_changes_nothing_and_is_no_next_event() -> None:
    events = [
        event("started", "2025-01-01", period_end=at("2025-02-01")),
        event("ended", "2025-01-15", customer="stranger"),
        event("cancel_scheduled", "2025-02-20", customer="stranger"),
        event("renewed", "2025-03-10", period_end=at("2025-04-10")),
    ]
    result = run(events, "2025-03-11")
    assert result.sequence_anomalies == [events[1].event_id, events[2].event_id]
    assert [row["customer_id"] for row in result.fct_subscriptions] == ["c"]
    assert statuses(result)[1:] == [("2025-02-01T00:00", "ended"), ("2025-03-10T00:00", "active")]


def test_the_first_event_owns_even_if_it_does_not_open() -> None:
    events = [event("paused", "2025-01-01", customer="a"), event("started", "2025-01-02", customer="b")]
    result = run(events, "2025-02-01")
    assert result.fct_subscriptions == []
    assert result.sequence_anomalies == [one.event_id for one in events]


@pytest.mark.parametrize("before", ["trial_started", "started", "grace_entered", "hold_entered", "paused"])
@pytest.mark.parametrize("event_type", [*STATUS_AFTER, "plan_changed", "cancel_scheduled", "cancel_reverted"])
def test_state_table(before: str, event_type: str) -> None:
    opening = [] if before in ("trial_started", "started") else [event("started", "2025-01-01")]
    events = [*opening, event(before, "2025-01-02"), event(event_type, "2025-01-03")]
    status_before = STATUS_AFTER[before]
    expected = STATUS_AFTER.get(event_type, status_before)
    if event_type == "grace_entered" and status_before == "trial":
        expected = "trial"
    result = run(events, "2025-01-04")
    assert result.fct_subscriptions[0]["status"] == expected
    assert mrr(result) == ("10.0000" if expected in ("active", "grace") else "0.0000")


def test_other_events_before_opening_and_after_an_end_are_anomalies() -> None:
    events = [
        event("plan_changed", "2025-01-01", amount="99", period_end=at("2025-01-05"), offer_id="ignored"),
        event("recovered", "2025-01-02"),
        event("ended", "2025-01-03"),
        event("ended", "2025-01-04", end_reason="fraud"),
        event("plan_changed", "2025-01-05", offer_id="ignored", period_end=at("2026-01-01")),
    ]
    result = run(events, "2025-06-01")
    (subscription,) = result.fct_subscriptions
    assert result.sequence_anomalies == [events[0].event_id, events[3].event_id, events[4].event_id]
    assert (subscription["offer_id"], subscription["period_end"]) == (None, None)
    assert (subscription["started_at"], subscription["ended_at"]) == (at("2025-01-02"), at("2025-01-03"))
    assert (subscription["churn_kind"], subscription["churn_rule"]) == ("unknown", "none")
    assert result.fct_mrr_movements == []


def test_auto_renew_and_the_price_across_an_end() -> None:
    events = [
        event("started", "2025-01-01", offer_id="plus", channel="web"),
        event("cancel_scheduled", "2025-01-02"),
        event("renewed", "2025-01-03", amount="12", channel="app"),
        event("ended", "2025-01-04"),
        event("recovered", "2025-01-05"),
    ]
    renewed = run(events, "2025-01-03")
    assert renewed.fct_subscriptions[0]["auto_renew"] is False
    recovered = run(events, "2025-01-06").fct_subscriptions[0]
    assert (recovered["auto_renew"], str(recovered["mrr"])) == (True, "12.0000")
    assert (recovered["offer_id"], recovered["channel"], recovered["ended_at"]) == ("plus", "app", None)
    assert recovered["started_at"] == at("2025-01-01")


def test_a_lapse_needs_more_than_35_days_before_now() -> None:
    events = [event("started", "2025-01-01", period_end=at("2025-02-01"))]
    assert run(events, "2025-03-08").fct_subscriptions[0]["status"] == "active"
    lapsed = run(events, "2025-03-08T00:00:01")
    assert lapsed.fct_subscriptions[0]["ended_at"] == at("2025-02-01")
    assert moves(lapsed)[-1] == ("2025-02-01", "churn", "-10.0000")
    assert churns(lapsed) == [("2025-02-01", "unknown", "stale")]


def test_a_lapse_needs_more_than_35_days_before_the_next_event() -> None:
    started = event("started", "2025-01-01", period_end=at("2025-02-01"))
    in_time = event("renewed", "2025-03-08", period_end=at("2025-04-01"))
    late = replace(in_time, occurred_at=in_time.occurred_at + SECOND)
    assert statuses(run([started, in_time], "2025-03-09")) == [("2025-01-01T00:00", "active")]
    assert statuses(run([started, late], "2025-03-09"))[1:] == [
        ("2025-02-01T00:00", "ended"),
        ("2025-03-08T00:00", "active"),
    ]


def test_a_lapse_is_at_the_last_event_if_that_is_later_and_an_end_after_it_is_an_anomaly() -> None:
    events = [
        event("started", "2025-01-01", period_end=at("2025-02-01")),
        event("cancel_scheduled", "2025-02-20"),
        event("ended", "2025-03-20", end_reason="chargeback"),
    ]
    result = run(events, "2025-04-01")
    assert result.sequence_anomalies == [events[2].event_id]
    assert churns(result) == [("2025-02-20", "voluntary", "auto_renew_off")]
    assert result.fct_subscriptions[0]["churn_rule"] == "auto_renew_off"


def test_a_lapse_in_grace_is_involuntary_and_a_hold_or_a_missing_period_end_never_lapses() -> None:
    started = event("started", "2025-01-01", period_end=at("2025-02-01"))
    off = event("cancel_scheduled", "2025-01-20")
    in_grace = [started, off, event("grace_entered", "2025-02-01")]
    assert churns(run(in_grace, "2025-04-02")) == []
    result = run(in_grace, "2025-04-02T00:00:01")
    assert churns(result) == [("2025-02-01", "involuntary", "state_grace")]
    held = run([started, event("hold_entered", "2025-02-01")], "2026-01-01")
    assert held.fct_subscriptions[0]["status"] == "on_hold"
    assert run([event("started", "2025-01-01")], "2027-01-01").fct_subscriptions[0]["status"] == "active"


def test_a_period_end_on_any_event_that_counts_replaces_the_stored_one() -> None:
    events = [
        event("started", "2025-01-01", period_end=at("2026-01-01")),
        event("cancel_scheduled", "2025-01-10", period_end=at("2025-02-01")),
    ]
    assert run(events, "2025-06-01").fct_subscriptions[0]["ended_at"] == at("2025-02-01")
