"""What customers pay: daily movements of MRR, why it went to nothing, and the months they add up to.

Belongs here: customers' daily closings, the five movements, the kind of a churn and the monthly rates.
Does not belong here: how events make a subscription's state (``state``), cohorts and survival (``retention``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .state import ACCESS, NO_MRR, Clock, Step, Subscription

Row = dict[str, Any]
REASON_KIND = {
    "customer_cancelled": "voluntary",
    "price_increase_declined": "voluntary",
    "refunded": "voluntary",
    "payment_failed": "involuntary",
    "chargeback": "involuntary",
    "product_withdrawn": "publisher",
    "publisher_terminated": "publisher",
    "fraud": "publisher",
    "switched": "switched",
}
MOVEMENT_TYPES = ("new", "expansion", "contraction", "churn", "reactivation")


@dataclass(frozen=True)
class Why:
    """The kind of a churn and the rule that decided."""

    kind: str
    rule: str


NO_EVIDENCE = Why("unknown", "none")


def reason_given(step: Step) -> Why | None:
    """The reason that an ``ended`` event names, if this step is one and it names one."""
    if step.event is not None and step.event.event_type == "ended" and step.event.end_reason is not None:
        return Why(REASON_KIND[step.event.end_reason], "end_reason")
    return None


def why_ended(step: Step) -> Why:
    """The best evidence for an end, by event or by lapse."""
    given = reason_given(step)
    if given is not None:
        return given
    if step.before.status == "on_hold":
        return Why("involuntary", "state_hold")
    if step.before.status == "grace":
        return Why("involuntary", "state_grace")
    if step.before.status == "paused":
        return Why("pause", "state_pause")
    if not step.before.auto_renew:
        return Why("voluntary", "auto_renew_off")
    return Why("unknown", "stale") if step.event is None else NO_EVIDENCE


def why_lost(subscription: Subscription, day: date, clock: Clock) -> Why:
    """Why a subscription that had MRR at the close of the day before had none at the close of ``day``."""
    at_close = subscription.state_at(clock.close(day))
    if at_close is not None and at_close.status in ACCESS:
        return NO_EVIDENCE
    of_day = [step for step in subscription.steps if clock.day(step.at) == day]
    losses = [
        index for index, step in enumerate(of_day) if step.before.status in ACCESS and step.after.status not in ACCESS
    ]
    since_loss = of_day[losses[-1] :]
    for step in since_loss:
        given = reason_given(step)
        if given is not None:
            return given
    loss = since_loss[0]
    if loss.after.status == "on_hold":
        return Why("involuntary", "state_hold")
    if loss.after.status == "paused":
        return Why("pause", "state_pause")
    return why_ended(loss)


def movement_type(before: Decimal, after: Decimal, paid_before: bool) -> str:
    """The name of a change of a customer's closing MRR."""
    if before == 0:
        return "reactivation" if paid_before else "new"
    if after == 0:
        return "churn"
    return "expansion" if after > before else "contraction"


def movements_of(customer_id: str, subscriptions: list[Subscription], clock: Clock) -> list[Row]:
    """The movements of one customer, who owns ``subscriptions``; grain: day on which the closing changed."""
    rows: list[Row] = []
    day = min(clock.day(subscription.steps[0].at) for subscription in subscriptions)
    before = {subscription.subscription_id: NO_MRR for subscription in subscriptions}
    while day <= clock.today:
        close = clock.close(day)
        after = {subscription.subscription_id: subscription.mrr_at(close) for subscription in subscriptions}
        total_before, total_after = sum(before.values(), NO_MRR), sum(after.values(), NO_MRR)
        if total_before != total_after:
            kind = movement_type(total_before, total_after, bool(rows))
            why = None
            if kind == "churn":
                # All of it was lost, so the greatest loss is the greatest MRR of the day before.
                loser = min(subscriptions, key=lambda one: (-before[one.subscription_id], one.subscription_id))
                why = why_lost(loser, day, clock)
            rows.append(
                {
                    "movement_date": day,
                    "customer_id": customer_id,
                    "movement_type": kind,
                    "mrr_change": total_after - total_before,
                    "mrr_before": total_before,
                    "mrr_after": total_after,
                    "churn_kind": why.kind if why else None,
                    "churn_rule": why.rule if why else None,
                }
            )
        before = after
        day += timedelta(days=1)
    return rows


