"""What subscribers make up their minds to do in a month: cancel, take it back, pause, switch.

Belongs here: drawing decisions at the open of a month and recording those that need no period end.
Does not belong here: how likely they are (``hazard``), period ends (``period_ends``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.sandbox import catalogue, markets
from pipelines.sandbox.book import ACTIVE, NO_PLAN, PLAN_DOWNGRADE, PLAN_PAUSE, PLAN_YEARLY
from pipelines.sandbox.hazard import cancellation_rate, price_rise_ahead
from pipelines.sandbox.ledger import REASON
from pipelines.sandbox.life import Life
from pipelines.sandbox.window import DAY, Floats, Integers

BEFORE_RENEWAL_SHARE = 0.85
"""Of those who cancel in the month of a period end, the share who do so before it."""

REMINDER_SECONDS = 5.0 * DAY
"""Mean time before the period end at which they do: most act on the reminder."""

REVERT_SHARE = 0.10
REVERT_SECONDS = 3 * DAY
"""Share of cancellations taken back, and within what time."""

PAUSE_RATE = 0.005
UPGRADE_RATE = 0.008
DOWNGRADE_RATE = 0.006
YEARLY_RATE = 0.005
"""Monthly chances of the other decisions, where the offer and the provider allow them."""

PUBLISHER_RATE = 0.0008
"""Monthly chance that the publisher ends a subscription."""

WEEK_SECONDS = 7 * DAY


@dataclass(frozen=True)
class Outlook:
    """What the month holds for ``rows``, the subscribers who are free to decide at its open.

    ``cancels``: chance of turning auto-renewal off; ``cancels_in_time``: of those, the share for whom access ends
    within the month; ``pauses``: chance of pausing at a period end in the month.
    """

    rows: Integers
    cancels: Floats
    cancels_in_time: Floats
    pauses: Floats


def bites_at(life: Life, rows: Integers, cancel_at: Integers) -> Integers:
    """The period end at which a cancellation at ``cancel_at`` takes effect."""
    book = life.book
    ends = book.period_end[rows]
    weekly = catalogue.OFFER_INTERVAL[book.offer[rows]] == catalogue.WEEKLY
    next_end = catalogue.period_end(book.anchor[rows], book.period[rows] + 1, book.offer[rows])
    weeks = np.maximum(np.ceil((cancel_at - ends) / WEEK_SECONDS), 0).astype(np.int64)
    return np.where(cancel_at < ends, ends, np.where(weekly, ends + np.maximum(weeks, 1) * WEEK_SECONDS, next_end))


def schedule_cancellations(life: Life, rows: Integers, cancel_at: Integers, reason: Integers | int) -> None:
    """Note that these subscribers will turn auto-renewal off, and which of them will take it back."""
    if len(rows) == 0:
        return
    book, rng = life.book, life.rng
    span = np.minimum(bites_at(life, rows, cancel_at) - cancel_at, REVERT_SECONDS)
    reverts = (rng.random(len(rows)) < REVERT_SHARE) & (span > 600)
    revert_at = cancel_at + 60 + np.floor(rng.random(len(rows)) * np.maximum(span - 120, 1)).astype(np.int64)
    book.cancel_at[rows] = cancel_at
    book.revert_at[rows] = np.where(reverts, revert_at, 0)
    book.cancel_reason[rows] = reason


def settle_cancellations(life: Life, rows: Integers, before: Integers | int) -> None:
    """Record the scheduled cancellations that come before ``before``, and those taken back."""
    book = life.book
    comes = (book.cancel_at[rows] > 0) & (book.cancel_at[rows] < before) & (book.status[rows] == ACTIVE)
    rows = rows[comes]
    if len(rows) == 0:
        return
    at = book.cancel_at[rows]
    struck = (book.abrupt_at[rows] > 0) & (book.abrupt_at[rows] <= book.revert_at[rows])
    book.revert_at[rows[struck]] = 0
    reverts = book.revert_at[rows] > 0
    heard = life.rng.random(len(rows)) >= markets.UNHEARD_SHARE[book.provider[rows]]
    life.ledger.event(book, rows[heard], "cancel_scheduled", at[heard])
    back = heard & reverts
    life.ledger.event(book, rows[back], "cancel_reverted", book.revert_at[rows[back]])
    book.off_since[rows] = at
    book.stopped[rows] = ~reverts
    book.cancel_at[rows] = 0


def free_rows(life: Life) -> Integers:
    """Subscribers who pay, are not in dunning and have made no decision yet, at the open of the month."""
    book = life.book
    size = book.size
    free = (
        (book.status[:size] == ACTIVE)
        & (book.free_at[:size] <= life.opens)
        & ~book.stopped[:size]
        & (book.cancel_at[:size] == 0)
        & (book.revert_at[:size] <= life.opens)
    )
    return np.flatnonzero(free)


def outlook(life: Life) -> Outlook:
    """The chances of the month for those who are free to decide."""
    book, rows = life.book, free_rows(life)
    ends = book.period_end[rows]
    renews = ends < life.closes
    weekly = catalogue.OFFER_INTERVAL[book.offer[rows]] == catalogue.WEEKLY
    last_end = ends + np.maximum((life.closes - 1 - ends) // WEEK_SECONDS, 0) * WEEK_SECONDS
    weekly_share = (last_end - life.opens) / (life.closes - life.opens)
    pauses = PAUSE_RATE * (
        renews & markets.PAUSES[book.provider[rows]] & (catalogue.OFFER_INTERVAL[book.offer[rows]] == 0)
    )
    return Outlook(
        rows=rows,
        cancels=cancellation_rate(life, rows),
        cancels_in_time=np.where(weekly, weekly_share, np.where(renews, BEFORE_RENEWAL_SHARE, 0.0)),
        pauses=pauses,
    )


def decide(life: Life, chances: Outlook) -> Integers:
    """Draw one decision at most for each free subscriber; returns the rows that upgrade, for the caller to carry out.

    The draw is one uniform number against the stacked chances, so that they exclude each other.
    """
    book, rng, rows = life.book, life.rng, chances.rows
    offer = book.offer[rows]
    renews = book.period_end[rows] < life.closes
    rates = (
        chances.cancels,
        chances.pauses,
        DOWNGRADE_RATE * (renews & (catalogue.DOWNGRADE[offer] >= 0)),
        YEARLY_RATE * (renews & (catalogue.TO_YEARLY[offer] >= 0)),
        UPGRADE_RATE * ((catalogue.UPGRADE[offer] >= 0) & (book.abrupt_at[rows] == 0)),
    )
    choice = (rng.random(len(rows)) > np.cumsum(np.stack(rates), axis=0)).sum(axis=0)
    cancels = choice == 0
    _cancel(life, rows[cancels])
    book.plan[rows] = np.select(
        [choice == 1, choice == 2, choice == 3], [PLAN_PAUSE, PLAN_DOWNGRADE, PLAN_YEARLY], NO_PLAN
    )
    return np.asarray(rows[choice == 4], dtype=np.int64)


def _cancel(life: Life, rows: Integers) -> None:
    if len(rows) == 0:
        return
    book, rng = life.book, life.rng
    ends = book.period_end[rows]
    opens, closes = life.opens, life.closes
    renews = (ends < closes) & (catalogue.OFFER_INTERVAL[book.offer[rows]] != catalogue.WEEKLY)
    room = np.maximum(ends - opens, 1) / REMINDER_SECONDS
    lag = -REMINDER_SECONDS * np.log1p(-rng.random(len(rows)) * -np.expm1(-room))
    before = np.clip(ends - 1 - np.floor(lag).astype(np.int64), opens, ends - 1)
    spread = rng.random(len(rows))
    after = ends + 1 + np.floor(spread * np.maximum(closes - ends - 1, 0)).astype(np.int64)
    anywhere = opens + np.floor(spread * (closes - opens)).astype(np.int64)
    in_time = rng.random(len(rows)) < BEFORE_RENEWAL_SHARE
    cancel_at = np.where(renews, np.where(in_time, before, after), anywhere)
    declines = price_rise_ahead(life, rows) & (rng.random(len(rows)) < 0.55)
    reason = np.where(declines, REASON["price_increase_declined"], REASON["customer_cancelled"])
    schedule_cancellations(life, rows, cancel_at, reason)


def terminate_some(life: Life, rows: Integers) -> None:
    """Schedule ends from outside: by the publisher, and the withdrawal of the weekly offer from televisions."""
    book, rng = life.book, life.rng
    ended = (rng.random(len(rows)) < PUBLISHER_RATE) & (book.abrupt_at[rows] == 0)
    chosen = rows[ended]
    book.abrupt_at[chosen] = life.opens + rng.integers(1, life.closes - life.opens, len(chosen))
    book.abrupt_reason[chosen] = REASON["publisher_terminated"]
    withdrawn = catalogue.WEEK_WITHDRAWN_FROM_TELEVISION
    if life.closes > withdrawn:
        gone = (book.offer[rows] == catalogue.WEEK) & np.isin(book.provider[rows], markets.TELEVISION)
        book.abrupt_at[rows[gone]] = max(withdrawn, life.opens + 1)
        book.abrupt_reason[rows[gone]] = REASON["product_withdrawn"]
