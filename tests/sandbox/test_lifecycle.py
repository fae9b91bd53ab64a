"""Subscriptions live consistent lives, and every behaviour of the business occurs."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.contract.vocabulary import ACCOUNT_ACTIONS, CHECKOUT_STEPS, JOURNEY_STEPS, OPENING_EVENT_TYPES
from tests.sandbox.conftest import Sandbox

FOLLOWS = {
    None: {"trial_started", "started"},
    "trial_started": {"trial_converted", "cancel_scheduled", "grace_entered", "ended"},
    "grace_entered": {"recovered", "trial_converted", "hold_entered", "ended", "started"},
    "hold_entered": {"recovered", "ended", "started"},
    "paused": {"resumed", "ended"},
    "ended": {"started"},
    "cancel_scheduled": {"cancel_reverted", "ended"},
}
"""What may come right after an event; after the others, anything that is not a beginning."""


@pytest.fixture(scope="module")
def steps(sandbox: Sandbox) -> pl.DataFrame:
    """Each event beside the one before it, and the period end that then stood."""
    return sandbox.history().with_columns(
        before=pl.col("event_type").shift().over("subscription_id"),
        before_at=pl.col("occurred_at").shift().over("subscription_id"),
        period_end_before=pl.col("period_end").forward_fill().shift().over("subscription_id"),
    )


def test_events_follow_each_other_as_the_state_machine_says(steps: pl.DataFrame) -> None:
    pairs = steps.select("before", "event_type").unique().rows()
    for before, after in pairs:
        if before in FOLLOWS:
            assert after in FOLLOWS[before], (before, after)
        else:
            assert after not in {"trial_started", "started", "trial_converted"}, (before, after)


def test_after_an_end_only_an_opening_event_comes(steps: pl.DataFrame) -> None:
    after_end = steps.filter(pl.col("before") == "ended")
    assert after_end.height > 0
    assert set(after_end["event_type"]) <= set(OPENING_EVENT_TYPES)


def test_events_of_a_subscription_never_share_an_instant(steps: pl.DataFrame) -> None:
    assert steps.filter(pl.col("occurred_at") <= pl.col("before_at")).is_empty()


def test_renewals_start_at_the_period_end_before_and_happen_then(steps: pl.DataFrame) -> None:
    renewals = steps.filter(pl.col("event_type") == "renewed")
    assert renewals.height > 5_000
    assert (renewals["period_start"] == renewals["period_end_before"]).all()
    assert (renewals["occurred_at"] == renewals["period_start"]).all()


def test_a_period_lasts_one_billing_interval(steps: pl.DataFrame) -> None:
    opened = steps.filter(pl.col("event_type").is_in(["started", "trial_converted", "renewed"]))
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days()
    lasts = opened.group_by("billing_interval").agg(shortest=days.min(), longest=days.max()).sort("billing_interval")
    # No leap day lies within a year that was paid for in this window.
    assert lasts.rows() == [("month", 28, 31), ("week", 7, 7), ("year", 365, 365)]


def test_what_stops_auto_renewal_ends_at_the_period_end(steps: pl.DataFrame) -> None:
    ended = steps.filter((pl.col("event_type") == "ended") & (pl.col("before") == "cancel_scheduled"))
    own_wish = ended.filter(pl.col("end_reason").is_null() | (pl.col("end_reason") == "customer_cancelled"))
    assert own_wish.height > 300
    assert (own_wish["occurred_at"] == own_wish["period_end_before"]).all()


def test_a_subscription_keeps_its_customer(sandbox: Sandbox) -> None:
    owners = sandbox.history().group_by("subscription_id").agg(pl.col("customer_id").n_unique())
    assert owners["customer_id"].max() == 1


def test_customers_register_before_they_subscribe(sandbox: Sandbox) -> None:
    registered = (
        sandbox.rows("customer_events")
        .filter(pl.col("event_type") == "registered")
        .select("customer_id", since="occurred_at")
    )
    first = sandbox.history().group_by("customer_id").agg(first=pl.col("occurred_at").min())
    both = first.join(registered, on="customer_id", how="left")
    assert (both["first"] > both["since"]).all()
    # The few who start in the last minutes may be recorded after the end.
    assert 1_985 <= first.height <= 2_000
    assert registered.height > first.height


def test_viewing_needs_access_and_a_registered_customer(sandbox: Sandbox) -> None:
    viewing = sandbox.rows("engagement_daily")
    first = sandbox.history().group_by("customer_id").agg(first=pl.col("occurred_at").min().dt.date())
    passes = (
        sandbox.rows("payment_events")
        .filter(pl.col("access_start").is_not_null())
        .group_by("customer_id")
        .agg(bought=pl.col("access_start").min().dt.date())
    )
    joined = viewing.join(first, on="customer_id", how="left").join(passes, on="customer_id", how="left")
    since = pl.min_horizontal("first", "bought")
    assert joined.filter(since.is_null() | (pl.col("activity_date") < since)).height <= 0.001 * viewing.height


@pytest.mark.parametrize(
    "event_type",
    [
        "trial_started", "started", "trial_converted", "renewed", "plan_changed", "cancel_scheduled", "cancel_reverted",
        "grace_entered", "hold_entered", "recovered", "paused", "resumed", "ended",
    ],
)  # fmt: skip
def test_every_event_type_occurs(steps: pl.DataFrame, event_type: str) -> None:
    assert event_type in set(steps["event_type"])


@pytest.mark.parametrize(
    "reason",
    [
        "customer_cancelled", "price_increase_declined", "refunded", "payment_failed", "chargeback",
        "product_withdrawn", "publisher_terminated", "fraud", "switched", None,
    ],
)  # fmt: skip
def test_every_end_reason_occurs(steps: pl.DataFrame, reason: str | None) -> None:
    ends = steps.filter(pl.col("event_type") == "ended")
    assert ends.filter(pl.col("end_reason").eq_missing(pl.lit(reason))).height > 0


def test_switches_go_up_and_down_and_to_a_year(steps: pl.DataFrame) -> None:
    previous = pl.col("offer_id").shift().over("subscription_id")
    moves = steps.with_columns(previous=previous).filter(
        (pl.col("event_type") == "plan_changed") & (pl.col("previous") != pl.col("offer_id"))
    )
    found = set(moves.select("previous", "offer_id").rows())
    assert {
        ("S-BASIC-M", "S-PREMIUM-M"),
        ("S-PREMIUM-M", "S-BASIC-M"),
        ("S-BASIC-M", "S-BASIC-Y"),
    } <= found


def test_a_switch_at_google_opens_another_subscription_at_the_same_instant(steps: pl.DataFrame) -> None:
    ended = steps.filter(pl.col("end_reason") == "switched").select("customer_id", "occurred_at", "provider")
    started = steps.filter(pl.col("event_type") == "started")
    assert set(ended["provider"]) == {"google"}
    assert ended.join(started, on=["customer_id", "occurred_at"], how="semi").height == ended.height


def test_prices_rise_with_renewals_and_with_announced_changes(steps: pl.DataFrame) -> None:
    priced = steps.filter(pl.col("amount").is_not_null()).with_columns(
        amount_before=pl.col("amount").shift().over("subscription_id"),
        offer_before=pl.col("offer_id").shift().over("subscription_id"),
    )
    rises = priced.filter((pl.col("amount") > pl.col("amount_before")) & (pl.col("offer_id") == pl.col("offer_before")))
    counts = dict(rises.group_by("event_type").len().iter_rows())
    assert counts["renewed"] > 100
    assert counts["plan_changed"] > 10


def test_some_histories_go_silent_mostly_at_one_store(steps: pl.DataFrame) -> None:
    """No end is sent, and the newest period ended more than 30 days before the end of the window."""
    last = steps.group_by("subscription_id", maintain_order=True).agg(
        pl.col("event_type", "provider").last(), pl.col("period_end").drop_nulls().last()
    )
    silent = last.filter(
        (pl.col("period_end") < pl.datetime(2026, 6, 1))
        & ~pl.col("event_type").is_in(["ended", "paused", "hold_entered"])
    )
    counts = dict(silent.group_by("provider").len().iter_rows())
    assert counts["amazon"] > 5
    assert counts["amazon"] == max(counts.values())


def test_customers_come_back_to_the_old_or_to_a_new_subscription(steps: pl.DataFrame) -> None:
    reopened = steps.filter((pl.col("before") == "ended") & (pl.col("event_type") == "started"))
    starts = (
        steps.filter(pl.col("event_type") == "started")
        .group_by("customer_id")
        .agg(pl.col("subscription_id").n_unique())
    )
    assert reopened.height > 5
    assert starts.filter(pl.col("subscription_id") > 1).height > 30


def test_coupons_last_once_some_months_or_for_ever(steps: pl.DataFrame) -> None:
    discounted = steps.filter(pl.col("discount_amount") > 0)
    forever = discounted.filter(pl.col("discount_ends_at").is_null())
    assert set(forever["coupon_code"]) == {"PARTNER20"}
    limited = discounted.filter(pl.col("discount_ends_at").is_not_null())
    assert {"WELCOME50", "FIRSTMONTH5", "COMEBACK40", "BLACKFRIDAY30"} <= set(limited["coupon_code"])
    assert (limited["discount_ends_at"] > limited["occurred_at"]).all()
    assert steps.filter(pl.col("discount_amount") > pl.col("amount")).is_empty()
    months = (limited["discount_ends_at"] - limited["period_start"]).dt.total_days()
    assert months.max() > 150  # type: ignore[operator]


def test_other_feeds_show_their_behaviours(sandbox: Sandbox) -> None:
    customers = sandbox.rows("customer_events")
    assert {"registered", "updated", "consent_changed", "deleted"} == set(customers["event_type"])
    assert customers["acquisition_channel"].n_unique() > 5
    journeys = sandbox.rows("journey_events")
    # Of what a checkout and an account tell, consent alone is told by another feed.
    unsaid = {"consent_changed"}
    assert set(journeys["event_type"]) == {*JOURNEY_STEPS, *CHECKOUT_STEPS, *ACCOUNT_ACTIONS} - unsaid
    assert journeys.filter(pl.col("customer_id").is_null())["visitor_id"].n_unique() > 3_000
    tickets = sandbox.rows("support_tickets")
    assert 0.1 < tickets["topic"].null_count() / tickets.height < 0.3
    assert tickets["csat"].null_count() < tickets.height
    viewing = sandbox.rows("engagement_daily")
    assert viewing.filter(pl.col("live_minutes") > 0).height > 0
    assert viewing.filter(pl.col("live_minutes") > pl.col("minutes_watched")).is_empty()


def test_people_watch_less_before_they_leave(sandbox: Sandbox) -> None:
    """Viewing in the 28 days before an end by choice, against the 28 days two months earlier."""
    ended = sandbox.history().filter((pl.col("event_type") == "ended") & (pl.col("end_reason") == "customer_cancelled"))
    started = sandbox.history().group_by("customer_id").agg(since=pl.col("occurred_at").min())
    long = (
        ended.join(started, on="customer_id")
        .filter(pl.col("since") < pl.col("occurred_at") - pl.duration(days=100))
        .unique("customer_id", keep="last", maintain_order=True)
    )
    viewing = sandbox.rows("engagement_daily").join(
        long.select("customer_id", left=pl.col("occurred_at").dt.date()), on="customer_id"
    )
    before = (pl.col("left") - pl.col("activity_date")).dt.total_days()
    late = viewing.filter((before > 0) & (before <= 28)).height
    early = viewing.filter((before > 56) & (before <= 84)).height
    assert long.height > 100
    assert late < 0.9 * early
