"""A campaign against leaving, a few months before the end, whose true effect differs by kind of customer.

Half of those who pay are sent it, by lot. Those who mind prices are helped; those who came for sport are reminded that
the season is over, and harmed; the others do not care. Which is which stands in the truth file, and no model reads it.

Belongs here: the draw and the effect. Does not belong here: the hazard that the effect moves (``hazard``), the feed.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.sandbox.book import ACTIVE
from pipelines.sandbox.life import Life

NAME = "sandbox-save"
MONTHS_BEFORE_END = 4
LASTS_MONTHS = 3
SENT_SHARE = 0.5
KINDS = ("none", "helped", "harmed")
SHIFTS = np.array([0.0, -1.2, 0.6])
"""What the campaign adds to the logarithm of the hazard of cancelling, by kind."""
_MINDS_PRICES = 0.5
_CAME_FOR_SPORT = 0.5


def begins_in(life: Life) -> bool:
    """Whether the campaign goes out as the month being lived opens."""
    return life.month == life.window.months - MONTHS_BEFORE_END


def send(life: Life, rng: np.random.Generator) -> pl.DataFrame:
    """Draw the arms of everybody who pays and let the message work; customer, kind and whether it was sent."""
    book, people = life.book, life.people
    paying = (book.status[: book.size] == ACTIVE) & (book.first_paid_at[: book.size] > 0)
    customer = np.unique(book.customer[: book.size][paying])
    helped = people.price_sensitivity[customer] > _MINDS_PRICES
    harmed = ~helped & (people.sport[customer] > _CAME_FOR_SPORT)
    kind = np.where(helped, 1, np.where(harmed, 2, 0))
    is_sent = rng.random(len(customer)) < SENT_SHARE
    life.campaign_shift[customer] = np.where(is_sent, SHIFTS[kind], 0.0)
    life.campaign_until = int(life.window.edges[min(life.month + LASTS_MONTHS, life.window.months)])
    at = np.full(len(customer), life.opens, dtype=np.int64)
    return pl.DataFrame({"customer": customer, "kind": kind, "is_sent": is_sent, "at": at})
