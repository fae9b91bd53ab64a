"""Small adversarial histories of subscription events and exchange rates.

Belongs here: seeded random histories, ``realistic`` (what stores and gateways mostly send) and ``wild`` (any order of
anything the contract allows).
Does not belong here: what a history means (``reference``), its files (``feeds``), broken rows, or volume.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from .state import OPENING, PRICED, STATUS_AFTER, Event, FxRate

EVENT_TYPES = (*STATUS_AFTER, "plan_changed", "cancel_scheduled", "cancel_reverted")
END_REASONS = (
    "customer_cancelled",
    "price_increase_declined",
    "refunded",
    "payment_failed",
    "chargeback",
    "product_withdrawn",
    "publisher_terminated",
    "fraud",
    "switched",
)
# Half a ten-thousandth to round, one time or another: 99.9006 a year, 10.0005 in two weeks, 0.3006 a day, and any
# odd last digit at the rates 0.5 and 1.25.
AMOUNTS = ("9.99", "4.9950", "99.90", "99.9006", "10.0005", "0.3006", "4.9999", "0.0006", "0.0001", "12", "0")
RATES = ("0.5", "1.25", "0.912345678901", "1.1", "0.85321", "1.17", "0.000000000001", "149.27")
INTERVALS = (("day", 1), ("day", 30), ("week", 1), ("week", 2), ("month", None), ("month", 3), ("year", 1), ("year", 2))
INTERVAL_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
CURRENCIES = ("EUR", "USD", "GBP")
ORIGIN = datetime(2024, 11, 20, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LAPSE_GAPS = (timedelta(days=35), timedelta(days=60))
History = tuple[list[Event], list[FxRate], datetime]


def midnight(instant: datetime) -> datetime:
    """The UTC midnight that begins the day of ``instant``."""
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)


class _Author:
    """Writes the events of one history; every choice comes from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.seed = seed
        self.numbers = count(1)
        self.events: list[Event] = []

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def price(self, at: datetime) -> dict[str, Any]:
        """The columns of a price, with or without a discount."""
        interval, interval_count = self.random.choice(INTERVALS)
        amount = Decimal(self.random.choice(AMOUNTS))
        columns: dict[str, Any] = {
            "amount": amount,
            "currency": self.random.choice(CURRENCIES),
            "billing_interval": interval,
            "billing_interval_count": interval_count,
        }
        if self.chance(0.4):
            half = (amount / 2).quantize(Decimal("0.0001"))
            columns["discount_amount"] = self.random.choice((half, amount, amount + 5, Decimal("0.0005"), Decimal(0)))
            columns["discount_ends_at"] = self.random.choice(
                (
                    None,
                    midnight(at) + timedelta(days=self.random.randint(1, 45)),
                    midnight(at) + timedelta(days=self.random.randint(0, 45), hours=12),
                    midnight(at) + timedelta(days=1) - MICROSECOND,
                    at + timedelta(days=self.random.randint(1, 3)),
                    at,
                    at - timedelta(days=self.random.randint(1, 40)),
                )
            )
        elif self.chance(0.1):
            columns["discount_ends_at"] = at + timedelta(days=5)
        return columns

    def recorded_at(self, at: datetime) -> datetime | None:
        """Mostly unsaid; else at once, minutes or weeks late, or (a sender's clock) early."""
        if self.chance(0.7):
            return None
        late = (0, 60, 60, 3_600, 86_400, 20 * 86_400, -30)
        return at + timedelta(seconds=self.random.choice(late))

    def write(self, event_type: str, at: datetime, customer: str, subscription: str, **columns: Any) -> None:
        """One event; its id is random enough that order of ids is not order of writing."""
        number = next(self.numbers)
        optional: dict[str, Any] = {
            "recorded_at": self.recorded_at(at),
            "offer_id": self.random.choice((None, "basic", "plus", "family")),
            "channel": self.random.choice((None, None, "web", "app")),
            "provider": self.random.choice((None, None, "stripe", "apple", "google")),
            "country": self.random.choice((None, "DE", "US")),
        }
        self.events.append(
            Event(
                event_id=f"s{self.seed}-{self.random.randint(100, 999)}-{number}",
                event_type=event_type,
                occurred_at=at,
                customer_id=customer,
                subscription_id=subscription,
                **{**optional, **columns},
            )
        )

    # -- wild ------------------------------------------------------------------------------------------------

    def wild_period_end(self, at: datetime) -> datetime | None:
        past, far = (0, -1, -10, -34, -35, -36, -59, -60, -61), (60, 365)
        days = self.random.choice((*[None] * 12, *[1, 7, 14, 30, 30, 31] * 3, *past, *far))
        if days is None:
            return None
        return (midnight(at) if self.chance(0.3) else at) + timedelta(days=days)

    def wild_next(self, at: datetime, period_end: datetime | None) -> datetime:
        """The next event's time: the same instant, the same day, a midnight, or around exactly a lapse after."""
        if period_end is not None and self.chance(0.25):
            edge = (
                period_end
                + self.random.choice(LAPSE_GAPS)
                + self.random.choice((-MICROSECOND, timedelta(0), MICROSECOND))
            )
            if edge >= at:
                return edge
        if self.chance(0.15):
            return midnight(at) + timedelta(days=1) + self.random.choice((-MICROSECOND, timedelta(0)))
        hours = self.random.choice(
            (0, 0, 0.25, 1, 2, 5, 12, 24, 48, 24 * 7, 24 * 20, 24 * 34, 24 * 36, 24 * 50, 24 * 61)
        )
        return at + timedelta(hours=hours)

    def wild_subscription(self, customer: str, subscription: str, customers: list[str]) -> None:
        at = ORIGIN + timedelta(days=self.random.randint(0, 60), minutes=self.random.randrange(0, 1440, 15))
        last_price: dict[str, Any] = {}
        for position in range(self.random.randint(1, 14)):
            opening = self.chance(0.8) if position == 0 else self.chance(0.25)
            event_type = self.random.choice(OPENING if opening else EVENT_TYPES)
            columns: dict[str, Any] = {"period_end": self.wild_period_end(at)}
            if event_type in PRICED or self.chance(0.05):
                again = bool(last_price) and self.chance(0.5)
                last_price = last_price if again else self.price(at)
                columns |= last_price
            if self.chance(0.6 if event_type == "ended" else 0.05):
                columns["end_reason"] = self.random.choice(END_REASONS)
            owner = self.random.choice(customers) if self.chance(0.06) else customer
            self.write(event_type, at, owner, subscription, **columns)
            at = self.wild_next(at, columns["period_end"])

    # -- realistic -------------------------------------------------------------------------------------------

    def realistic_subscription(self, customer: str, subscription: str, _customers: list[str]) -> None:
        """A trial or a start, renewals with the troubles of a life, often an end, sometimes a return."""
        at = ORIGIN + timedelta(days=self.random.randint(0, 90), minutes=self.random.randrange(1440))

        def write(event_type: str, when: datetime, **columns: Any) -> None:
            self.write(event_type, when, customer, subscription, **columns)

        for _life in range(self.random.choice((1, 1, 2, 3))):
            at = self.realistic_life(at, write)
            at += timedelta(days=self.random.choice((0, 1, 12, 40)), hours=self.random.choice((0, 1, 9)))

    def realistic_life(self, at: datetime, write: Callable[..., None]) -> datetime:
        """From an opening to an end, a silence or the present; the time at which the next life may begin."""
        price = self.price(at)
        length = timedelta(days=INTERVAL_DAYS[price["billing_interval"]] * (price["billing_interval_count"] or 1))
        period = max(length, timedelta(days=7))
        if self.chance(0.35):
            trial_end = at + timedelta(days=self.random.choice((3, 7, 14)))
            write("trial_started", at, period_end=trial_end, **price)
            if self.chance(0.3):
                write("cancel_scheduled", at + timedelta(days=1))
                write("ended", trial_end)
                return trial_end
            at = trial_end
            write("trial_converted", at, period_end=at + period, **price)
        else:
            write("started", at, period_end=at + period, **price)
        for _renewal in range(self.random.randint(0, 6)):
            renewal = at + period
            trouble = self.random.choice(
                ("none", "none", "none", "grace", "hold", "pause", "plan", "cancel", "silence")
            )
            if trouble == "silence":
                return renewal + timedelta(days=self.random.choice((5, 34, 35, 36, 60, 61)))
            if trouble == "cancel":
                write("cancel_scheduled", at + period / 3)
                if self.chance(0.3):
                    write("cancel_reverted", at + period / 2)
                else:
                    write("ended", renewal, end_reason=self.random.choice((None, "customer_cancelled")))
                    return renewal
            elif trouble == "pause":
                write("paused", at + period / 3)
                back = at + period / 3 + timedelta(days=self.random.choice((0, 5, 40)), hours=2)
                if self.chance(0.2):
                    write("ended", back)
                    return back
                renewal = max(renewal, back)
                write("resumed", back, period_end=renewal)
            elif trouble == "plan":
                price = self.price(at + period / 2)
                write("plan_changed", at + period / 2, **price)
            elif trouble in ("grace", "hold"):
                fixed = renewal + timedelta(days=self.random.randint(0, 6), hours=3)
                write("grace_entered", renewal)
                if trouble == "hold":
                    write("hold_entered", fixed)
                    fixed += timedelta(days=self.random.choice((0, 3, 25)), hours=1)
                if self.chance(0.4):
                    write("ended", fixed, end_reason=self.random.choice((None, "payment_failed")))
                    return fixed
                at = fixed
                write("recovered", at, period_end=at + period)
                continue
            at = renewal
            write("renewed", at, period_end=at + period, **price)
        if self.chance(0.3):
            write("ended", at + period, end_reason=self.random.choice(END_REASONS))
        return at + period

    # -- rates and now ---------------------------------------------------------------------------------------

    def exchange_rates(self) -> list[FxRate]:
        """Sparse days, repeats and late knowledge; every currency has a rate that was always known."""
        rates: list[FxRate] = []
        for currency in CURRENCIES[1:]:
            days = sorted(self.random.sample(range(-5, 200), self.random.randint(1, 8)))
            for day in days:
                rate_date = (ORIGIN + timedelta(days=day)).date()
                for _repeat in range(self.random.choice((1, 1, 1, 2, 3))):
                    known = ORIGIN + timedelta(days=day + self.random.choice((0, 1, 90)), hours=6)
                    known_or_unsaid = self.random.choice((None, known, known))
                    rates.append(FxRate(rate_date, currency, Decimal(self.random.choice(RATES)), known_or_unsaid))
            rates.append(FxRate((ORIGIN + timedelta(days=days[0])).date(), currency, Decimal("0.7512")))
        if self.chance(0.3):
            # A rate of the reporting currency to itself is no news: 1 is 1.
            rates.append(FxRate(ORIGIN.date(), CURRENCIES[0], Decimal("1.5")))
        return rates

    def now(self) -> datetime:
        """T: within the history, on an event, at a midnight, or around a lapse after the end of a period."""
        times = sorted(event.occurred_at for event in self.events)
        ends = [event.period_end for event in self.events if event.period_end is not None]
        late = times[len(times) // 2 :]
        return self.random.choice(
            (
                self.random.choice(late),
                midnight(self.random.choice(late)),
                midnight(self.random.choice(late)) + timedelta(days=1) - MICROSECOND,
                max(times) + timedelta(days=self.random.randint(0, 70), hours=7),
                max(max(ends, default=times[-1]), times[0]) + self.random.choice(LAPSE_GAPS),
                max(self.random.choice(ends or times), times[0]) + self.random.choice(LAPSE_GAPS) + MICROSECOND,
            )
        )


def random_history(seed: int, *, customers: int = 6, mode: str = "wild") -> History:
    """Events in shuffled order, rates to EUR and T; the same for the same arguments.

    ``mode`` is ``realistic`` or ``wild``. Ids carry the seed, so that histories can be joined into one lake.
    """
    author = _Author(seed)
    write_subscription = {"wild": author.wild_subscription, "realistic": author.realistic_subscription}[mode]
    names = [f"s{seed}-c{number}" for number in range(1, customers + 1)]
    for customer in names:
        for number in range(1, author.random.choice((1, 1, 2, 3)) + 1):
            write_subscription(customer, f"{customer}-{number}", names)
    author.random.shuffle(author.events)
    rates = author.exchange_rates()
    return author.events, rates, min(author.now(), ORIGIN + timedelta(days=800))
