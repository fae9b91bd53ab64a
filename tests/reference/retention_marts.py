"""The retention marts beyond the foundation: events, rates and T in, rows of every table out.

Belongs here: ``compute_retention``.
Does not belong here: the rules (``cohorts``, ``survival``, ``churners``, ``intents``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from . import churners, cohorts, intents, survival
from .cohorts import CustomerEvent
from .revenue import Row, mrr_movements
from .state import Clock, Event, FxRate, replay


def compute_retention(
    events: list[Event],
    rates: Iterable[FxRate],
    customer_events: list[CustomerEvent],
    *,
    as_of: datetime,
    reporting_currency: str,
    timezone: str = "UTC",
) -> dict[str, list[Row]]:
    """Rows by table of the schema ``retention``: money as Decimal, rates as Fraction, estimates as float."""
    clock = Clock(as_of.astimezone(UTC), ZoneInfo(timezone))
    subscriptions, _ = replay(events, rates, clock, reporting_currency)
    movements = mrr_movements(subscriptions, clock)
    members = cohorts.members(subscriptions, movements, events, customer_events, clock)
    trials = intents.trials(subscriptions, clock)
    return {
        "dim_customer_cohorts": members,
        "fct_cohort_retention": cohorts.cohorts(members, movements, clock),
        "fct_cohort_retention_by_dimension": cohorts.cohorts_by_dimension(members, movements, clock),
        "fct_cohort_retention_weekly": cohorts.weekly_cohorts(members, movements, clock),
        "fct_survival": survival.survival(members),
        "fct_survival_by_dimension": survival.survival_by_dimension(members),
        "fct_survival_by_period": survival.survival_by_period(members, clock),
        "fct_churn_monthly": churners.churn_monthly(members, movements, clock),
        "fct_resubscribe_monthly": churners.resubscribe_monthly(movements, clock),
        "fct_serial_churners": churners.serial_churners(movements, clock),
        "fct_trial_funnel": intents.trial_funnel(trials, clock),
        "fct_trial_funnel_by_dimension": intents.trial_funnel_by_dimension(trials, clock),
        "fct_renewals_calendar": intents.renewals_calendar(subscriptions, clock),
        "fct_set_to_cancel_daily": intents.set_to_cancel_daily(subscriptions, clock),
    }
