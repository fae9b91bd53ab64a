"""Failed renewals: retries, grace, hold, recovery, or the end.

Belongs here: the whole course of one dunning, drawn and recorded at once when the first charge has failed; events
after the window's end are cut when feeds are written. Does not belong here: whether a charge fails (``billing``).
"""

from __future__ import annotations

import numpy as np

from pipelines.sandbox import catalogue, markets
from pipelines.sandbox.billing import due_amount, failure_codes, record_failure, record_success
from pipelines.sandbox.hazard import GRACE_RECOVERY
from pipelines.sandbox.ledger import REASON
from pipelines.sandbox.life import Life, end
from pipelines.sandbox.window import DAY, HOUR, Flags, Floats, Integers

HOLD_RECOVERY = 0.20
"""Share of subscriptions on hold that pay before the hold runs out."""

PAYPAL_RECOVERY = 0.64
"""The same where there is no grace and the hold begins at once."""

TRIAL_RECOVERY = 0.35
TRIAL_GRACE = 3 * DAY

RETRIES = 5
RETRY_SECONDS = np.array(
    [
        [days * DAY for days in provider.retry_days] + [np.inf] * (RETRIES - len(provider.retry_days))
        for provider in markets.PROVIDERS
    ]
)
"""Seconds after the first failure of each retry, by provider; infinite where there is none."""

MIN_JITTER = 120
"""A retry comes at least this many seconds after its nominal time."""

_RETRY_WEIGHTS = 0.65 ** np.arange(RETRIES)


def begin_dunning(life: Life, rows: Integers, at: Integers, net: Integers) -> None:
    """Carry subscriptions whose renewal at ``at`` has failed through to recovery or end."""
    if len(rows) == 0:
        return
    rng, book = life.rng, life.book
    provider = book.provider[rows]
    grace, hold = markets.GRACE_SECONDS[provider], markets.HOLD_SECONDS[provider]
    codes = failure_codes(life, rows, at)
    jitter = rng.integers(MIN_JITTER, 2 * HOUR, len(rows))

    recovers_in_grace = (grace > 0) & (rng.random(len(rows)) < GRACE_RECOVERY[codes])
    retry = _winning_retry(rng, provider)
    recovered_at = at + RETRY_SECONDS[provider, retry].astype(np.int64) + jitter
    hold_recovery = np.where(grace > 0, HOLD_RECOVERY, PAYPAL_RECOVERY)
    recovers_in_hold = ~recovers_in_grace & (hold > 0) & (rng.random(len(rows)) < hold_recovery)
    held_from = at + np.maximum(grace, rng.integers(2, 90, len(rows)))
    in_hold = held_from + HOUR + np.floor(rng.random(len(rows)) * np.maximum(hold - 2 * HOUR, 1)).astype(np.int64)
    recovered_at = np.where(recovers_in_hold, in_hold, recovered_at)
    recovers = recovers_in_grace | recovers_in_hold

    graced = grace > 0
    life.ledger.event(book, rows[graced], "grace_entered", at[graced] + rng.integers(2, 90, int(graced.sum())))
    held = ~recovers_in_grace & (hold > 0)
    life.ledger.event(book, rows[held], "hold_entered", held_from[held])
    gives_up = np.where(recovers, recovered_at, at + grace + hold)
    attempts = _record_retries(life, rows, at, net, codes=codes, jitter=jitter, until=gives_up)

    book.dunning_at[rows] = at
    book.grace_until[rows] = at + grace
    book.recovers_at[rows] = np.where(recovers, recovered_at, 0)
    book.cancel_at[rows] = 0
    book.abrupt_at[rows] = 0
    life.ledger.access.add(
        {
            "customer": book.customer[rows[recovers_in_hold]],
            "start": book.access_from[rows[recovers_in_hold]],
            "end": (at + grace)[recovers_in_hold],
        }
    )
    lost = ~recovers
    end(
        life,
        rows[lost],
        (at + grace + hold)[lost],
        REASON["payment_failed"],
        access_until=(at + grace)[lost],
    )
    _recover(life, rows[recovers], recovered_at[recovers], recovers_in_hold[recovers], attempts[recovers])


def retry_shares() -> Floats:
    """Of the renewals paid within grace, the share paid by each retry, shape (providers, retries)."""
    weights = _RETRY_WEIGHTS * np.isfinite(RETRY_SECONDS)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _winning_retry(rng: np.random.Generator, provider: Integers) -> Integers:
    """Which retry succeeds, early ones more often."""
    cumulative = np.cumsum(retry_shares(), axis=1)
    chosen = (rng.random((len(provider), 1)) > cumulative[provider]).sum(axis=1)
    return np.asarray(np.minimum(chosen, RETRIES - 1), dtype=np.int64)


def _record_retries(
    life: Life,
    rows: Integers,
    at: Integers,
    net: Integers,
    *,
    codes: Integers,
    jitter: Integers,
    until: Integers,
) -> Integers:
    """Record the retries that fail before ``until``; returns the number of attempts made, the first included."""
    attempts = np.ones(len(rows), dtype=np.int64)
    for retry in range(RETRIES):
        delay = RETRY_SECONDS[life.book.provider[rows], retry]
        tried_at = at + np.where(np.isfinite(delay), delay, 0).astype(np.int64) + jitter
        fails = np.isfinite(delay) & (tried_at < until)
        attempts += fails
        record_failure(life, rows[fails], tried_at[fails], net[fails], attempt=attempts[fails], codes=codes[fails])
    return attempts


def _recover(life: Life, rows: Integers, at: Integers, from_hold: Flags, attempts: Integers) -> None:
    """Pay late: after grace the periods go on as they were, after a hold (and by the week) they start anew."""
    book = life.book
    anew = from_hold | (catalogue.OFFER_INTERVAL[book.offer[rows]] == catalogue.WEEKLY)
    started = np.where(anew, at, book.period_end[rows])
    book.anchor[rows] = np.where(anew, at, book.anchor[rows])
    book.period[rows] = np.where(anew, 1, book.period[rows] + 1)
    book.period_start[rows] = started
    book.period_end[rows] = catalogue.period_end(book.anchor[rows], book.period[rows], book.offer[rows])
    book.free_at[rows] = at
    book.access_from[rows] = np.where(from_hold, at, book.access_from[rows])
    amount = due_amount(life, rows, started)
    paid = amount > 0
    record_success(life, rows[paid], at[paid], amount[paid], attempts[paid] + 1)
    life.ledger.event(book, rows, "recovered", at)


def begin_trial_dunning(life: Life, rows: Integers, at: Integers, net: Integers) -> Flags:
    """Retry the first charge of trials for three days; returns which trials convert late.

    ``recovers_at`` holds when; the caller converts them. The others end.
    """
    rng, book = life.rng, life.book
    if len(rows) == 0:
        return np.empty(0, dtype=bool)
    codes = failure_codes(life, rows, at)
    life.ledger.event(book, rows, "grace_entered", at + rng.integers(2, 90, len(rows)))
    converts = rng.random(len(rows)) < TRIAL_RECOVERY
    tried_at = at + DAY + rng.integers(MIN_JITTER, 2 * HOUR, len(rows))
    record_failure(life, rows[~converts], tried_at[~converts], net[~converts], attempt=2, codes=codes[~converts])
    book.recovers_at[rows] = np.where(converts, tried_at, 0)
    end(life, rows[~converts], (at + TRIAL_GRACE)[~converts], REASON["payment_failed"])
    return converts
