"""How the tests of the reference write down an example and read its answer.

Belongs here: events in few words, and the few columns of a result that an example is about.
Does not belong here: expectations.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from . import Event, FxRate, Result, compute

NUMBERS = count(1)
MONTHLY = {"amount": Decimal("10"), "currency": "EUR", "billing_interval": "month"}
SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def event(event_type: str, when: str, subscription: str = "s", customer: str = "c", **columns: Any) -> Event:
    """An event at a UTC time; priced events cost EUR 10 a month unless said otherwise."""
    if event_type in ("trial_started", "started", "trial_converted", "renewed", "plan_changed"):
        columns = MONTHLY | columns
    if isinstance(columns.get("amount"), str):
        columns["amount"] = Decimal(columns["amount"])
    return Event(f"e{next(NUMBERS):04}", event_type, at(when), customer, subscription, **columns)


def run(events: Iterable[Event], as_of: str, rates: Iterable[FxRate] = (), timezone: str = "UTC") -> Result:
    return compute(events, rates, as_of=at(as_of), reporting_currency="EUR", timezone=timezone)


def moves(result: Result) -> list[tuple[str, str, str]]:
    return [
        (row["movement_date"].isoformat(), row["movement_type"], str(row["mrr_change"]))
        for row in result.fct_mrr_movements
    ]


def churns(result: Result) -> list[tuple[str, str, str]]:
    return [
        (row["movement_date"].isoformat(), row["churn_kind"], row["churn_rule"])
        for row in result.fct_mrr_movements
        if row["movement_type"] == "churn"
    ]


def statuses(result: Result) -> list[tuple[str, str]]:
    return [(row["valid_from"].isoformat()[:16], row["status"]) for row in result.fct_subscription_periods]


def mrr(result: Result) -> str:
    return str(result.fct_subscriptions[0]["mrr"])
