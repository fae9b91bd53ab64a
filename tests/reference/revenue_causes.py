"""Why MRR moved, where it moved to, what of it is committed, and when payments are earned.

Belongs here: causes of subscriptions' changes, offers, daily states, retention over a year, recognised revenue.
Does not belong here: the customers' movements (``revenue``), what events make of a subscription (``state``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from .churners import months_later, months_of_series
from .revenue import MOVEMENT_TYPES, Row, by_customer, closing_mrr, month_of, next_month, ratio
from .state import EARNING, NO_MRR, Clock, Event, Price, State, Subscription

STATUSES = ("trial", "active", "grace", "on_hold", "paused")
BILLING = ("started", "trial_converted", "renewed", "recovered", "resumed", "plan_changed")


@dataclass(frozen=True)
class Payment:
    """A row of the feed ``payment_events`` in the reporting currency, of one customer."""

    event_id: str
    event_type: str
    occurred_at: datetime
    customer_id: str
    transaction_id: str
    amount: Decimal
    tax_amount: Decimal | None = None
    subscription_id: str | None = None
    original_transaction_id: str | None = None
    product_kind: str | None = None
    access_start: datetime | None = None
    access_end: datetime | None = None

    @property
    def revenue(self) -> Decimal:
        """What it adds to revenue, tax excluded, with its sign."""
        sign = {"succeeded": 1, "chargeback_reversed": 1, "refunded": -1, "chargeback": -1}.get(self.event_type, 0)
        return sign * (self.amount - (self.tax_amount or 0))


def days_of(first: date, clock: Clock) -> list[date]:
    """Every day to that of T."""
    return [first + timedelta(days=number) for number in range((clock.today - first).days + 1)]


def plain(price: Price, **changes: Any) -> Price:
    """The price without a discount."""
    return replace(price, discount=Decimal(0), discount_ends_at=None, **changes)


def parts_of(before: State, before_at: datetime, after: State, after_at: datetime) -> list[tuple[str, Decimal]]:
    """The change between two closings above 0, by cause: rate at the old price, price at the new rate, discount."""
    old, new = before.price, after.price
    assert old is not None
    assert new is not None
    rate = new.rate if new.currency == old.currency else old.rate
    old_at_rate, old_list = replace(old, rate=rate).mrr_at(before_at), plain(old, rate=rate).mrr_at(before_at)
    new_mrr, new_list = new.mrr_at(after_at), plain(new).mrr_at(after_at)
    other_plan = (before.offer_id, old.interval, old.count) != (after.offer_id, new.interval, new.count)
    discount = (new_mrr - new_list) - (old_at_rate - old_list)
    parts = [
        ("exchange_rate", old_at_rate - old.mrr_at(before_at)),
        ("plan_change" if other_plan else "price_change", new_list - old_list),
        ("discount_start" if discount < 0 else "discount_end", discount),
    ]
    return [(cause, part) for cause, part in parts if part]


def subscription_movements(subscriptions: list[Subscription], clock: Clock) -> list[Row]:
    """``fct_subscription_mrr_movements``; grain: subscription, day, cause."""
    rows: list[Row] = []
    for one in subscriptions:
        paid_before = False
        for day in days_of(clock.day(one.steps[0].at), clock):
            before_at, after_at = clock.close(day - timedelta(days=1)), clock.close(day)
            before, after = one.mrr_at(before_at), one.mrr_at(after_at)
            if before == after:
                continue
            state, previous = one.state_at(after_at), one.state_at(before_at)
            assert state is not None
            if before == 0:
                kind = "reactivation" if paid_before else "new"
            else:
                kind = "churn" if after == 0 else "expansion" if after > before else "contraction"
            paid_before = True
            parts = [(kind, after - before)]
            if kind in ("expansion", "contraction"):
                assert previous is not None
                parts = parts_of(previous, before_at, state, after_at)
            rows += [
                {
                    "movement_date": day,
                    "subscription_id": one.subscription_id,
                    "cause": cause,
                    "customer_id": one.customer_id,
                    "movement_type": kind,
                    "mrr_change": part,
                    "mrr_before": before,
                    "mrr_after": after,
                }
                for cause, part in parts
            ]
    return rows


def customer_values(subscriptions: list[Subscription], column: str, at: datetime) -> dict[str, Decimal]:
    """A customer's MRR by the value that a column of the state has at an instant."""
    values: dict[str, Decimal] = defaultdict(lambda: NO_MRR)
    for one in subscriptions:
        if state := one.state_at(at):
            values[getattr(state, column) or "(none)"] += state.mrr_at(at)
    return values


def switches(changes: dict[str, Decimal]) -> dict[str, Decimal]:
    """What moved between values, by value: greatest changes first, up to the smaller of all gains and all losses."""
    gains = sum((change for change in changes.values() if change > 0), NO_MRR)
    losses = -sum((change for change in changes.values() if change < 0), NO_MRR)
    switched: dict[str, Decimal] = {}
    for sign in (1, -1):
        left = min(gains, losses)
        for value in sorted(changes, key=lambda name: (-abs(changes[name]), name)):
            if changes[value] * sign > 0:
                switched[value] = sign * min(left, abs(changes[value]))
                left -= abs(switched[value])
    return switched


