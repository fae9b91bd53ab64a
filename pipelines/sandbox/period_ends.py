"""Period ends: trials convert or lapse, pauses end, subscriptions renew, switch, pause, end or fail to pay.

Belongs here: everything that is due at a period end, in waves, since a week's offer has several in a month.
Does not belong here: decisions (``intentions``), the course of a dunning (``dunning``).
"""

from __future__ import annotations

import numpy as np

from pipelines.sandbox import catalogue, markets
from pipelines.sandbox.billing import charge, due_amount, record_success
from pipelines.sandbox.book import (
    ACTIVE,
    ENDED,
    NO_PLAN,
    PAUSED,
    PLAN_DOWNGRADE,
    PLAN_PAUSE,
    PLAN_YEARLY,
    TRIAL,
)
from pipelines.sandbox.dunning import begin_dunning, begin_trial_dunning
from pipelines.sandbox.intentions import settle_cancellations
from pipelines.sandbox.ledger import REASON
from pipelines.sandbox.life import Life, end
from pipelines.sandbox.openings import begin_paying, replace_subscriptions
from pipelines.sandbox.window import DAY, MINUTE, Integers

TRIAL_CONVERSION_ODDS = 0.05
TRIAL_LEVEL_EFFECT = 0.65
TRIAL_QUALITY_EFFECT = -0.8
"""Log odds of wanting to go on after a trial: constant, per level of viewing, per campaign quality."""

PAUSE_ENDS_SHARE = 0.22
"""Pauses that end in leaving."""


def pass_month(life: Life) -> None:
    """Work off, in waves, everything that falls due before the month closes."""
    book = life.book
    while True:
        due_at = book.next_at()
        rows = np.flatnonzero((book.status[: book.size] != ENDED) & (due_at < life.closes))
        if len(rows) == 0:
            break
        at = due_at[rows]
        settle_cancellations(life, rows, at)
        abrupt = (book.abrupt_at[rows] > 0) & (book.abrupt_at[rows] <= book.period_end[rows])
        status = book.status[rows]
        end(life, rows[abrupt], at[abrupt], book.abrupt_reason[rows[abrupt]])
        _finish_trials(life, rows[~abrupt & (status == TRIAL)])
        _finish_pauses(life, rows[~abrupt & (status == PAUSED)])
        active = rows[~abrupt & (status == ACTIVE)]
        stopped = active[book.stopped[active]]
        end(life, stopped, book.period_end[stopped], book.cancel_reason[stopped])
        going_on = active[~book.stopped[active]]
        pausing = book.plan[going_on] == PLAN_PAUSE
        _pause(life, going_on[pausing])
        _renew(life, going_on[~pausing])


def settle_rest(life: Life) -> None:
    """Record the month's cancellations that no period end has met."""
    book = life.book
    settle_cancellations(life, np.flatnonzero(book.status[: book.size] == ACTIVE), life.closes)


def upgrade(life: Life, rows: Integers) -> None:
    """Move to premium within the period: a changed plan and the difference to pay; Google opens another row."""
    if len(rows) == 0:
        return
    book, rng = life.book, life.rng
    limit = np.minimum(book.period_end[rows], life.closes) - 2
    at = life.opens + 1 + np.floor(rng.random(len(rows)) * np.maximum(limit - life.opens - 1, 1)).astype(np.int64)
    offer = catalogue.UPGRADE[book.offer[rows]]
    google = book.provider[rows] == markets.GOOGLE
    end(life, rows[google], at[google], REASON["switched"])
    replace_subscriptions(life, rows[google], at[google], offer[google])

    rows, at, offer = rows[~google], at[~google], offer[~google]
    currency = life.people.currency[book.customer[rows]]
    price = catalogue.list_price(offer, currency, at)
    left = (book.period_end[rows] - at) / (book.period_end[rows] - book.period_start[rows])
    difference = np.rint((price - due_amount(life, rows, at)) * left).astype(np.int64)
    book.offer[rows] = offer
    book.price[rows] = price
    book.discount[rows] = 0
    book.discount_ends[rows] = 0
    pays = difference > 0
    record_success(life, rows[pays], at[pays], difference[pays], 1)
    life.ledger.event(book, rows, "plan_changed", at)


