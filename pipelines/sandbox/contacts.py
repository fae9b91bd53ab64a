"""Contacts outside the subscription: support requests and deleted accounts.

Belongs here: who contacts support about what, and who has the account deleted.
Does not belong here: the wording of tickets (``feeds.support_tickets``).
"""

from __future__ import annotations

import numpy as np

from pipelines.sandbox.book import ACTIVE, ENDED, TRIAL
from pipelines.sandbox.life import Life
from pipelines.sandbox.population import instants_in_days
from pipelines.sandbox.window import DAY, HOUR

TOPICS = ("billing", "streaming_quality", "content", "account_access", "devices", "how_to_cancel")
_TOPIC_SHARES = np.array([0.26, 0.24, 0.14, 0.17, 0.12, 0.07])
TOPIC_WEIGHTS = np.array([0.8, 0.9, 0.5, 0.2, 0.1, 1.8])
"""What a contact about each topic adds to the logarithm of the hazard of leaving."""

CONTACT_RATE = 0.028
FAILED_PAYMENT_CONTACTS = 3.0
"""Monthly rate of support contacts, and the factor for those whose charge has failed lately."""

DELETION_RATE = 0.0025
"""Monthly chance that a former subscriber has the account deleted; a tenth of it for who never subscribed."""


def contact_support(life: Life) -> None:
    """Draw the month's support contacts; the next month's decisions feel them."""
    book, rng = life.book, life.rng
    live = np.flatnonzero(np.isin(book.status[: book.size], [TRIAL, ACTIVE]))
    failed = (book.failed_at[live] > 0) & (life.opens - book.failed_at[live] < 40 * DAY)
    rate = CONTACT_RATE * np.where(failed, FAILED_PAYMENT_CONTACTS, 1.0)
    customer = np.unique(book.customer[live[rng.random(len(live)) < rate]])
    if len(customer) == 0:
        return
    topic = rng.choice(len(TOPICS), size=len(customer), p=_TOPIC_SHARES)
    days = life.opens // DAY + rng.integers(0, (life.closes - life.opens) // DAY, len(customer))
    at = instants_in_days(rng, days)
    life.ledger.tickets.add({"customer": customer, "at": at, "topic": topic})
    life.contact_at[customer] = at
    life.contact_weight[customer] = TOPIC_WEIGHTS[topic]


def delete_some(life: Life) -> None:
    """Let some of those without a subscription have their account deleted."""
    book, people, rng = life.book, life.people, life.rng
    gone = (book.status[: book.size] == ENDED) & (book.ended_at[: book.size] < life.opens - DAY)
    held = np.bincount(book.customer[: book.size], minlength=people.size)
    left = np.bincount(book.customer[: book.size][gone], minlength=people.size)
    waits = (held == 0) & (people.first_start == 0) & (people.registered_at < life.opens - DAY)
    rate = np.where((held > 0) & (held == left), DELETION_RATE, np.where(waits, DELETION_RATE / 10, 0.0))
    chosen = np.flatnonzero((rng.random(people.size) < rate) & (life.deleted_at == 0))
    life.deleted_at[chosen] = life.opens + rng.integers(HOUR, life.closes - life.opens - HOUR, len(chosen))
