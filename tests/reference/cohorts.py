"""Who belongs to which cohort, by what a cohort is cut, and what of it is left later.

Belongs here: members with their cuts, and cells by month, by week and by cut, in customers and in MRR.
Does not belong here: movements (``revenue``), survival curves (``survival``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from .revenue import Row, by_customer, closing_mrr, month_of, next_month, ratio
from .state import NO_MRR, Clock, Event, Subscription

CUTS = ("first_offer", "channel", "acquisition_channel", "acquisition_campaign", "first_coupon", "country")
NOTHING_KNOWN = "(none)"


@dataclass(frozen=True)
class CustomerEvent:
    """One row of the feed ``customer_events``, as far as cuts need it."""

    event_id: str
    occurred_at: datetime
    customer_id: str
    recorded_at: datetime | None = None
    country: str | None = None
    acquisition_channel: str | None = None
    acquisition_campaign: str | None = None


def known(events: Iterable[Any], clock: Clock) -> list[Any]:
    """Events that had happened and were recorded by T, in the order in which they apply."""
    visible = [
        event
        for event in events
        if event.occurred_at <= clock.as_of and (event.recorded_at or event.occurred_at) <= clock.as_of
    ]
    return sorted(
        visible, key=lambda event: (event.occurred_at, event.recorded_at or event.occurred_at, event.event_id)
    )


def first_named(values: Iterable[str | None]) -> str:
    """The first value that is not null, or that nothing is known."""
    return next((value for value in values if value is not None), NOTHING_KNOWN)


def countries_of_subscription_events(events: Iterable[Event], clock: Clock) -> dict[str, list[str | None]]:
    """Countries by owner, newest event first; events that name another customer than the first of theirs are out."""
    owner: dict[str, str] = {}
    countries: dict[str, list[str | None]] = {}
    for event in known(events, clock):
        if owner.setdefault(event.subscription_id, event.customer_id) == event.customer_id:
            countries.setdefault(event.customer_id, []).insert(0, event.country)
    return countries


def members(
    subscriptions: list[Subscription],
    movements: list[Row],
    events: Iterable[Event],
    customer_events: Iterable[CustomerEvent],
    clock: Clock,
) -> list[Row]:
    """``dim_customer_cohorts``; grain: customer who ever had MRR."""
    subscription_countries = countries_of_subscription_events(events, clock)
    about: dict[str, list[CustomerEvent]] = {}
    for event in known(customer_events, clock):
        about.setdefault(event.customer_id, []).append(event)
    rows: list[Row] = []
    for customer_id, history in by_customer(movements).items():
        first_day = history[0]["movement_date"]
        close = clock.close(first_day)
        owned = [subscription for subscription in subscriptions if subscription.customer_id == customer_id]
        most = min(owned, key=lambda one: (-one.mrr_at(close), one.subscription_id))
        state = most.state_at(close)
        assert state is not None, "a subscription with MRR has a state"
        assert state.price is not None, "and a price"
        interval, count = state.price.interval, state.price.count
        counting = [step.event for one in owned for step in one.steps if step.event and step.at <= close]
        own = about.get(customer_id, [])
        churns = [row["movement_date"] for row in history if row["movement_type"] == "churn"]
        rows.append(
            {
                "customer_id": customer_id,
                "first_paid_date": first_day,
                "cohort_month": month_of(first_day),
                "cohort_week": first_day - timedelta(days=first_day.weekday()),
                "first_churn_date": churns[0] if churns else None,
                "days_to_first_churn": ((churns[0] if churns else clock.today) - first_day).days,
                "opening_mrr": history[0]["mrr_after"],
                "first_offer": first_named([state.offer_id]),
                "channel": first_named([state.channel]),
                "acquisition_channel": first_named(event.acquisition_channel for event in own),
                "acquisition_campaign": first_named(event.acquisition_campaign for event in own),
                "first_coupon": first_named(event.coupon_code for event in known(counting, clock)),
                "country": first_named(
                    [*(event.country for event in reversed(own)), *subscription_countries.get(customer_id, [])]
                ),
                "first_interval": interval if count == 1 else f"{count} {interval}s",
                "renewal_months": {"month": count, "year": 12 * count}.get(interval, 1),
            }
        )
    return rows


def cells(
    cohort: list[Row], histories: dict[str, list[Row]], start: date, following: Callable[[date], date], clock: Clock
) -> list[Row]:
    """What is left of one cohort at the close of each period from ``start``, to the period of T."""
    opening = sum((member["opening_mrr"] for member in cohort), NO_MRR)
    rows: list[Row] = []
    period = start
    while period <= clock.today:
        closings: list[Decimal] = [
            closing_mrr(histories[member["customer_id"]], following(period)) for member in cohort
        ]
        retained = sum(closing > 0 for closing in closings)
        retained_mrr = sum(closings, NO_MRR)
        rows.append(
            {
                "period_number": len(rows),
                "cohort_size": len(cohort),
                "retained_customers": retained,
                "retention_rate": ratio(retained, len(cohort)),
                "opening_mrr": opening,
                "retained_mrr": retained_mrr,
                "mrr_retention_rate": ratio(retained_mrr, opening),
                "is_complete": following(period) <= clock.today,
            }
        )
        period = following(period)
    return rows


def cohorts(everybody: list[Row], movements: list[Row], clock: Clock) -> list[Row]:
    """``fct_cohort_retention``; grain: cohort month and period."""
    histories = by_customer(movements)
    rows: list[Row] = []
    for month in sorted({member["cohort_month"] for member in everybody}):
        cohort = [member for member in everybody if member["cohort_month"] == month]
        rows += [{"cohort_month": month, **cell} for cell in cells(cohort, histories, month, next_month, clock)]
    return rows


def cohorts_by_dimension(everybody: list[Row], movements: list[Row], clock: Clock) -> list[Row]:
    """``fct_cohort_retention_by_dimension``; grain: cohort month, period, dimension and value."""
    rows: list[Row] = []
    for dimension in CUTS:
        for value in sorted({member[dimension] for member in everybody}):
            part = [member for member in everybody if member[dimension] == value]
            named = {"dimension": dimension, "dimension_value": value}
            rows += [{**named, **cell} for cell in cohorts(part, movements, clock)]
    return rows


def weekly_cohorts(everybody: list[Row], movements: list[Row], clock: Clock) -> list[Row]:
    """``fct_cohort_retention_weekly``; grain: cohort week (its Monday) and period."""
    histories = by_customer(movements)
    rows: list[Row] = []
    for week in sorted({member["cohort_week"] for member in everybody}):
        cohort = [member for member in everybody if member["cohort_week"] == week]
        found = cells(cohort, histories, week, lambda monday: monday + timedelta(days=7), clock)
        rows += [{"cohort_week": week, **cell} for cell in found]
    return rows
