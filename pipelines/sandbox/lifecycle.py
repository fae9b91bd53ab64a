"""The simulated life: month after month, everything that customers do with their subscriptions.

Belongs here: the order of the steps within a month. Does not belong here: the steps themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.sandbox import campaign, contacts, intentions, openings, period_ends
from pipelines.sandbox.book import ENDED, Book
from pipelines.sandbox.habits import Levels, viewing_levels
from pipelines.sandbox.ledger import Ledger
from pipelines.sandbox.life import Life
from pipelines.sandbox.population import Population, make_population
from pipelines.sandbox.purchases import buy_one_off
from pipelines.sandbox.streams import Stage, stream
from pipelines.sandbox.truth import record_truth
from pipelines.sandbox.window import Integers, Window


@dataclass(frozen=True)
class History:
    """Everything that happened: what the feeds are written from.

    The frames hold integer codes, instants in seconds and money in hundredths; ``deleted_at`` is 0 for customers
    who kept their account.
    """

    window: Window
    people: Population
    levels: Levels
    subscriptions: int
    subscription_events: pl.DataFrame
    payments: pl.DataFrame
    access: pl.DataFrame
    openings: pl.DataFrame
    tickets: pl.DataFrame
    truth: pl.DataFrame
    deleted_at: Integers
    campaign: pl.DataFrame | None


def live(
    window: Window, subscribers: int, seed: int, progress: Callable[[str], None], *, has_campaign: bool = False
) -> History:
    """Simulate the customers' lives over the window, with a campaign that moves some of them or without."""
    people = make_population(stream(seed, Stage.POPULATION), window, subscribers)
    levels = viewing_levels(stream(seed, Stage.HABITS), window, people)
    rng = stream(seed, Stage.LIFE)
    life = Life(
        window=window,
        people=people,
        levels=levels,
        rng=rng,
        book=Book.with_capacity(2 * subscribers + 16),
        ledger=Ledger(),
        contact_at=np.zeros(people.size, dtype=np.int64),
        contact_weight=np.zeros(people.size),
        deleted_at=np.zeros(people.size, dtype=np.int64),
        campaign_shift=np.zeros(people.size),
    )
    second_at = openings.second_starts(rng, people, window)
    truths = []
    assigned: pl.DataFrame | None = None
    for month in range(window.months):
        life.month = month
        if has_campaign and campaign.begins_in(life):
            assigned = campaign.send(life, stream(seed, Stage.CAMPAIGN))
        contacts.delete_some(life)
        intentions.terminate_some(life, intentions.free_rows(life))
        chances = intentions.outlook(life)
        truths.append(pl.DataFrame(record_truth(life, chances)))
        contacts.contact_support(life)
        period_ends.upgrade(life, intentions.decide(life, chances))
        openings.win_back(life)
        openings.start_first(life)
        openings.start_second(life, second_at)
        period_ends.pass_month(life)
        period_ends.settle_rest(life)
        progress(f"simulated {window.label(month)}")
    _close_access(life)
    buy_one_off(life, stream(seed, Stage.PURCHASES))
    return History(
        window=window,
        people=people,
        levels=levels,
        subscriptions=life.book.size,
        subscription_events=life.ledger.subscription_events.frame(),
        payments=life.ledger.payments.frame(),
        access=life.ledger.access.frame(),
        openings=life.ledger.openings.frame(),
        tickets=life.ledger.tickets.frame(),
        truth=pl.concat(truths),
        deleted_at=life.deleted_at,
        campaign=assigned,
    )


def _close_access(life: Life) -> None:
    """Whoever has access at the end of the window has it up to there."""
    book = life.book
    rows = np.flatnonzero(book.status[: book.size] != ENDED)
    life.ledger.access.add({"customer": book.customer[rows], "start": book.access_from[rows], "end": life.window.end})