def mrr_movements(subscriptions: Iterable[Subscription], clock: Clock) -> list[Row]:
    """``fct_mrr_movements``; grain: customer and day, ordered so."""
    owned: dict[str, list[Subscription]] = {}
    for subscription in subscriptions:
        owned.setdefault(subscription.customer_id, []).append(subscription)
    return [row for customer_id in sorted(owned) for row in movements_of(customer_id, owned[customer_id], clock)]


def month_of(day: date) -> date:
    """The first day of the month of ``day``."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after ``month``."""
    return month_of(month + timedelta(days=31))


def closing_mrr(customer_movements: list[Row], before_day: date) -> Decimal:
    """A customer's MRR at the close of the day before ``before_day``."""
    earlier = [row for row in customer_movements if row["movement_date"] < before_day]
    return earlier[-1]["mrr_after"] if earlier else NO_MRR


def by_customer(movements: Iterable[Row]) -> dict[str, list[Row]]:
    """Movements grouped by customer, in order of time."""
    grouped: dict[str, list[Row]] = {}
    for row in movements:
        grouped.setdefault(row["customer_id"], []).append(row)
    return grouped


def ratio(part: Decimal | int, whole: Decimal | int) -> Fraction | None:
    """An exact rate, or None where there is no opening to divide by."""
    return Fraction(part) / Fraction(whole) if whole else None


def mrr_monthly(movements: list[Row], clock: Clock) -> list[Row]:
    """``fct_mrr_monthly``, from the month of the first movement to the month of T; rates are exact fractions."""
    if not movements:
        return []
    rows: list[Row] = []
    month = month_of(min(row["movement_date"] for row in movements))
    while month <= clock.today:
        rows.append(month_row(month, by_customer(movements)))
        month = next_month(month)
    return rows


def month_row(month: date, customers: dict[str, list[Row]]) -> Row:
    """One month: sums add the daily movements, counts compare its open with its close."""
    total = dict.fromkeys(MOVEMENT_TYPES, NO_MRR)
    count = dict.fromkeys(("opening", "new", "reactivated", "churned", "closing"), 0)
    churned_by_kind = {"voluntary": 0, "involuntary": 0}
    opening_mrr = closing = NO_MRR
    for history in customers.values():
        within = [row for row in history if month_of(row["movement_date"]) == month]
        for row in within:
            total[row["movement_type"]] += row["mrr_change"]
        at_open, at_close = closing_mrr(history, month), closing_mrr(history, next_month(month))
        first_paid_now = month_of(history[0]["movement_date"]) == month
        opening_mrr += at_open
        closing += at_close
        count["opening"] += at_open > 0
        count["closing"] += at_close > 0
        count["new"] += first_paid_now and at_close > 0
        count["reactivated"] += not first_paid_now and at_open == 0 and at_close > 0
        if at_open > 0 and at_close == 0:
            count["churned"] += 1
            last_kind = [row["churn_kind"] for row in within if row["movement_type"] == "churn"][-1]
            if last_kind in churned_by_kind:
                churned_by_kind[last_kind] += 1
    lost = total["churn"] + total["contraction"]
    return {
        "month": month,
        "opening_mrr": opening_mrr,
        **{f"{name}_mrr": total[name] for name in MOVEMENT_TYPES},
        "closing_mrr": closing,
        **{f"{name}_customers": number for name, number in count.items()},
        **{f"{kind}_churned_customers": number for kind, number in churned_by_kind.items()},
        "customer_churn_rate": ratio(count["churned"], count["opening"]),
        "gross_mrr_churn_rate": ratio(-lost, opening_mrr),
        "net_mrr_churn_rate": ratio(-(lost + total["expansion"] + total["reactivation"]), opening_mrr),
    }