def value_movements(
    subscriptions: list[Subscription], movements: list[Row], column: str, clock: Clock
) -> dict[tuple[date, str], Row]:
    """Sums by day and value of a dimension; grain as the keys."""
    type_of = {(row["customer_id"], row["movement_date"]): row["movement_type"] for row in movements}
    names = [f"{name}_mrr" for name in (*MOVEMENT_TYPES, "switched_in", "switched_out")]
    found: dict[tuple[date, str], Row] = {}
    for customer in sorted({one.customer_id for one in subscriptions}):
        owned = [one for one in subscriptions if one.customer_id == customer]
        for day in days_of(min(clock.day(one.steps[0].at) for one in owned), clock):
            before = customer_values(owned, column, clock.close(day - timedelta(days=1)))
            after = customer_values(owned, column, clock.close(day))
            values = before.keys() | after.keys()
            changes = {value: after[value] - before[value] for value in values if after[value] != before[value]}
            for value, switched in switches(changes).items():
                row = found.setdefault((day, value), dict.fromkeys(names, NO_MRR) | {"customers": 0})
                row["switched_in_mrr" if switched > 0 else "switched_out_mrr"] += switched
                if changes[value] != switched:
                    row[f"{type_of[customer, day]}_mrr"] += changes[value] - switched
                row["customers"] += (after[value] > 0) - (before[value] > 0)
    return found


def daily(subscriptions: list[Subscription], movements: list[Row], clock: Clock) -> list[Row]:
    """``fct_mrr_daily``; grain: day."""
    histories = by_customer(movements)
    rows = []
    for day in days_of(min(clock.day(one.steps[0].at) for one in subscriptions), clock):
        close = clock.close(day)
        states = [state for one in subscriptions if (state := one.state_at(close))]
        at_close = [closing_mrr(history, day + timedelta(days=1)) for history in histories.values()]
        rows.append(
            {
                "close_date": day,
                "closing_mrr": sum(at_close, NO_MRR),
                "closing_customers": sum(mrr > 0 for mrr in at_close),
                "committed_mrr": sum((committed(state, day, clock) for state in states), NO_MRR),
                "set_to_cancel_subscriptions": sum(s.status != "ended" and not s.auto_renew for s in states),
                **{f"{status}_subscriptions": sum(s.status == status for s in states) for status in STATUSES},
            }
        )
    return rows


def committed(state: State, day: date, clock: Clock) -> Decimal:
    """Committed MRR of a state at the close of a day."""
    if state.status not in EARNING or not state.auto_renew or state.price is None:
        return NO_MRR
    ends_at = state.price.discount_ends_at
    ends_soon = ends_at is not None and months_later(clock.day(ends_at), -1) <= day
    return (plain(state.price) if ends_soon else state.price).mrr_at(clock.close(day))


def retention_rates(movements: list[Row], clock: Clock) -> list[Row]:
    """The retention columns of ``fct_revenue_metrics_monthly``; grain: month."""
    rows = []
    histories = by_customer(movements).values()
    for month in months_of_series(movements, clock):
        row: Row = {"month": month}
        for suffix, opening_day in (("", month), ("_12_months", months_later(next_month(month), -12))):
            pairs = [
                (closing_mrr(history, opening_day), closing_mrr(history, next_month(month))) for history in histories
            ]
            base = sum((then for then, _ in pairs), NO_MRR)
            kept = sum((min(then, now) for then, now in pairs), NO_MRR)
            row["gross_revenue_retention" + suffix] = ratio(kept, base)
            row["net_revenue_retention" + suffix] = ratio(sum((now for then, now in pairs if then), NO_MRR), base)
        rows.append(row)
    return rows


def paid_period(payment: Payment, billing: list[Event]) -> tuple[datetime, datetime] | None:
    """What a success pays for; ``billing`` are the billing events of all subscriptions in order."""
    if payment.access_start and payment.access_end and payment.access_end > payment.access_start:
        return payment.access_start, payment.access_end
    own = [event for event in billing if event.subscription_id == payment.subscription_id]
    earlier = [event for event in own if event.occurred_at <= payment.occurred_at + timedelta(hours=12)]
    if not own:
        return None
    event = earlier[-1] if earlier else own[0]
    assert event.period_end is not None
    return event.period_start or event.occurred_at, event.period_end


def stop_of(success: Payment, period: tuple[datetime, datetime], subscriptions: list[Subscription]) -> datetime | None:
    """When the service of a payment's subscription stopped within the period, and was not opened again in it."""
    if success.access_start and success.access_end and success.access_end > success.access_start:
        return None
    for subscription in subscriptions:
        if subscription.subscription_id == success.subscription_id:
            inside = [step for step in subscription.steps if step.at < period[1]]
            last = inside[-1] if inside else None
            switched = last and last.event and last.event.end_reason == "switched"
            if last and last.after.status == "ended" and last.at >= period[0] and not switched:
                return last.at
    return None


