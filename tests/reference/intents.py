"""What is about to happen: trials that end, periods that are due, cancellations that are scheduled.

Belongs here: what follows from subscriptions one by one. Does not belong here: customers and their MRR movements.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from .cohorts import NOTHING_KNOWN
from .revenue import Row, month_of, next_month, ratio
from .state import ACCESS, NO_MRR, Clock, State, Subscription

WEEK = timedelta(days=7)


def trials(subscriptions: Iterable[Subscription], clock: Clock) -> list[Row]:
    """One row a spell in trial whose end is known, with its outcome at T."""
    return [row for subscription in subscriptions for row in _trials_of(subscription, clock)]


def _trials_of(subscription: Subscription, clock: Clock) -> list[Row]:
    instants = sorted({step.at for step in subscription.steps})
    rows: list[Row] = []
    started_at: datetime | None = None
    for instant, following in zip(instants, [*instants[1:], None], strict=True):
        state = _state(subscription, instant)
        if state.status != "trial":
            continue
        started_at = started_at or instant
        if following is not None and _state(subscription, following).status == "trial":
            continue
        ends_at = state.period_end or following
        if ends_at is not None:
            ends_at = max(ends_at, started_at)
            rows.append(
                {
                    "month": month_of(clock.day(ends_at)),
                    "offer": state.offer_id or NOTHING_KNOWN,
                    "channel": state.channel or NOTHING_KNOWN,
                    "outcome": _outcome(subscription, started_at, ends_at, clock),
                }
            )
        started_at = None
    return rows


def _state(subscription: Subscription, instant: datetime) -> State:
    state = subscription.state_at(instant)
    assert state is not None, "a step has led to a state"
    return state


def _outcome(subscription: Subscription, started_at: datetime, ends_at: datetime, clock: Clock) -> str:
    if ends_at > clock.as_of:
        return "running"
    # MRR can only begin at a step or where a discount ends.
    changes = [step.at for step in subscription.steps]
    changes += [
        step.after.price.discount_ends_at
        for step in subscription.steps
        if step.after.price and step.after.price.discount_ends_at
    ]
    in_time = [at for at in changes if started_at <= at <= min(ends_at + WEEK, clock.as_of)]
    if any(subscription.mrr_at(at) > 0 for at in in_time):
        return "converted"
    return "lost" if ends_at + WEEK < clock.as_of else "undecided"


def trial_funnel(all_trials: list[Row], clock: Clock) -> list[Row]:
    """``fct_trial_funnel``; grain: month in which the trial periods end."""
    rows: list[Row] = []
    for month in sorted({row["month"] for row in all_trials}):
        outcomes = [row["outcome"] for row in all_trials if row["month"] == month]
        ended = [outcome for outcome in outcomes if outcome != "running"]
        open_ones = outcomes.count("running") + outcomes.count("undecided")
        rows.append(
            {
                "month": month,
                "ended_trials": len(ended),
                "converted_trials": ended.count("converted"),
                "lost_trials": ended.count("lost"),
                "undecided_trials": ended.count("undecided"),
                "running_trials": outcomes.count("running"),
                "conversion_rate": ratio(ended.count("converted"), len(ended)),
                "is_complete": next_month(month) <= clock.today and open_ones == 0,
            }
        )
    return rows


def trial_funnel_by_dimension(all_trials: list[Row], clock: Clock) -> list[Row]:
    """``fct_trial_funnel_by_dimension``; grain: month, dimension and value."""
    rows: list[Row] = []
    for dimension in ("offer", "channel"):
        for value in sorted({row[dimension] for row in all_trials}):
            part = [row for row in all_trials if row[dimension] == value]
            rows += [{"dimension": dimension, "dimension_value": value, **row} for row in trial_funnel(part, clock)]
    return rows


def renewals_calendar(subscriptions: Iterable[Subscription], clock: Clock) -> list[Row]:
    """``fct_renewals_calendar``; grain: day on which periods end, from T on."""
    due: dict[date, list[tuple[State, Decimal]]] = {}
    for subscription in subscriptions:
        state = subscription.steps[-1].after
        if state.status in ACCESS and state.period_end is not None and state.period_end >= clock.as_of:
            due.setdefault(clock.day(state.period_end), []).append((state, state.mrr_at(clock.as_of)))
    return [_due_day(day, due[day]) for day in sorted(due)]


def _due_day(day: date, ending: list[tuple[State, Decimal]]) -> Row:
    renewing = [(state, mrr) for state, mrr in ending if state.status != "trial"]
    in_trial = [state for state, _ in ending if state.status == "trial"]
    leaving = [mrr for state, mrr in renewing if not state.auto_renew]
    in_grace = [mrr for state, mrr in renewing if state.status == "grace"]
    return {
        "due_date": day,
        "due_subscriptions": len(renewing),
        "due_mrr": sum((mrr for _, mrr in renewing), NO_MRR),
        "set_to_cancel_subscriptions": len(leaving),
        "set_to_cancel_mrr": sum(leaving, NO_MRR),
        "grace_subscriptions": len(in_grace),
        "grace_mrr": sum(in_grace, NO_MRR),
        "ending_trials": len(in_trial),
        "set_to_cancel_trials": sum(not state.auto_renew for state in in_trial),
    }


def set_to_cancel_daily(subscriptions: list[Subscription], clock: Clock) -> list[Row]:
    """``fct_set_to_cancel_daily``; grain: day from the first opening to the day of T."""
    if not subscriptions:
        return []
    rows: list[Row] = []
    day = min(clock.day(subscription.steps[0].at) for subscription in subscriptions)
    before: dict[str, Decimal] = {}
    while day <= clock.today:
        close = clock.close(day)
        states = {one.subscription_id: one.state_at(close) for one in subscriptions}
        after = {
            name: state.mrr_at(close)
            for name, state in states.items()
            if state is not None and state.status != "ended" and not state.auto_renew
        }
        left = before.keys() - after.keys()
        ended = {name for name in left if (state := states[name]) is not None and state.status == "ended"}
        stayed = before.keys() & after.keys()
        rows.append(
            {
                "close_date": day,
                "opening_subscriptions": len(before),
                "newly_set_subscriptions": len(after.keys() - before.keys()),
                "reverted_subscriptions": len(left - ended),
                "ended_subscriptions": len(ended),
                "closing_subscriptions": len(after),
                "opening_mrr": sum(before.values(), NO_MRR),
                "newly_set_mrr": sum((after[name] for name in after.keys() - before.keys()), NO_MRR),
                "reverted_mrr": sum((before[name] for name in left - ended), NO_MRR),
                "ended_mrr": sum((before[name] for name in ended), NO_MRR),
                "mrr_change": sum((after[name] - before[name] for name in stayed), NO_MRR),
                "closing_mrr": sum(after.values(), NO_MRR),
            }
        )
        before = after
        day += timedelta(days=1)
    return rows
