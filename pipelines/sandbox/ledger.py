"""What happened, collected in batches: events of subscriptions, payments, access, tickets.

Belongs here: the append-only collectors and the codes they use. Does not belong here: why something happened
(``lifecycle`` and its steps) and how feeds are written (``feeds``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from pipelines.contract.feeds import FEEDS
from pipelines.contract.vocabulary import END_REASONS, PRODUCT_KINDS, SUBSCRIPTION_EVENT_TYPES
from pipelines.sandbox.book import Book
from pipelines.sandbox.window import Integers

NONE = -1
"""No value, in every coded column."""

EVENT = {name: code for code, name in enumerate(SUBSCRIPTION_EVENT_TYPES)}
REASON = {name: code for code, name in enumerate(END_REASONS)}
KIND = {name: code for code, name in enumerate(PRODUCT_KINDS)}
PAYMENT_TYPES = FEEDS["payment_events"].column("event_type").allowed
PAYMENT = {name: code for code, name in enumerate(PAYMENT_TYPES)}
FAILURE_CODES = ("insufficient_funds", "expired_card", "do_not_honor", "lost_or_stolen", "processing_error")

_PRICED = np.array(
    [name in FEEDS["subscription_events"].column("amount").required_for for name in SUBSCRIPTION_EVENT_TYPES]
)
_DATED = _PRICED | np.isin(SUBSCRIPTION_EVENT_TYPES, ["recovered", "resumed"])


@dataclass
class Collector:
    """Batches of rows with the same columns, joined once at the end."""

    names: tuple[str, ...]
    rows: int = 0
    _batches: list[dict[str, Integers]] = field(default_factory=list)

    def add(self, columns: Mapping[str, Integers | int]) -> Integers:
        """Append a batch (scalars are repeated) and return the positions of its rows."""
        count = max(np.size(values) for values in columns.values())
        if any(np.size(values) == 0 for values in columns.values()):
            return np.empty(0, dtype=np.int64)
        batch = {
            name: np.array(np.broadcast_to(np.asarray(columns.get(name, NONE), dtype=np.int64), count))
            for name in self.names
        }
        self._batches.append(batch)
        self.rows += count
        return np.arange(self.rows - count, self.rows, dtype=np.int64)

    def frame(self) -> pl.DataFrame:
        """All rows, integer columns, in the order in which they were added."""
        if not self._batches:
            return pl.DataFrame(schema=dict.fromkeys(self.names, pl.Int64))
        return pl.DataFrame({name: np.concatenate([batch[name] for batch in self._batches]) for name in self.names})


@dataclass
class Ledger:
    """The collectors of one run."""

    subscription_events: Collector = field(
        default_factory=lambda: Collector(
            (
                "type", "at", "subscription", "customer", "offer", "provider", "price", "discount",
                "discount_ends", "period_start", "period_end", "coupon", "reason",
            )
        )
    )  # fmt: skip
    payments: Collector = field(
        default_factory=lambda: Collector(
            (
                "type", "at", "customer", "subscription", "offer", "product", "kind", "gross", "tax", "fee",
                "provider", "method", "failure", "attempt", "original", "access_start", "access_end", "coupon",
            )
        )
    )  # fmt: skip
    access: Collector = field(default_factory=lambda: Collector(("customer", "start", "end")))
    openings: Collector = field(default_factory=lambda: Collector(("customer", "at", "offer", "provider", "first")))
    tickets: Collector = field(default_factory=lambda: Collector(("customer", "at", "topic")))

    def event(self, book: Book, rows: Integers, name: str, at: Integers | int, reason: Integers | int = NONE) -> None:
        """Record one event of each of these subscriptions, with the state that the book holds now."""
        if len(rows) == 0:
            return
        code = EVENT[name]
        priced, dated = bool(_PRICED[code]), bool(_DATED[code])
        # A trial's coupon takes effect with the conversion, but the sender names it from the beginning.
        shows_coupon = (book.discount[rows] > 0) | (name == "trial_started")
        self.subscription_events.add(
            {
                "type": code,
                "at": at,
                "subscription": rows,
                "customer": book.customer[rows],
                "offer": book.offer[rows],
                "provider": book.provider[rows],
                "price": book.price[rows] if priced else NONE,
                "discount": book.discount[rows] if priced else NONE,
                "discount_ends": book.discount_ends[rows] if priced else NONE,
                "period_start": book.period_start[rows] if dated else NONE,
                "period_end": book.period_end[rows] if dated else NONE,
                "coupon": np.where(shows_coupon, book.coupon[rows], NONE) if priced else NONE,
                "reason": reason,
            }
        )
