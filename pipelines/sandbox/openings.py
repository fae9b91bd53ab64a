"""Beginnings: first starts, second subscriptions, win-backs.

Belongs here: who begins what in a month, and filling the rows of the book for it.
Does not belong here: what happens at the end of a trial or period (``period_ends``).
"""

from __future__ import annotations

import numpy as np

from pipelines.sandbox import catalogue, markets
from pipelines.sandbox.billing import due_amount, record_success
from pipelines.sandbox.book import ACTIVE, ENDED, NO_PLAN, TRIAL
from pipelines.sandbox.intentions import schedule_cancellations
from pipelines.sandbox.ledger import REASON
from pipelines.sandbox.life import Life
from pipelines.sandbox.population import Population, instants_in_days
from pipelines.sandbox.seasons import SERIES_MONTHS, SPORT_MONTHS, on_air
from pipelines.sandbox.window import DAY, HOUR, NEVER, Flags, Integers, Window

SECOND_SHARE = 0.02
"""Customers who take a second subscription beside the first."""

IMMEDIATE_CANCEL_SHARE = 0.035
IMMEDIATE_CANCEL_SHARE_SERIAL = 0.12
"""Those who turn auto-renewal off within days of starting, to be on the safe side."""

FRAUD_SHARE = 0.006
"""Starts without a trial that turn out to be fraud."""

WIN_BACK_BASE = 0.024
"""Monthly chance that an ordinary former subscriber comes back, in the months after leaving."""

WIN_BACK_COUPON = catalogue.COUPON_CODES.index("COMEBACK40")
SAME_ID_SHARE = 0.45
"""Win-backs at a gateway that reopen the old subscription instead of starting another."""


def second_starts(rng: np.random.Generator, people: Population, window: Window) -> Integers:
    """When each customer means to take a second subscription; ``NEVER`` for most."""
    chosen = (rng.random(people.size) < SECOND_SHARE) & (people.first_start > 0)
    at = people.first_start + rng.integers(20 * DAY, 200 * DAY, people.size)
    return np.where(chosen & (at < window.end - HOUR), at, NEVER)


def start_first(life: Life) -> None:
    """Open the subscriptions of customers whose first start falls into the month."""
    people = life.people
    customer = np.flatnonzero((people.first_start >= life.opens) & (people.first_start < life.closes))
    offer = people.offer[customer]
    trial = people.wants_trial[customer] & (catalogue.TRIAL_SECONDS[offer] > 0)
    _open(
        life,
        customer=customer,
        at=people.first_start[customer],
        offer=offer,
        coupon=people.coupon[customer],
        trial=trial,
    )


def start_second(life: Life, second_at: Integers) -> None:
    """Open second subscriptions of customers who hold a first one."""
    people = life.people
    wishes = (second_at >= life.opens) & (second_at < life.closes)
    customer = np.flatnonzero(wishes & (_live_counts(life) > 0))
    withdrawn = np.isin(people.provider[customer], markets.TELEVISION) & (
        second_at[customer] >= catalogue.WEEK_WITHDRAWN_FROM_TELEVISION
    )
    offer = np.where(withdrawn, catalogue.BASIC_MONTHLY, catalogue.WEEK)
    _open(
        life,
        customer=customer,
        at=second_at[customer],
        offer=offer,
        coupon=np.full(len(customer), catalogue.NO_COUPON),
        trial=np.zeros(len(customer), dtype=bool),
    )


def win_back(life: Life) -> None:
    """Bring back some of those who have left: serial churners, fans when their content returns, failed cards."""
    book, people, rng = life.book, life.people, life.rng
    last = np.full(people.size, -1, dtype=np.int64)
    ended = np.flatnonzero(book.status[: book.size] == ENDED)
    order = ended[np.argsort(book.ended_at[ended], kind="stable")]
    last[book.customer[order]] = order
    customer = np.flatnonzero((last >= 0) & (_live_counts(life) == 0) & (life.deleted_at == 0))
    row = last[customer]
    away = (life.opens - book.ended_at[row]) / (30.4 * DAY)
    sport_back = _begins(life, SPORT_MONTHS)
    series_back = _begins(life, SERIES_MONTHS)
    rate = WIN_BACK_BASE * np.exp(
        0.9 * people.serial[customer]
        + 1.3 * (sport_back * people.sport[customer] + series_back * people.series[customer])
        + 0.35 * (people.baseline[customer])
        + 0.6 * (book.failed_at[row] > book.ended_at[row] - 70 * DAY)
        - away / 8
    )
    paid_before = book.first_paid_at[row] > 0
    barred = (book.offer[row] == catalogue.WEEK) | ~paid_before
    comes = rng.random(len(customer)) < np.where(barred, 0.3, 1.0) * np.minimum(rate, 0.6)
    customer, row = customer[comes], row[comes]
    if len(customer) == 0:
        return
    days = life.opens // DAY + rng.integers(0, (life.closes - life.opens) // DAY, len(customer))
    at = np.minimum(instants_in_days(rng, days), life.closes - HOUR)
    coupon = np.where(rng.random(len(customer)) < 0.35, WIN_BACK_COUPON, catalogue.NO_COUPON)
    offer = book.offer[row]
    offer = np.where(offer == catalogue.WEEK, catalogue.BASIC_MONTHLY, offer)
    yearly = catalogue.OFFER_INTERVAL[offer] == catalogue.YEARLY
    again_yearly = rng.random(len(customer)) < 0.5
    offer = np.where(yearly & ~again_yearly, offer - catalogue.BASIC_YEARLY, offer)
    same = (book.provider[row] <= markets.ADYEN) & ~book.silent[row] & (rng.random(len(customer)) < SAME_ID_SHARE)
    for part, reopened in ((~same, None), (same, row[same])):
        _open(
            life,
            customer=customer[part],
            at=at[part],
            offer=offer[part],
            coupon=coupon[part],
            trial=np.zeros(int(part.sum()), dtype=bool),
            reopened=reopened,
        )


