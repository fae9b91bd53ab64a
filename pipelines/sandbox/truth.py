"""The hidden truth: the chance, known only to the simulator, that a subscription stops paying within the month.

Belongs here: adding up the hazards that the simulation acts on. No model may read what is written from here.
Does not belong here: the formulas of the single hazards (``hazard``).
"""

from __future__ import annotations

import numpy as np

from pipelines.sandbox import catalogue, markets
from pipelines.sandbox.book import ACTIVE
from pipelines.sandbox.dunning import RETRIES, RETRY_SECONDS, retry_shares
from pipelines.sandbox.hazard import MEAN_GRACE_RECOVERY, failure_probability
from pipelines.sandbox.intentions import REVERT_SECONDS, REVERT_SHARE, Outlook
from pipelines.sandbox.life import Life
from pipelines.sandbox.window import DAY, Floats, Integers


def record_truth(life: Life, chances: Outlook) -> dict[str, Integers | Floats]:
    """One row for each subscription that has recurring revenue at the open of the month.

    Columns: customer, subscription, month, and the chances of losing that revenue within the month ``voluntary``,
    ``involuntary`` and ``other`` (pauses and ends from outside).
    """
    book = life.book
    size, opens, closes = book.size, life.opens, life.closes
    in_grace = (
        (book.dunning_at[:size] > 0)
        & (book.dunning_at[:size] < opens)
        & (opens < book.grace_until[:size])
        & ((book.recovers_at[:size] == 0) | (book.recovers_at[:size] > opens))
        & (book.first_paid_at[:size] > 0)
    )
    settled = (book.status[:size] == ACTIVE) & (book.free_at[:size] <= opens) & ~in_grace
    rows = np.flatnonzero(settled)
    ends = book.period_end[rows]
    renews = ends < closes

    leaving = np.zeros(size)
    leaving[chances.rows] = chances.cancels * chances.cancels_in_time * (1 - REVERT_SHARE)
    off = book.stopped[rows] | (book.revert_at[rows] > opens)
    leaves_when_off = np.where(renews, 1 - _still_reverts(life, rows), 0.0)
    voluntary = np.where(off, leaves_when_off, leaving[rows])

    pausing = np.zeros(size)
    pausing[chances.rows] = chances.pauses
    struck = (book.abrupt_at[rows] > 0) & (book.abrupt_at[rows] < closes)
    other = np.where(struck, 1.0, pausing[rows])

    loses_in_month = renews & (ends + markets.GRACE_SECONDS[book.provider[rows]] < closes)
    grace = markets.GRACE_SECONDS[book.provider[rows]] > 0
    unpaid = np.where(grace, 1 - MEAN_GRACE_RECOVERY, 1.0)
    weekly = catalogue.OFFER_INTERVAL[book.offer[rows]] == catalogue.WEEKLY
    charges = np.where(weekly, np.maximum((closes - ends) // (7 * DAY) + 1, 1), 1)
    fails = 1 - (1 - failure_probability(life, rows, ends) * unpaid) ** charges
    involuntary = np.where(loses_in_month, fails, 0.0) * (1 - voluntary) * (1 - other)
    voluntary = voluntary * np.where(struck, 0.0, 1.0)

    late = np.flatnonzero(in_grace)
    late_loss = np.where(book.grace_until[late] < closes, 1 - _still_recovers(life, late), 0.0)
    rows = np.concatenate([rows, late])
    nothing = np.zeros(len(late))
    return {
        "customer": book.customer[rows],
        "subscription": rows,
        "month": np.full(len(rows), life.month, dtype=np.int64),
        "voluntary": np.concatenate([voluntary, nothing]),
        "involuntary": np.concatenate([involuntary, late_loss]),
        "other": np.concatenate([other, nothing]),
    }


def _still_reverts(life: Life, rows: Integers) -> Floats:
    """Chance that a cancellation is taken back after the open of the month, given that it has not been yet."""
    book = life.book
    span = np.maximum(np.minimum(book.period_end[rows] - book.off_since[rows], REVERT_SECONDS), 1)
    passed = np.clip((life.opens - book.off_since[rows]) / span, 0, 1)
    return np.asarray(REVERT_SHARE * (1 - passed) / (1 - REVERT_SHARE * passed))


def _still_recovers(life: Life, rows: Integers) -> Floats:
    """Chance that a retry succeeds after the open of the month, given that none has yet."""
    book = life.book
    provider = book.provider[rows]
    passed = np.zeros(len(rows))
    for retry in range(RETRIES):
        tried = book.dunning_at[rows] + RETRY_SECONDS[provider, retry] < life.opens
        passed += retry_shares()[provider, retry] * tried
    return np.asarray(MEAN_GRACE_RECOVERY * (1 - passed) / (1 - MEAN_GRACE_RECOVERY * passed))
