"""What each subscription was, and when: events in, steps of state out, one plain loop.

Belongs here: the records that come in, knowledge as of T, the order of events, the state table, lapses, prices
and their exchange rates, and the monthly worth of one subscription.
Does not belong here: customers, calendar series and rates (``revenue``, ``retention``), or any SQL.

Written from the default definitions alone, without a look at the dbt project: the two are compared in tests, and
only independence makes their agreement mean something. Slow on purpose; exact by fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

OPENING = ("trial_started", "started", "trial_converted", "renewed", "recovered", "resumed")
PRICED = ("trial_started", "started", "trial_converted", "renewed", "plan_changed")
AUTO_RENEW_ON = ("trial_started", "started", "trial_converted", "cancel_reverted")
STATUS_AFTER = {
    "trial_started": "trial",
    "started": "active",
    "trial_converted": "active",
    "renewed": "active",
    "recovered": "active",
    "resumed": "active",
    "grace_entered": "grace",
    "hold_entered": "on_hold",
    "paused": "paused",
    "ended": "ended",
}
ACCESS = ("trial", "active", "grace")
EARNING = ("active", "grace")
LAPSE_AFTER = {"trial": timedelta(days=35), "active": timedelta(days=35), "grace": timedelta(days=60)}
MONTHS_FACTOR = {
    "day": Fraction(365, 12),
    "week": Fraction(52, 12),
    "month": Fraction(1),
    "year": Fraction(1, 12),
}
NO_MRR = Decimal("0.0000")


@dataclass(frozen=True)
class Event:
    """One row of the feed ``subscription_events``; timestamps are aware, money is in major units."""

    event_id: str
    event_type: str
    occurred_at: datetime
    customer_id: str
    subscription_id: str
    recorded_at: datetime | None = None
    offer_id: str | None = None
    amount: Decimal | None = None
    discount_amount: Decimal | None = None
    discount_ends_at: datetime | None = None
    currency: str | None = None
    billing_interval: str | None = None
    billing_interval_count: int | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    channel: str | None = None
    provider: str | None = None
    country: str | None = None
    coupon_code: str | None = None
    end_reason: str | None = None
    provider_code: str | None = None

    @property
    def known_at(self) -> datetime:
        """When the source knew of the event; when it happened unless said otherwise."""
        return self.recorded_at or self.occurred_at


@dataclass(frozen=True)
class FxRate:
    """One row of the feed ``fx_rates``: units of the reporting currency for one unit of ``currency``."""

    rate_date: date
    currency: str
    rate: Decimal
    recorded_at: datetime | None = None


@dataclass(frozen=True)
class Clock:
    """Now (T) and the calendar of the report."""

    as_of: datetime
    zone: ZoneInfo

    def day(self, instant: datetime) -> date:
        """The calendar day that contains ``instant``."""
        return instant.astimezone(self.zone).date()

    @property
    def today(self) -> date:
        """The day that contains T."""
        return self.day(self.as_of)

    def close(self, day: date) -> datetime:
        """The instant of a day's closing: its last microsecond, but T on the day of T."""
        midnight_after = datetime.combine(day + timedelta(days=1), time(), self.zone).astimezone(UTC)
        return min(self.as_of, midnight_after - timedelta(microseconds=1))


@dataclass(frozen=True)
class Price:
    """What one billing interval costs, and the exchange rate that goes with it."""

    amount: Decimal
    currency: str
    interval: str
    count: int
    discount: Decimal
    discount_ends_at: datetime | None
    rate: Fraction

    @property
    def terms(self) -> tuple[Decimal, str, str, int]:
        """What a renewal must repeat to keep its exchange rate."""
        return (self.amount, self.currency, self.interval, self.count)

    def mrr_at(self, instant: datetime) -> Decimal:
        """(amount - discount, never below 0) x months factor x rate, rounded half up to four decimals, once."""
        discounted = self.discount_ends_at is None or instant < self.discount_ends_at
        to_pay = max(Fraction(0), Fraction(self.amount) - (Fraction(self.discount) if discounted else 0))
        exact = to_pay * MONTHS_FACTOR[self.interval] / self.count * self.rate
        return Decimal(floor(exact * 10_000 + Fraction(1, 2))).scaleb(-4)


@dataclass(frozen=True)
class State:
    """Everything that is remembered about an opened subscription."""

    status: str
    auto_renew: bool
    price: Price | None
    period_end: datetime | None
    offer_id: str | None
    channel: str | None
    provider: str | None

    def mrr_at(self, instant: datetime) -> Decimal:
        """MRR of this state at an instant; 0 unless active or in grace with a price."""
        if self.status in EARNING and self.price is not None:
            return self.price.mrr_at(instant)
        return NO_MRR


# Before its first opening a subscription behaves like an ended one: only an opening event counts.
UNOPENED = State("ended", True, None, None, None, None, None)


@dataclass(frozen=True)
class Step:
    """One change: by an event that counts or, when ``event`` is None, by a lapse."""

    at: datetime
    before: State
    after: State
    event: Event | None