def replace_subscriptions(life: Life, rows: Integers, at: Integers, offer: Integers) -> None:
    """Open a subscription of another offer for the customers of these rows, as stores do at a switch."""
    _open(
        life,
        customer=life.book.customer[rows],
        at=at,
        offer=offer,
        coupon=np.full(len(rows), catalogue.NO_COUPON),
        trial=np.zeros(len(rows), dtype=bool),
        switched=True,
    )


def discount_until(coupon: Integers, offer: Integers, at: Integers) -> Integers:
    """When a coupon that takes effect at ``at`` stops: after its months, after one interval, or never."""
    months = np.where(catalogue.OFFER_INTERVAL[offer] == catalogue.MONTHLY, catalogue.COUPON_MONTHS[coupon], 0)
    once = months == 0
    ends = catalogue.period_end(at, np.where(once, 1, months), np.where(once, offer, catalogue.BASIC_MONTHLY))
    return np.where(coupon == catalogue.NO_COUPON, 0, np.where(catalogue.COUPON_FOREVER[coupon], NEVER, ends))


def begin_paying(life: Life, rows: Integers, at: Integers) -> None:
    """Set the rows' first paid period, with price and discount of the moment."""
    book, offer = life.book, life.book.offer[rows]
    book.status[rows] = ACTIVE
    book.anchor[rows] = at
    book.period[rows] = 1
    book.period_start[rows] = at
    book.period_end[rows] = catalogue.period_end(at, np.ones(len(rows), dtype=np.int64), offer)
    book.discount[rows] = catalogue.coupon_discount(book.coupon[rows], book.price[rows])
    book.discount_ends[rows] = discount_until(book.coupon[rows], offer, at)
    book.first_paid_at[rows] = np.where(book.first_paid_at[rows] > 0, book.first_paid_at[rows], at)
    book.free_at[rows] = at


def _begins(life: Life, months: tuple[int, ...]) -> float:
    playing = on_air(life.window, months)
    return float(playing[life.month] and not playing[max(life.month - 1, 0)])


def _live_counts(life: Life) -> Integers:
    """Subscriptions of each customer that have not ended by the open of the month."""
    book = life.book
    ended = (book.status[: book.size] == ENDED) & (book.ended_at[: book.size] < life.opens)
    return np.bincount(book.customer[: book.size][~ended], minlength=life.people.size).astype(np.int64)


def _open(
    life: Life,
    *,
    customer: Integers,
    at: Integers,
    offer: Integers,
    coupon: Integers,
    trial: Flags,
    reopened: Integers | None = None,
    switched: bool = False,
) -> None:
    if len(customer) == 0:
        return
    book, people, rng = life.book, life.people, life.rng
    rows = book.append(len(customer)) if reopened is None else reopened
    weekly = catalogue.OFFER_INTERVAL[offer] == catalogue.WEEKLY
    book.customer[rows] = customer
    book.offer[rows] = offer
    book.provider[rows] = people.provider[customer]
    book.method[rows] = people.method[customer]
    book.coupon[rows] = np.where(weekly, catalogue.NO_COUPON, coupon)
    book.price[rows] = catalogue.list_price(offer, people.currency[customer], at)
    book.access_from[rows] = at
    book.plan[rows] = NO_PLAN
    for name in ("cancel_at", "off_since", "revert_at", "abrupt_at", "ended_at", "dunning_at", "price_rise_at"):
        getattr(book, name)[rows] = 0
    book.stopped[rows] = False
    book.silent[rows] = False
    book.free_at[rows] = at

    on_trial, paying = rows[trial], rows[~trial]
    book.status[on_trial] = TRIAL
    book.period_start[on_trial] = at[trial]
    book.period_end[on_trial] = at[trial] + catalogue.TRIAL_SECONDS[offer[trial]]
    book.discount[on_trial] = 0
    book.discount_ends[on_trial] = 0
    life.ledger.event(book, on_trial, "trial_started", at[trial])
    begin_paying(life, paying, at[~trial])
    amount = due_amount(life, paying, at[~trial])
    record_success(life, paying[amount > 0], at[~trial][amount > 0], amount[amount > 0], 1)
    life.ledger.event(book, paying, "started", at[~trial])
    if switched:
        return
    life.ledger.openings.add(
        {
            "customer": customer,
            "at": at,
            "offer": offer,
            "provider": book.provider[rows],
            "first": (at == people.first_start[customer]).astype(np.int64),
        }
    )
    share = np.where(people.serial[customer], IMMEDIATE_CANCEL_SHARE_SERIAL, IMMEDIATE_CANCEL_SHARE)
    hasty = ~trial & (rng.random(len(rows)) < share)
    schedule_cancellations(
        life, rows[hasty], at[hasty] + rng.integers(60, 3 * DAY, int(hasty.sum())), REASON["customer_cancelled"]
    )
    fraud = ~trial & (book.abrupt_at[rows] == 0) & (rng.random(len(rows)) < FRAUD_SHARE)
    book.abrupt_at[rows[fraud]] = at[fraud] + rng.integers(DAY, 20 * DAY, int(fraud.sum()))
    book.abrupt_reason[rows[fraud]] = REASON["fraud"]
