"""A business whose lake grows in slices: rows come late, early, twice or against the order of their happening.

Belongs here: what happened and how it is delivered. Does not belong here: builds of it and what they must equal.
"""

from __future__ import annotations

import csv
import json
import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.reference import random_history, write_feeds
from tests.reference.histories import CURRENCIES, RATES
from tests.reference.state import Event, FxRate


class GrowingBusiness:
    """Histories with payments and everything told beside them, and how they come in over time."""

    def __init__(self, seed: int, *, histories: int, slices: int, mode: str) -> None:
        self.random = random.Random(seed)
        told = [random_history(seed * 1000 + number, mode=mode) for number in range(histories)]
        self.events = [event for history in told for event in history[0]]
        customers = sorted({event.customer_id for event in self.events})
        times = sorted(event.occurred_at for event in self.events)
        self.rates = self._late(told[0][1], times)
        subscriptions = sorted({event.subscription_id for event in self.events})
        self.payments = [self._payment(number, customers, subscriptions, times) for number in range(6 * histories)]
        self.links = [self._link(number, customers, times) for number in range(12)]
        self.profiles = [self._profile(number, customers, times) for number in range(3 * histories)]
        self.steps = [self._step(number, customers, times) for number in range(3 * histories)]
        self.viewing = [self._viewing(customers, times) for _ in range(6 * histories)]
        self.tickets = [self._ticket(number, customers, times) for number in range(histories)]
        self.seasons = [self._season(number, times) for number in range(12)]
        self.payouts = [self._payout(number, times) for number in range(histories)]
        offer_ids = sorted({event.offer_id or "none" for event in self.events})
        self.offers = [self._offer(offer_id) for offer_id in offer_ids]
        # Most of the history is there before the first slice ends; the instants between are days to weeks apart.
        cuts = sorted(self.random.sample(range(len(times) // 2, len(times)), slices))
        self.instants = [times[cut] + timedelta(seconds=self.random.choice((0, 1))) for cut in cuts]
        # Long after the last event the clock alone moves things: lapses and ends of discounts.
        self.instants[-1] += timedelta(days=self.random.choice((20, 45, 65)))

    def _late(self, rates: list[FxRate], times: list[datetime]) -> list[FxRate]:
        """Rates of which some become known only later, some of them in another version."""
        moved = [
            replace(rate, recorded_at=self.random.choice(times)) if self.random.random() < 0.3 else rate
            for rate in rates
        ]
        again = [
            replace(rate, rate=Decimal(self.random.choice(RATES)), recorded_at=self.random.choice(times))
            for rate in rates
            if self.random.random() < 0.3
        ]
        always = [FxRate(date(2020, 1, 1), currency, Decimal("1.3")) for currency in CURRENCIES]
        return [*moved, *again, *always]

    def _payment(
        self, number: int, customers: list[str], subscriptions: list[str], times: list[datetime]
    ) -> dict[str, Any]:
        at = self.random.choice(times)
        kind = self.random.choice(("subscription", "pass", "ppv"))
        return {
            "event_id": f"p{number}",
            "event_type": self.random.choice(("succeeded", "succeeded", "failed", "refunded", "chargeback")),
            "occurred_at": at.isoformat(),
            "recorded_at": (at + timedelta(days=self.random.choice((0, 0, 0, 3, 30)))).isoformat(),
            "customer_id": self.random.choice((*self.random.sample(customers, 3), f"token:buyer{number % 7}")),
            "transaction_id": f"t{self.random.choice((number, number, number // 2))}",
            "subscription_id": self.random.choice((None, *self.random.sample(subscriptions, 2))),
            "original_transaction_id": self.random.choice((None, f"t{self.random.randint(0, number)}")),
            "amount": self.random.choice(("9.99", "4.9950", "12")),
            "currency": self.random.choice(CURRENCIES),
            "product_kind": kind,
            "access_start": at.isoformat() if kind != "subscription" else None,
            "country": self.random.choice((None, "DE", "FR")),
        }

    def _link(self, number: int, customers: list[str], times: list[datetime]) -> dict[str, Any]:
        """Who a buyer, unknown until then, turns out to be."""
        return {
            "alias_kind": "token",
            "alias_value": f"buyer{number % 7}",
            "customer_id": self.random.choice([*customers, f"token:buyer{(number + 1) % 7}"]),
            "recorded_at": self.random.choice(times[len(times) // 2 :]).isoformat(),
        }

    def _profile(self, number: int, customers: list[str], times: list[datetime]) -> dict[str, Any]:
        at = self.random.choice(times)
        return {
            "event_id": f"c{number}",
            "event_type": self.random.choice(("registered", "updated", "deleted")),
            "occurred_at": at.isoformat(),
            "recorded_at": (at + timedelta(days=self.random.choice((0, 0, 10)))).isoformat(),
            "customer_id": self.random.choice([*customers, f"visitor{number % 5}"]),
            "email": f"m{number}@example.org",
            "country": self.random.choice((None, "NL", "US")),
        }

    def _step(self, number: int, customers: list[str], times: list[datetime]) -> dict[str, Any]:
        at = self.random.choice(times)
        steps = ("visited", "paywall_viewed", "registered", "checkout_started", "checkout_completed")
        return {
            "event_id": f"j{number}",
            "event_type": self.random.choice((*steps, "checkout_abandoned")),
            "occurred_at": at.isoformat(),
            "recorded_at": (at + timedelta(days=self.random.choice((0, 0, 5)))).isoformat(),
            "visitor_id": f"visitor{number % 40}",
            "customer_id": self.random.choice((None, *self.random.sample(customers, 2))),
        }

    def _viewing(self, customers: list[str], times: list[datetime]) -> dict[str, Any]:
        at = self.random.choice(times)
        return {
            "customer_id": self.random.choice((*self.random.sample(customers, 3), f"token:buyer{at.day % 7}")),
            "activity_date": at.date().isoformat(),
            "minutes_watched": self.random.randint(0, 300),
            "top_title_id": self.random.choice((None, "title-1", "title-2")),
            "recorded_at": (at + timedelta(days=self.random.choice((1, 1, 9)))).isoformat(),
        }

    def _ticket(self, number: int, customers: list[str], times: list[datetime]) -> dict[str, Any]:
        at = self.random.choice(times)
        return {
            "ticket_id": f"k{number}",
            "customer_id": self.random.choice((*self.random.sample(customers, 3), f"token:buyer{number % 7}")),
            "opened_at": at.isoformat(),
            "closed_at": self.random.choice((None, (at + timedelta(hours=5)).isoformat())),
            "topic": self.random.choice(("billing", "playback", None)),
            "csat": self.random.choice((None, 1, 5)),
            "recorded_at": (at + timedelta(days=self.random.choice((0, 0, 4)))).isoformat(),
        }

    def _season(self, number: int, times: list[datetime]) -> dict[str, Any]:
        """When a season of one of two titles ends; most are told more than once."""
        at = self.random.choice(times)
        return {
            "title_id": f"title-{number % 2 + 1}",
            "season": number // 4,
            "starts_on": (at - timedelta(days=self.random.randint(0, 60))).date().isoformat(),
            "ends_on": (at + timedelta(days=self.random.randint(0, 60))).date().isoformat(),
            "recorded_at": (at + timedelta(days=self.random.choice((-30, 0, 5)))).isoformat(),
        }

    def _payout(self, number: int, times: list[datetime]) -> dict[str, Any]:
        """What lists some transactions, many of them also elsewhere; every fourth is a correction of the one before."""
        at = self.random.choice(times)
        listed = self.random.choices(range(len(self.payments)), k=self.random.randint(0, 6))
        return {
            "payout_id": f"o{number - (number % 4 == 3)}",
            "provider": self.random.choice(("stripe", "stripe", "apple")),
            "paid_at": at.isoformat(),
            "recorded_at": (at + timedelta(days=self.random.choice((0, 0, 20)))).isoformat(),
            "currency": self.random.choice(CURRENCIES),
            "amount": "20",
            "transaction_ids": json.dumps([f"t{transaction}" for transaction in listed]) if listed else None,
        }

    def _offer(self, offer_id: str) -> dict[str, Any]:
        return {
            "offer_id": offer_id,
            "title": offer_id,
            "offer_kind": "subscription",
            "amount": self.random.choice(("9.99", "99.90", None)),
            "currency": "EUR",
            "billing_interval": "month",
        }

    def deliver(self, folder: Path) -> list[tuple[datetime, Path]]:
        """Write the slices, each a folder of feeds, with the instant that is now when it is there."""
        slices: list[tuple[list[Event], list[FxRate], dict[str, list[dict[str, Any]]]]]
        slices = [([], [], {}) for _ in self.instants]
        for event in self.events:
            for number in self._slices_of(event.recorded_at or event.occurred_at):
                slices[number][0].append(event)
        for rate in self.rates:
            for number in self._slices_of(rate.recorded_at):
                slices[number][1].append(rate)
        others = {
            "payment_events": self.payments,
            "customer_events": self.profiles,
            "identity_links": self.links,
            "journey_events": self.steps,
            "engagement_daily": self.viewing,
            "support_tickets": self.tickets,
            "content_calendar": self.seasons,
            "payouts": self.payouts,
        }
        for feed, rows in others.items():
            for row in rows:
                for number in self._slices_of(datetime.fromisoformat(row["recorded_at"])):
                    slices[number][2].setdefault(feed, []).append(row)
        for number, (events, rates, told) in enumerate(slices):
            target = folder / str(number)
            write_feeds(events, rates, target, seed=number)
            for feed, rows in told.items():
                write_csv(target / feed / "rows.csv", rows)
            # A catalogue grows as offers are thought of, and never says when.
            known = len(self.offers) * (number + 1) // len(slices)
            write_csv(target / "offers" / "rows.csv", self.offers[: max(known, 1)])
        return [(instant, folder / str(number)) for number, instant in enumerate(self.instants)]

    def _slices_of(self, recorded_at: datetime | None) -> list[int]:
        """With the first slice that ends after it was recorded; or late, or early, or also once more."""
        last = len(self.instants) - 1
        due = next((n for n, instant in enumerate(self.instants) if (recorded_at or instant) <= instant), last)
        chosen = [self.random.choice((due, due, due, due, min(due + 1, last), max(due - 1, 0)))]
        if self.random.random() < 0.1:
            chosen.append(self.random.randint(chosen[0], last))
        return chosen


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