@dataclass(frozen=True)
class Subscription:
    """A subscription that was opened, with its steps in the order in which they apply."""

    subscription_id: str
    customer_id: str
    steps: list[Step]

    def state_at(self, instant: datetime) -> State | None:
        """The state at an instant, events at that instant included; None before the first opening."""
        states = [step.after for step in self.steps if step.at <= instant]
        return states[-1] if states else None

    def mrr_at(self, instant: datetime) -> Decimal:
        """MRR at an instant."""
        state = self.state_at(instant)
        return NO_MRR if state is None else state.mrr_at(instant)


RateOn = Callable[[str, date], Fraction]


def rate_lookup(rates: Iterable[FxRate], clock: Clock, reporting_currency: str) -> RateOn:
    """A function that gives the rate of a currency on a day, from what was known at T.

    Rows of one day and currency: the latest recorded wins (null is the oldest), then the larger rate.
    The function raises ``ValueError`` for a currency without any rate.
    """
    known = [rate for rate in rates if rate.recorded_at is None or rate.recorded_at <= clock.as_of]
    never = datetime.min.replace(tzinfo=UTC)
    known.sort(key=lambda rate: (rate.recorded_at or never, rate.rate))
    table: dict[str, dict[date, Fraction]] = {}
    for rate in known:
        table.setdefault(rate.currency, {})[rate.rate_date] = Fraction(rate.rate)

    def rate_on(currency: str, day: date) -> Fraction:
        if currency == reporting_currency:
            return Fraction(1)
        if currency not in table:
            raise ValueError(f"Currency {currency} has no exchange rate to {reporting_currency}; add one.")
        days = table[currency]
        until = [rate_day for rate_day in days if rate_day <= day]
        return days[max(until) if until else min(days)]

    return rate_on


def price_after(event: Event, state: State, clock: Clock, rate_on: RateOn) -> Price | None:
    """The price once ``event`` has applied to ``state``."""
    old = state.price
    if event.event_type not in PRICED:
        return old
    if event.amount is None or event.currency is None or event.billing_interval is None:
        raise ValueError(f"Event {event.event_id} sets a price and lacks amount, currency or interval.")
    terms = (event.amount, event.currency, event.billing_interval, event.billing_interval_count or 1)
    live = state.status != "ended"
    if event.event_type == "renewed" and live and old is not None and terms == old.terms:
        rate = old.rate
    else:
        rate = rate_on(event.currency, clock.day(event.occurred_at))
    return Price(*terms, event.discount_amount or Decimal(0), event.discount_ends_at, rate)


def state_after(event: Event, state: State, clock: Clock, rate_on: RateOn) -> State:
    """The row of the state table for ``event``, which counts."""
    status = STATUS_AFTER.get(event.event_type, state.status)
    if event.event_type == "grace_entered" and state.status == "trial":
        status = "trial"
    auto_renew = state.auto_renew
    if state.status == "ended" or event.event_type in AUTO_RENEW_ON:
        auto_renew = True
    if event.event_type == "cancel_scheduled":
        auto_renew = False
    return State(
        status,
        auto_renew,
        price_after(event, state, clock, rate_on),
        event.period_end or state.period_end,
        event.offer_id or state.offer_id,
        event.channel or state.channel,
        event.provider or state.provider,
    )


def lapse_before(moment: datetime, steps: list[Step]) -> list[Step]:
    """The end that nobody reported, if there was one between the last step and ``moment``: one step or none."""
    if not steps:
        return []
    last = steps[-1]
    state = last.after
    if state.status not in ACCESS or state.period_end is None:
        return []
    if moment - state.period_end <= LAPSE_AFTER[state.status]:
        return []
    return [Step(max(state.period_end, last.at), state, replace(state, status="ended"), None)]


def replay(
    events: Iterable[Event], rates: Iterable[FxRate], clock: Clock, reporting_currency: str
) -> tuple[list[Subscription], list[str]]:
    """All subscriptions that were opened by T, and the ids of the events that changed nothing."""
    rate_on = rate_lookup(rates, clock, reporting_currency)
    visible = [event for event in events if event.known_at <= clock.as_of and event.occurred_at <= clock.as_of]
    visible.sort(key=lambda event: (event.occurred_at, event.known_at, event.event_id))
    subscriptions: list[Subscription] = []
    anomalies: list[str] = []
    for subscription_id in sorted({event.subscription_id for event in visible}):
        stream = [event for event in visible if event.subscription_id == subscription_id]
        customer_id = stream[0].customer_id
        anomalies += [event.event_id for event in stream if event.customer_id != customer_id]
        steps: list[Step] = []
        for event in [event for event in stream if event.customer_id == customer_id]:
            steps += lapse_before(event.occurred_at, steps)
            state = steps[-1].after if steps else UNOPENED
            if state.status == "ended" and event.event_type not in OPENING:
                anomalies.append(event.event_id)
                continue
            steps.append(Step(event.occurred_at, state, state_after(event, state, clock, rate_on), event))
        steps += lapse_before(clock.as_of, steps)
        if steps:
            subscriptions.append(Subscription(subscription_id, customer_id, steps))
    return subscriptions, sorted(anomalies)
