"""The reference as a whole: events, rates and T in, the rows of the public tables out.

Belongs here: ``compute`` and the two tables about subscriptions.
Does not belong here: the rules (``state``, ``revenue``, ``retention``), random histories (``histories``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from .retention import cohort_retention, survival_durations
from .revenue import Row, mrr_monthly, mrr_movements, why_ended
from .state import Clock, Event, FxRate, Subscription, replay


@dataclass(frozen=True)
class Result:
    """Rows as dicts with the public columns: money as Decimal, rates as Fraction or None, instants in UTC.

    ``survival_durations`` holds customer_id, days and churned; ``sequence_anomalies`` the ids of events that
    changed nothing. Every list is ordered by its grain.
    """

    fct_subscriptions: list[Row]
    fct_subscription_periods: list[Row]
    fct_mrr_movements: list[Row]
    fct_mrr_monthly: list[Row]
    fct_cohort_retention: list[Row]
    survival_durations: list[Row]
    sequence_anomalies: list[str]


def subscription_row(subscription: Subscription, clock: Clock) -> Row:
    """The row of ``fct_subscriptions``: the subscription at T."""
    last_step = subscription.steps[-1]
    last = last_step.after
    # Nothing but an opening event counts after an end, so a subscription that is ended has its end last.
    end = last_step if last.status == "ended" else None
    why = why_ended(end) if end else None
    return {
        "subscription_id": subscription.subscription_id,
        "customer_id": subscription.customer_id,
        "status": last.status,
        "auto_renew": last.auto_renew,
        "offer_id": last.offer_id,
        "channel": last.channel,
        "provider": last.provider,
        "started_at": subscription.steps[0].at,
        "period_end": last.period_end,
        "ended_at": end.at if end else None,
        "churn_kind": why.kind if why else None,
        "churn_rule": why.rule if why else None,
        "mrr": subscription.mrr_at(clock.as_of),
    }


def subscription_periods(subscription: Subscription, clock: Clock) -> list[Row]:
    """``fct_subscription_periods`` of one subscription: maximal spans in which nothing shown changes."""
    opened_at = subscription.steps[0].at
    instants = {step.at for step in subscription.steps}
    for step in subscription.steps:
        discount_end = step.after.price.discount_ends_at if step.after.price else None
        if discount_end is not None and opened_at <= discount_end <= clock.as_of:
            instants.add(discount_end)
    rows: list[Row] = []
    for instant in sorted(instants):
        state = subscription.state_at(instant)
        assert state is not None, "nothing changes before the first opening event"
        shown = {
            "status": state.status,
            "auto_renew": state.auto_renew,
            "offer_id": state.offer_id,
            "mrr": state.mrr_at(instant),
        }
        if rows and all(rows[-1][name] == value for name, value in shown.items()):
            continue
        if rows:
            rows[-1]["valid_to"] = instant
        rows.append(
            {
                "subscription_id": subscription.subscription_id,
                "customer_id": subscription.customer_id,
                "valid_from": instant,
                "valid_to": None,
                **shown,
            }
        )
    return rows


def compute(
    events: Iterable[Event],
    rates: Iterable[FxRate],
    *,
    as_of: datetime,
    reporting_currency: str,
    timezone: str = "UTC",
) -> Result:
    """Everything the definitions say about ``events`` at ``as_of``, an aware time.

    Raises ``ValueError`` when a price that counts is in a currency without any rate known by then.
    """
    clock = Clock(as_of.astimezone(UTC), ZoneInfo(timezone))
    subscriptions, anomalies = replay(events, rates, clock, reporting_currency)
    movements = mrr_movements(subscriptions, clock)
    return Result(
        [subscription_row(subscription, clock) for subscription in subscriptions],
        [row for subscription in subscriptions for row in subscription_periods(subscription, clock)],
        movements,
        mrr_monthly(movements, clock),
        cohort_retention(movements, clock),
        survival_durations(movements, clock),
        anomalies,
    )