def earned(
    payment: Payment, period: tuple[datetime, datetime] | None, stop: datetime | None, at: datetime, clock: Clock
) -> Decimal:
    """What of a payment event has been recognised by an instant; what happens at T has happened."""
    stopped = stop is not None and (stop < at or at == clock.as_of)
    if at < payment.occurred_at or (period is not None and at <= period[0] and not stopped):
        return NO_MRR
    if period is None or at >= period[1] or stopped:
        return payment.revenue
    start, now, end = (floor(instant.timestamp()) for instant in (period[0], at, period[1]))
    if end == start:
        return payment.revenue
    share = floor(Fraction(abs(payment.revenue)) * Fraction(now - start, end - start) * 10_000 + Fraction(1, 2))
    return Decimal(share).scaleb(-4) * (1 if payment.revenue > 0 else -1)


def recognised(
    payments: list[Payment], events: list[Event], subscriptions: list[Subscription], clock: Clock
) -> list[Row]:
    """``fct_recognised_revenue``; grain: month and product kind."""
    known = [event for event in events if max(event.known_at, event.occurred_at) <= clock.as_of]
    billing = [
        event
        for event in sorted(known, key=lambda event: (event.occurred_at, event.known_at, event.event_id))
        if event.event_type in BILLING
        and event.period_end is not None
        and event.period_end > (event.period_start or event.occurred_at)
    ]
    happened = with_inheritance([payment for payment in payments if payment.occurred_at <= clock.as_of])
    successes = [one for one in happened if one.event_type == "succeeded"]
    periods: dict[str, tuple[tuple[datetime, datetime] | None, datetime | None]] = {}
    for one in happened:
        paid = one if one.event_type == "succeeded" else payment_of(one, successes)
        period = paid_period(paid, billing) if paid else None
        periods[one.event_id] = (period, stop_of(paid, period, subscriptions) if paid and period else None)
    happened = [payment for payment in happened if payment.revenue]
    rows = []
    for kind in sorted({payment.product_kind or "(none)" for payment in happened}):
        of_kind = [payment for payment in happened if (payment.product_kind or "(none)") == kind]
        month = min(month_of(clock.day(payment.occurred_at)) for payment in of_kind)
        recognised_before = NO_MRR
        while month <= clock.today:
            midnight = datetime.combine(next_month(month), time(), clock.zone)
            at = min(clock.as_of, midnight)
            received = [payment for payment in of_kind if month_of(clock.day(payment.occurred_at)) <= month]
            so_far = sum((earned(one, *periods[one.event_id], at, clock) for one in received), NO_MRR)
            total = sum((one.revenue for one in received), NO_MRR)
            rows.append(
                {
                    "month": month,
                    "product_kind": kind,
                    "recognised_revenue": so_far - recognised_before,
                    "deferred_revenue": total - so_far,
                }
            )
            recognised_before, month = so_far, next_month(month)
    return rows


def payment_of(reversal: Payment, successes: list[Payment]) -> Payment | None:
    """The payment that a refund or chargeback is about: its own transaction's, else that of its original."""
    for name in (reversal.transaction_id, reversal.original_transaction_id):
        paid = [success for success in successes if success.transaction_id == name]
        if paid:
            return min(paid, key=lambda success: (success.occurred_at, success.event_id))
    return None


def with_inheritance(payments: list[Payment]) -> list[Payment]:
    """The same payments, reversals with what they have from their payment: kind, subscription and share of the tax."""
    successes = [one for one in payments if one.event_type == "succeeded"]
    found = [one for one in payments if one.event_type in ("succeeded", "failed")]
    taken: dict[str, Decimal] = defaultdict(Decimal)
    reversals = [one for one in payments if one.event_type not in ("succeeded", "failed")]
    for one in sorted(reversals, key=lambda reversal: (reversal.occurred_at, reversal.event_id)):
        paid = payment_of(one, successes)
        if paid is None:
            found.append(one)
            continue
        direction = -1 if one.event_type == "chargeback_reversed" else 1
        before, after = taken[paid.event_id], taken[paid.event_id] + direction * one.amount
        taken[paid.event_id] = after
        tax = one.tax_amount
        if tax is None and paid.tax_amount is not None and paid.amount > 0:
            tax = direction * (tax_share(paid, after) - tax_share(paid, before))
        kind = one.product_kind or paid.product_kind
        subscription_id = one.subscription_id or paid.subscription_id
        found.append(replace(one, tax_amount=tax, product_kind=kind, subscription_id=subscription_id))
    return found


def tax_share(paid: Payment, amount: Decimal) -> Decimal:
    """The part of a payment's tax that goes with a part of its amount, half up to four decimals."""
    assert paid.tax_amount is not None
    exact = Fraction(paid.tax_amount) * Fraction(abs(amount)) / Fraction(paid.amount)
    return Decimal(floor(exact * 10_000 + Fraction(1, 2))).scaleb(-4) * (1 if amount >= 0 else -1)
