"""Features say what was known by the close of a day: nothing later, and everything until then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from models.features import FEATURES, features_as_of
from models.inputs import ScoringInputs
from models.target import churn_target

DAY = date(2025, 3, 1)
CLOSE = datetime.fromisoformat("2025-03-02T00:00:00")
LATE = CLOSE + timedelta(days=3)
EVENING = CLOSE - timedelta(hours=2)


def row_like(frame: pl.DataFrame, customer: str, **values: object) -> pl.DataFrame:
    """The first row of ``customer`` in ``frame`` (or nulls) with other ``values``, in the same schema."""
    own = frame.filter(pl.col("customer_id") == customer).head(1)
    base = own if own.height else pl.DataFrame(schema=frame.schema).clear(1).with_columns(customer_id=pl.lit(customer))
    changed = [pl.lit(value).cast(frame.schema[name]).alias(name) for name, value in values.items()]
    return base.with_columns(changed).select(frame.columns)


def with_news(world: ScoringInputs, customer: str, recorded_at: datetime, occurred_at: datetime) -> ScoringInputs:
    """``world`` with one striking row more in every feed, all about ``customer``."""
    when = {"recorded_at": recorded_at, "occurred_at": occurred_at}
    cancel = row_like(
        world.subscription_events,
        customer,
        event_id="news-1",
        event_type="cancel_scheduled",
        amount=None,
        billing_interval=None,
        period_end=None,
        **when,
    )
    rise = row_like(
        world.subscription_events, customer, event_id="news-2", event_type="renewed", amount="19.99", **when
    )
    failure = row_like(world.payment_events, customer, event_type="failed", **when)
    viewing = row_like(
        world.engagement_daily,
        customer,
        activity_date=occurred_at.date(),
        minutes_watched=999.0,
        recorded_at=recorded_at,
    )
    ticket = row_like(
        world.support_tickets, customer, ticket_id="news", opened_at=occurred_at, csat=1.0, recorded_at=recorded_at
    )
    return replace(
        world,
        subscription_events=pl.concat([world.subscription_events, cancel, rise]),
        payment_events=pl.concat([world.payment_events, failure]),
        engagement_daily=pl.concat([world.engagement_daily, viewing]),
        support_tickets=pl.concat([world.support_tickets, ticket]),
    )


@pytest.fixture(scope="module")
def customer(world: ScoringInputs) -> str:
    """Somebody with auto-renew on, who paid long before and long after the day."""
    steady = features_as_of(world, DAY).filter((pl.col("tenure_days") > 60) & pl.col("auto_renew"))
    stayers = churn_target(world.paying, DAY, 60, as_of=world.as_of).filter(~pl.col("churned"))
    paid = world.payment_events.select("customer_id").unique()
    return str(steady.join(stayers, on="customer_id").join(paid, on="customer_id")["customer_id"].min())


def test_one_row_a_paying_customer_by_name_in_the_promised_columns(world: ScoringInputs) -> None:
    features = features_as_of(world, DAY)
    assert dict(features.schema) == FEATURES
    assert features["customer_id"].is_sorted()
    assert_frame_equal(
        features.select("customer_id"), churn_target(world.paying, DAY, 30, as_of=world.as_of).select("customer_id")
    )


@pytest.mark.parametrize("occurred_at", [EVENING, LATE])
def test_a_row_recorded_after_the_close_changes_no_feature(
    world: ScoringInputs, customer: str, occurred_at: datetime
) -> None:
    later = with_news(world, customer, recorded_at=LATE, occurred_at=occurred_at)
    assert_frame_equal(features_as_of(later, DAY), features_as_of(world, DAY))


def test_a_row_dated_after_the_close_changes_no_feature_though_recorded_before(
    world: ScoringInputs, customer: str
) -> None:
    ahead = with_news(world, customer, recorded_at=EVENING, occurred_at=LATE)
    assert_frame_equal(features_as_of(ahead, DAY), features_as_of(world, DAY))


def test_the_same_rows_count_once_they_are_known(world: ScoringInputs, customer: str) -> None:
    known = features_as_of(with_news(world, customer, recorded_at=EVENING, occurred_at=EVENING), DAY)
    row = known.row(by_predicate=pl.col("customer_id") == customer, named=True)
    assert not row["auto_renew"]
    assert row["days_since_cancel"] == 0
    assert row["days_since_price_rise"] == 0
    assert row["price_rise_share"] > 0
    assert row["payment_failures_30"] >= 1
    assert row["minutes_7"] >= 999
    assert (row["support_tickets_30"], row["lowest_csat_90"]) == (1, 1.0)


def test_the_end_of_the_present_spell_is_not_known(world: ScoringInputs) -> None:
    # The spans of paying are the newest reading of the past, so their ends know the future.
    open_ended = replace(world, paying=world.paying.with_columns(valid_to=pl.lit(None, pl.Date)))
    told, untold = features_as_of(world, DAY), features_as_of(open_ended, DAY)
    assert_frame_equal(told, untold.join(told.select("customer_id"), on="customer_id", how="semi"), check_exact=True)


def test_a_later_version_of_a_day_of_viewing_replaces_the_earlier_once_known(
    world: ScoringInputs, customer: str
) -> None:
    seen_on = DAY - timedelta(days=1)
    versions = pl.concat(
        row_like(world.engagement_daily, customer, activity_date=seen_on, minutes_watched=minutes, recorded_at=recorded)
        for minutes, recorded in [(10.0, EVENING), (25.0, LATE), (5.0, None)]
    )
    others = world.engagement_daily.filter(pl.col("customer_id") != customer)
    inputs = replace(world, engagement_daily=pl.concat([others, versions]))

    def minutes_on(day: date) -> float:
        features = features_as_of(inputs, day)
        return float(features.filter(pl.col("customer_id") == customer)["minutes_28"].item())

    assert minutes_on(seen_on) == 5.0
    assert minutes_on(DAY) == 10.0
    assert minutes_on(LATE.date()) == 25.0


def test_nothing_after_as_of_enters(world: ScoringInputs, customer: str) -> None:
    after = world.as_of + timedelta(minutes=1)
    ahead = with_news(world, customer, recorded_at=after, occurred_at=after)
    assert_frame_equal(features_as_of(ahead, world.scoring_day), features_as_of(world, world.scoring_day))


def test_returns_and_spells_come_from_gaps_in_paying_that_closed_by_the_day(
    world: ScoringInputs, customer: str
) -> None:
    spans = [
        (date(2024, 1, 1), date(2024, 3, 1)),
        (date(2024, 4, 1), date(2024, 5, 1)),
        (date(2024, 5, 1), date(2025, 3, 10)),
        (date(2025, 4, 1), None),
    ]
    own = pl.DataFrame([(customer, start, end, 5) for start, end in spans], schema=world.paying.schema, orient="row")
    inputs = replace(world, paying=pl.concat([world.paying.filter(pl.col("customer_id") != customer), own]))
    row = features_as_of(inputs, DAY).row(by_predicate=pl.col("customer_id") == customer, named=True)
    assert row["returns"] == 1
    assert row["tenure_days"] == (DAY - date(2024, 1, 1)).days
    assert row["spell_days"] == (DAY - date(2024, 4, 1)).days
    after = features_as_of(inputs, date(2025, 4, 1)).row(by_predicate=pl.col("customer_id") == customer, named=True)
    assert (after["returns"], after["spell_days"]) == (2, 0)


def test_empty_feeds_leave_a_row_for_everybody(world: ScoringInputs) -> None:
    bare = replace(
        world,
        subscription_events=world.subscription_events.head(0),
        payment_events=world.payment_events.head(0),
        engagement_daily=world.engagement_daily.head(0),
        customers=world.customers.head(0),
    )
    features = features_as_of(bare, DAY)
    assert features.height == features_as_of(world, DAY).height
    assert features["subscription_id"].null_count() == features.height


def test_lazy_frames_give_the_same_features(world: ScoringInputs) -> None:
    names = ("paying", "subscription_events", "payment_events", "engagement_daily", "support_tickets", "customers")
    lazy = replace(world, **{name: getattr(world, name).lazy() for name in names})
    assert_frame_equal(features_as_of(lazy, DAY), features_as_of(world, DAY))


def test_the_order_of_rows_does_not_matter(world: ScoringInputs) -> None:
    names = ("paying", "subscription_events", "payment_events", "engagement_daily")
    shuffled = {name: getattr(world, name).sample(fraction=1.0, shuffle=True, seed=3) for name in names}
    assert_frame_equal(features_as_of(replace(world, **shuffled), DAY), features_as_of(world, DAY), check_exact=True)
