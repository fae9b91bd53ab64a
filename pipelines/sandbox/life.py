"""The context that every step of the simulated life shares, and ends of subscriptions.

Belongs here: what the steps read and write together, and the one way in which a subscription ends.
Does not belong here: the steps (``openings``, ``intentions``, ``period_ends``, ``dunning``, ``billing``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.sandbox import markets
from pipelines.sandbox.book import ENDED, Book
from pipelines.sandbox.habits import Levels
from pipelines.sandbox.ledger import NONE, REASON, Ledger
from pipelines.sandbox.population import Population
from pipelines.sandbox.window import Floats, Integers, Window

_UNSAID_REASONS = (
    REASON["customer_cancelled"],
    REASON["payment_failed"],
    REASON["price_increase_declined"],
)


@dataclass
class Life:
    """The running simulation. ``month`` is the position of the month being lived.

    ``contact_at`` and ``contact_weight``: each customer's newest support contact and how much it moves the
    hazard; ``deleted_at``: when the customer had the account deleted; all 0 for never. ``campaign_shift``: how much a
    campaign moves the hazard until ``campaign_until``.
    """

    window: Window
    people: Population
    levels: Levels
    rng: np.random.Generator
    book: Book
    ledger: Ledger
    contact_at: Integers
    contact_weight: Floats
    deleted_at: Integers
    campaign_shift: Floats
    month: int = 0
    campaign_until: int = 0

    @property
    def opens(self) -> int:
        """The first instant of the month being lived."""
        return int(self.window.edges[self.month])

    @property
    def closes(self) -> int:
        """The first instant after the month being lived."""
        return int(self.window.edges[self.month + 1])


def end(
    life: Life,
    rows: Integers,
    at: Integers,
    reason: Integers | int,
    *,
    access_until: Integers | None = None,
) -> None:
    """End subscriptions at ``at``; access stops then too unless it stopped at ``access_until`` before."""
    if len(rows) == 0:
        return
    book = life.book
    provider = book.provider[rows]
    reasons = np.broadcast_to(np.asarray(reason, dtype=np.int64), len(rows))
    silent = life.rng.random(len(rows)) < markets.SILENT_SHARE[provider]
    # What an operator does himself is always on record.
    silent &= np.isin(reasons, _UNSAID_REASONS)
    unsaid = ~markets.SAYS_REASON[provider] & np.isin(reasons, _UNSAID_REASONS)
    said = np.where(unsaid, NONE, reasons)
    life.ledger.event(book, rows[~silent], "ended", at[~silent], said[~silent])
    life.ledger.access.add(
        {
            "customer": book.customer[rows],
            "start": book.access_from[rows],
            "end": at if access_until is None else access_until,
        }
    )
    book.status[rows] = ENDED
    book.ended_at[rows] = at
    book.silent[rows] = silent
    book.abrupt_at[rows] = 0
    book.cancel_at[rows] = 0