def _finish_trials(life: Life, rows: Integers) -> None:
    if len(rows) == 0:
        return
    book, people, rng = life.book, life.people, life.rng
    customer, at = book.customer[rows], book.period_end[rows]
    quality = np.array([campaign.quality for campaign in markets.CAMPAIGNS])[people.campaign[customer]]
    odds = (
        TRIAL_CONVERSION_ODDS
        + TRIAL_LEVEL_EFFECT * life.levels[life.month + 1, customer]
        + TRIAL_QUALITY_EFFECT * quality
    )
    leaves = rng.random(len(rows)) > 1 / (1 + np.exp(-odds))
    leaving = rows[leaves]
    length = book.period_end[leaving] - book.period_start[leaving]
    said_at = at[leaves] - 1 - np.floor(rng.random(len(leaving)) * 0.95 * length).astype(np.int64)
    heard = rng.random(len(leaving)) >= markets.UNHEARD_SHARE[book.provider[leaving]]
    life.ledger.event(book, leaving[heard], "cancel_scheduled", said_at[heard])
    end(life, leaving, at[leaves], REASON["customer_cancelled"])

    staying, at = rows[~leaves], at[~leaves]
    book.price[staying] = catalogue.list_price(
        book.offer[staying], people.currency[book.customer[staying]], book.period_start[staying]
    )
    discount = catalogue.coupon_discount(book.coupon[staying], book.price[staying])
    net = book.price[staying] - discount
    paid = charge(life, staying, at, net)
    _convert(life, staying[paid], at[paid])
    late = begin_trial_dunning(life, staying[~paid], at[~paid], net[~paid])
    late_rows = staying[~paid][late]
    _convert(life, late_rows, book.recovers_at[late_rows])
    amount = due_amount(life, late_rows, book.period_start[late_rows])
    record_success(life, late_rows, book.period_start[late_rows], amount, 2)


def _convert(life: Life, rows: Integers, at: Integers) -> None:
    begin_paying(life, rows, at)
    life.ledger.event(life.book, rows, "trial_converted", at)


def _pause(life: Life, rows: Integers) -> None:
    if len(rows) == 0:
        return
    book = life.book
    at = book.period_end[rows]
    life.ledger.event(book, rows, "paused", at)
    life.ledger.access.add({"customer": book.customer[rows], "start": book.access_from[rows], "end": at})
    book.status[rows] = PAUSED
    book.plan[rows] = NO_PLAN
    book.abrupt_at[rows] = 0
    book.period_start[rows] = at
    book.period_end[rows] = at + 30 * DAY * life.rng.integers(1, 4, len(rows))


def _finish_pauses(life: Life, rows: Integers) -> None:
    if len(rows) == 0:
        return
    book = life.book
    at = book.period_end[rows]
    leaves = life.rng.random(len(rows)) < PAUSE_ENDS_SHARE
    book.access_from[rows] = at
    end(life, rows[leaves], at[leaves], REASON["customer_cancelled"])
    rows, at = rows[~leaves], at[~leaves]
    book.status[rows] = ACTIVE
    book.anchor[rows] = at
    book.period[rows] = 1
    book.period_start[rows] = at
    book.period_end[rows] = catalogue.period_end(at, book.period[rows], book.offer[rows])
    book.free_at[rows] = at
    amount = due_amount(life, rows, at)
    record_success(life, rows[amount > 0], at[amount > 0], amount[amount > 0], 1)
    life.ledger.event(book, rows, "resumed", at)


def _renew(life: Life, rows: Integers) -> None:
    """Charge for the next period at the price of the day; a planned switch takes effect with it."""
    if len(rows) == 0:
        return
    book = life.book
    at, plan, offer = book.period_end[rows], book.plan[rows], book.offer[rows]
    new_offer = np.select(
        [plan == PLAN_DOWNGRADE, plan == PLAN_YEARLY],
        [catalogue.DOWNGRADE[offer], catalogue.TO_YEARLY[offer]],
        offer,
    )
    switches = new_offer != offer
    price = catalogue.list_price(new_offer, life.people.currency[book.customer[rows]], at)
    rises = ~switches & (price > book.price[rows])
    # This gateway tells of a new price ahead of the renewal, the others only with it.
    is_sent = rises & (book.provider[rows] == markets.ADYEN)
    book.price[rows[is_sent]] = price[is_sent]
    life.ledger.event(book, rows[is_sent], "plan_changed", at[is_sent] - 5 * MINUTE)

    discounted = ~switches & (at < book.discount_ends[rows])
    discount = np.where(discounted, catalogue.coupon_discount(book.coupon[rows], price), 0)
    net = price - discount
    paid = charge(life, rows, at, net)
    book.plan[rows] = NO_PLAN
    begin_dunning(life, rows[~paid], at[~paid], net[~paid])

    yearly = plan == PLAN_YEARLY
    book.anchor[rows[paid & yearly]] = at[paid & yearly]
    book.period[rows[paid]] = np.where(yearly[paid], 1, book.period[rows[paid]] + 1)
    rows, at, switches, rises = rows[paid], at[paid], switches[paid], rises[paid]
    book.offer[rows] = new_offer[paid]
    book.price[rows] = price[paid]
    book.discount[rows] = discount[paid]
    book.discount_ends[rows] = np.where(discounted[paid], book.discount_ends[rows], 0)
    book.period_start[rows] = at
    book.period_end[rows] = catalogue.period_end(book.anchor[rows], book.period[rows], book.offer[rows])
    book.price_rise_at[rows[rises]] = at[rises]
    life.ledger.event(book, rows[~switches], "renewed", at[~switches])
    life.ledger.event(book, rows[switches], "plan_changed", at[switches])
