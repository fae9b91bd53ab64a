"""The checkout by step, what customers do in their account, and what the business notes and tests."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import polars as pl
import pytest

from pipelines.sandbox import catalogue
from pipelines.sandbox.feeds.notes import NOTES
from tests.sandbox.conftest import Sandbox

_ORDER = [
    "offer_chosen", "checkout_started", "payment_method_chosen", "payment_submitted", "payment_declined",
    "payment_authorised", "checkout_completed",
]  # fmt: skip


def test_steps_come_in_their_order_and_on_the_day_of_their_checkout(sandbox: Sandbox) -> None:
    """A step of another day would be a try of its own, which nobody began."""
    steps = (
        sandbox.rows("journey_events")
        .filter(pl.col("event_type").is_in(_ORDER))
        .with_columns(day=pl.col("occurred_at").dt.date())
    )
    tries = steps.group_by("visitor_id", "day").agg(
        pl.col("event_type").unique(), *(
            pl.col("occurred_at").filter(pl.col("event_type") == step).min().alias(step) for step in _ORDER
        )
    )  # fmt: skip
    assert tries.filter(pl.col("offer_chosen").is_not_null() & pl.col("checkout_started").is_null()).is_empty()
    once = (
        steps.group_by("visitor_id", "day", "event_type").len().group_by("visitor_id", "day").agg(pl.col("len").max())
    )
    single = tries.join(once.filter(pl.col("len") == 1), on=["visitor_id", "day"])
    for earlier, later in pairwise(_ORDER):
        assert single.filter(pl.col(earlier) > pl.col(later)).is_empty(), (earlier, later)
    declined = tries.filter(pl.col("payment_declined").is_not_null())
    assert declined["checkout_completed"].null_count() > 0
    assert declined["checkout_completed"].count() > 0


@pytest.mark.parametrize(
    ("action", "event"), [("cancelled", "cancel_scheduled"), ("paused", "paused"), ("card_updated", "recovered")]
)
def test_what_is_done_in_an_account_is_told_of_the_subscription(sandbox: Sandbox, action: str, event: str) -> None:
    actions = sandbox.rows("journey_events").filter(pl.col("event_type") == action).sort("occurred_at")
    told = sandbox.history().filter(pl.col("event_type") == event).sort("occurred_at")
    followed = actions.select("customer_id", "occurred_at").join_asof(
        told.select("customer_id", "occurred_at", followed_at="occurred_at"),
        on="occurred_at", by="customer_id", strategy="forward", tolerance="1m", check_sortedness=False,
    )  # fmt: skip
    assert followed.height > 5
    # What is done in the last moments is told after the end.
    assert followed["followed_at"].null_count() <= 1


def test_a_new_price_is_no_switch(sandbox: Sandbox) -> None:
    """Adyen tells of a new price as a changed plan, which no customer asked for."""
    plans = sandbox.history().with_columns(
        is_switch=pl.col("offer_id") != pl.col("offer_id").shift(1).over("subscription_id")
    )
    changed = plans.filter((pl.col("event_type") == "plan_changed") & (pl.col("provider") == "adyen"))
    switched = sandbox.rows("journey_events").filter(pl.col("event_type") == "plan_switched")
    assert changed.filter(~pl.col("is_switch")).height > 0
    assert 0 < switched.height <= plans.filter((pl.col("event_type") == "plan_changed") & pl.col("is_switch")).height


def test_what_is_noted_happens(sandbox: Sandbox) -> None:
    notes = sandbox.rows("annotations")
    prices = notes.filter(pl.col("kind") == "price_change")["starts_on"].to_list()
    expected = [datetime.fromtimestamp(int(at), UTC).date().isoformat() for at in catalogue.PRICE_DATES[1:]]
    assert sorted(prices) == expected
    assert {note.offer for note in NOTES} <= {*sandbox.rows("offers")["offer_id"], None}
    assert notes.filter(pl.col("recorded_at").str.slice(0, 10) > pl.col("starts_on")).is_empty()


def test_the_price_test_is_of_everybody_who_registers_since(sandbox: Sandbox) -> None:
    tests, assigned = sandbox.rows("price_tests"), sandbox.rows("price_test_assignments")
    assert tests["amount"].n_unique() == 1
    assert tests.filter(pl.col("is_control") == "true").height == 1
    registered = (
        sandbox.rows("customer_events")
        .filter(pl.col("event_type") == "registered")
        .with_columns(day=pl.col("occurred_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
        .filter(pl.col("day") >= pl.lit(tests["started_at"][0]))
    )
    assert sorted(assigned["customer_id"]) == sorted(registered["customer_id"])
    assert 0.4 < (assigned["variant"] == "list_price").mean() < 0.6  # type: ignore[operator]
