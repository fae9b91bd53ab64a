"""The book of subscriptions: their present state as columns that grow by batches.

Belongs here: the columns, their meaning, and appending. Does not belong here: what changes them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from pipelines.sandbox.window import Flags, Integers

TRIAL, ACTIVE, PAUSED, ENDED = range(4)
"""States that the simulation acts on. Grace and hold are resolved when a payment fails: see ``free_at``."""

NO_PLAN, PLAN_PAUSE, PLAN_DOWNGRADE, PLAN_YEARLY = range(4)
"""What happens at the next period end instead of a plain renewal."""

_FLAG_COLUMNS = frozenset({"stopped", "silent"})


@dataclass
class Book:
    """One row a subscription. Instants are seconds, 0 for none; money is hundredths, tax excluded.

    customer, offer, provider, method, coupon: positions in the population and the tables.
    anchor, period: the periods are counted from the anchor; ``period`` is the number of the current one.
    period_start, period_end: the current period (of a paused one: the pause).
    price, discount, discount_ends: what one interval costs, what the coupon takes off it, and until when.
    status: one of the states above. free_at: from when the row may be acted on again (dunning resolved).
    cancel_at: when the customer will turn auto-renewal off; ``off_since``: when it was turned off.
    ``stopped``: off for good. revert_at: when it is taken back. cancel_reason: of an end at the period end.
    plan: what happens at the period end. abrupt_at, abrupt_reason: an end from outside, not at a period end.
    first_paid_at, access_from, ended_at: life dates; failed_at: the newest failed charge.
    dunning_at, grace_until, recovers_at: the newest dunning and its hidden outcome (0: no recovery).
    silent: the sender will not tell of the end. price_rise_at: the newest renewal at a higher price.
    """

    customer: Integers
    offer: Integers
    provider: Integers
    method: Integers
    coupon: Integers
    anchor: Integers
    period: Integers
    period_start: Integers
    period_end: Integers
    price: Integers
    discount: Integers
    discount_ends: Integers
    status: Integers
    free_at: Integers
    cancel_at: Integers
    off_since: Integers
    stopped: Flags
    revert_at: Integers
    cancel_reason: Integers
    plan: Integers
    abrupt_at: Integers
    abrupt_reason: Integers
    first_paid_at: Integers
    access_from: Integers
    ended_at: Integers
    failed_at: Integers
    dunning_at: Integers
    grace_until: Integers
    recovers_at: Integers
    silent: Flags
    price_rise_at: Integers
    size: int = 0

    @classmethod
    def with_capacity(cls, capacity: int) -> Book:
        """An empty book with room for so many rows; it grows when they are used up."""
        columns: dict[str, Any] = {
            field.name: np.zeros(capacity, dtype=bool if field.name in _FLAG_COLUMNS else np.int64)
            for field in fields(cls)
            if field.name != "size"
        }
        return cls(**columns)

    def append(self, count: int) -> Integers:
        """Add rows of zeros and return their positions."""
        needed = self.size + count
        capacity = len(self.customer)
        if needed > capacity:
            room = max(needed, 2 * capacity) - capacity
            for field in fields(self):
                if field.name != "size":
                    column = getattr(self, field.name)
                    setattr(self, field.name, np.concatenate([column, np.zeros(room, dtype=column.dtype)]))
        rows = np.arange(self.size, needed, dtype=np.int64)
        self.size = needed
        return rows

    def next_at(self) -> Integers:
        """When each row has to be acted on next; meaningless for ended rows."""
        period_end = self.period_end[: self.size]
        abrupt = self.abrupt_at[: self.size]
        return np.where(abrupt > 0, np.minimum(abrupt, period_end), period_end)
