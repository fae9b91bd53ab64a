"""Charges: whether they succeed, what they cost, and the refunds and chargebacks that follow some of them.

Belongs here: payment events of subscriptions. Does not belong here: what a failed charge leads to (``dunning``),
payments for passes, pay-per-view and rentals (``purchases``).
"""

from __future__ import annotations

import numpy as np

from pipelines.sandbox import markets
from pipelines.sandbox.hazard import card_expired, failure_probability
from pipelines.sandbox.ledger import FAILURE_CODES, KIND, NONE, PAYMENT, REASON
from pipelines.sandbox.life import Life
from pipelines.sandbox.window import DAY, Flags, Integers

REFUND_SHARE = 0.007
"""Succeeded charges that are refunded later; seven in ten in full."""

REFUND_ENDS_SHARE = 0.45
"""Refunds that end the subscription at once."""

CHARGEBACK_SHARE_GATEWAY = 0.0020
CHARGEBACK_SHARE_STORE = 0.0003
CHARGEBACK_REVERSED_SHARE = 0.27
CHARGEBACK_FEE = 1500

_OTHER_FAILURES = np.array([0.52, 0.0, 0.30, 0.05, 0.13])


def due_amount(life: Life, rows: Integers, period_start: Integers) -> Integers:
    """Hundredths, tax excluded, that the book's price and discount ask for a period that starts then."""
    book = life.book
    discounted = period_start < book.discount_ends[rows]
    return np.maximum(book.price[rows] - np.where(discounted, book.discount[rows], 0), 0)


def charge(life: Life, rows: Integers, at: Integers, net: Integers) -> Flags:
    """Try to charge; returns which charges succeeded. Failures are recorded as first attempts.

    Nothing due is no payment and no failure.
    """
    free = net == 0
    fails = ~free & (life.rng.random(len(rows)) < failure_probability(life, rows, at))
    record_failure(life, rows[fails], at[fails], net[fails], attempt=1)
    paid = ~fails & ~free
    record_success(life, rows[paid], at[paid], net[paid], 1)
    return np.asarray(~fails, dtype=bool)


def failure_codes(life: Life, rows: Integers, at: Integers) -> Integers:
    """Why charges fail: an expired card says so, other failures follow fixed shares."""
    other = life.rng.choice(len(FAILURE_CODES), size=len(rows), p=_OTHER_FAILURES)
    expired = card_expired(life, rows, at) & (life.rng.random(len(rows)) < 0.8)
    return np.where(expired, FAILURE_CODES.index("expired_card"), other).astype(np.int64)


def record_failure(
    life: Life,
    rows: Integers,
    at: Integers,
    net: Integers,
    *,
    attempt: Integers | int,
    codes: Integers | None = None,
) -> None:
    """Record failed charges; ``codes`` defaults to freshly drawn failure codes."""
    if len(rows) == 0:
        return
    reasons = failure_codes(life, rows, at) if codes is None else codes
    _record(life, rows, at, net, "failed", attempt=attempt, failure=reasons)
    life.book.failed_at[rows] = np.maximum(life.book.failed_at[rows], at)


def record_success(life: Life, rows: Integers, at: Integers, net: Integers, attempt: Integers | int) -> Integers:
    """Record succeeded charges, and draw the refunds and chargebacks of later days."""
    if len(rows) == 0:
        return np.empty(0, dtype=np.int64)
    payments = _record(life, rows, at, net, "succeeded", attempt=attempt)
    _refund_some(life, rows, at, net, payments)
    _charge_back_some(life, rows, at, net, payments)
    return payments


def _record(
    life: Life,
    rows: Integers,
    at: Integers,
    net: Integers,
    name: str,
    *,
    attempt: Integers | int = NONE,
    failure: Integers | int = NONE,
    original: Integers | int = NONE,
    fee: Integers | int | None = None,
) -> Integers:
    book, people = life.book, life.people
    customer, provider = book.customer[rows], book.provider[rows]
    gross = np.rint(net * (1 + markets.TAX_RATE[people.country[customer]])).astype(np.int64)
    succeeded_fee = np.minimum(
        np.rint(gross * markets.FEE_RATE[provider]).astype(np.int64) + markets.FEE_FIXED[provider], gross
    )
    return life.ledger.payments.add(
        {
            "type": PAYMENT[name],
            "at": at,
            "customer": customer,
            "subscription": rows,
            "offer": book.offer[rows],
            "kind": KIND["subscription"],
            "gross": gross,
            "tax": gross - net,
            "fee": (succeeded_fee if name == "succeeded" else 0) if fee is None else fee,
            "provider": provider,
            "method": book.method[rows],
            "failure": failure,
            "attempt": attempt,
            "original": original,
            "coupon": np.where((book.discount[rows] > 0) & (at < book.discount_ends[rows]), book.coupon[rows], NONE),
        }
    )


def _refund_some(life: Life, rows: Integers, at: Integers, net: Integers, payments: Integers) -> None:
    rng, book = life.rng, life.book
    chosen = np.flatnonzero(rng.random(len(rows)) < REFUND_SHARE)
    rows, at, net, payments = rows[chosen], at[chosen], net[chosen], payments[chosen]
    refund_at = at + rng.integers(DAY, 10 * DAY, len(rows))
    full = rng.random(len(rows)) < 0.7
    _record(life, rows, refund_at, np.where(full, net, (net + 1) // 2), "refunded", original=payments)
    ends = full & (rng.random(len(rows)) < REFUND_ENDS_SHARE / 0.7) & (book.abrupt_at[rows] == 0)
    book.abrupt_at[rows[ends]] = refund_at[ends]
    book.abrupt_reason[rows[ends]] = REASON["refunded"]


def _charge_back_some(life: Life, rows: Integers, at: Integers, net: Integers, payments: Integers) -> None:
    rng, book = life.rng, life.book
    gateway = book.provider[rows] <= markets.PAYPAL
    share = np.where(gateway, CHARGEBACK_SHARE_GATEWAY, CHARGEBACK_SHARE_STORE)
    chosen = np.flatnonzero(rng.random(len(rows)) < share)
    rows, at, net, payments = rows[chosen], at[chosen], net[chosen], payments[chosen]
    disputed_at = at + rng.integers(12 * DAY, 50 * DAY, len(rows))
    fee = np.where(book.provider[rows] <= markets.PAYPAL, CHARGEBACK_FEE, 0)
    _record(life, rows, disputed_at, net, "chargeback", original=payments, fee=fee)
    won = rng.random(len(rows)) < CHARGEBACK_REVERSED_SHARE
    reversed_at = disputed_at + rng.integers(20 * DAY, 40 * DAY, len(rows))
    _record(life, rows[won], reversed_at[won], net[won], "chargeback_reversed", original=payments[won])
    ends = (rng.random(len(rows)) < 0.8) & (book.abrupt_at[rows] == 0)
    book.abrupt_at[rows[ends]] = disputed_at[ends]
    book.abrupt_reason[rows[ends]] = REASON["chargeback"]
