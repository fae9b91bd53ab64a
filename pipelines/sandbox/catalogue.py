"""What the simulated business sells: offers, list prices over time, coupons.

Belongs here: the catalogue as tables and look-ups into it. All money is in hundredths, tax excluded.
Does not belong here: who buys (``openings``, ``purchases``) and how the feeds are written (``feeds``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.sandbox.window import DAY, END, Floats, Integers, add_months, instant

MONTHLY, YEARLY, WEEKLY = 0, 1, 2
INTERVAL_NAMES = ("month", "year", "week")


@dataclass(frozen=True)
class Offer:
    """A recurring offer; ``share`` is its part of first starts."""

    offer_id: str
    title: str
    interval: int
    premium: bool
    trial_days: int
    share: float


OFFERS = (
    Offer("S-BASIC-M", "Basic monthly", MONTHLY, False, 7, 0.44),
    Offer("S-PREMIUM-M", "Premium monthly", MONTHLY, True, 14, 0.30),
    Offer("S-BASIC-Y", "Basic annual", YEARLY, False, 7, 0.11),
    Offer("S-PREMIUM-Y", "Premium annual", YEARLY, True, 14, 0.10),
    Offer("S-WEEK", "Weekly", WEEKLY, False, 0, 0.05),
)
BASIC_MONTHLY, PREMIUM_MONTHLY, BASIC_YEARLY, PREMIUM_YEARLY, WEEK = range(len(OFFERS))

OFFER_INTERVAL: Integers = np.array([offer.interval for offer in OFFERS], dtype=np.int64)
TRIAL_SECONDS: Integers = np.array([offer.trial_days * DAY for offer in OFFERS], dtype=np.int64)

UPGRADE: Integers = np.array([PREMIUM_MONTHLY, -1, PREMIUM_YEARLY, -1, -1], dtype=np.int64)
DOWNGRADE: Integers = np.array([-1, BASIC_MONTHLY, -1, BASIC_YEARLY, -1], dtype=np.int64)
TO_YEARLY: Integers = np.array([BASIC_YEARLY, PREMIUM_YEARLY, -1, -1, -1], dtype=np.int64)

WEEK_WITHDRAWN_FROM_TELEVISION = instant("2026-03-15")
"""From here on the weekly offer is not sold by the television stores and those who hold it there are ended."""

PRICE_DATES: Integers = np.array(
    [instant("1970-01-01"), instant("2025-03-01"), instant("2025-10-01"), instant("2026-03-01")], dtype=np.int64
)
"""When a list price changed: basic, premium, then basic again."""

_BASIC = ((699, 799, 599), (799, 899, 699), (799, 899, 699), (899, 999, 799))
_PREMIUM = ((1199, 1299, 999), (1199, 1299, 999), (1399, 1499, 1199), (1399, 1499, 1199))
_BASIC_YEAR = ((6999, 7999, 5999), (7999, 8999, 6999), (7999, 8999, 6999), (8999, 9999, 7999))
_PREMIUM_YEAR = ((11999, 12999, 9999), (11999, 12999, 9999), (13999, 14999, 11999), (13999, 14999, 11999))
_WEEK = ((349, 399, 299),) * 4

PRICES: Integers = np.array([_BASIC, _PREMIUM, _BASIC_YEAR, _PREMIUM_YEAR, _WEEK], dtype=np.int64)
"""Hundredths by offer, price date and currency (EUR, USD, GBP)."""


def list_price(offer: Integers, currency: Integers, at: Integers | int) -> Integers:
    """The price of one interval in hundredths, as it stands at an instant."""
    step = np.searchsorted(PRICE_DATES, np.asarray(at), side="right") - 1
    return np.asarray(PRICES[offer, step, currency], dtype=np.int64)


def period_end(anchor: Integers, periods: Integers, offer: Integers) -> Integers:
    """The end of the n-th period counted from the anchor, so that a month's clamped day does not stick."""
    interval = OFFER_INTERVAL[offer]
    months = np.where(interval == YEARLY, 12 * periods, np.where(interval == MONTHLY, periods, 0))
    weeks = np.where(interval == WEEKLY, periods, 0)
    return np.asarray(add_months(anchor, months) + weeks * 7 * DAY, dtype=np.int64)


@dataclass(frozen=True)
class Coupon:
    """A coupon: ``months`` is how long a repeating one runs; 0 for ``once`` (one interval) and ``forever``."""

    code: str
    campaign: str
    percent_off: float
    amount_off: int
    duration: str
    months: int
    max_redemptions: int | None
    valid_until: int | None


COUPONS = (
    Coupon("WELCOME50", "half-price-social", 50.0, 0, "repeating", 3, None, None),
    Coupon("FIRSTMONTH5", "friends", 0.0, 500, "once", 0, None, None),
    Coupon("PARTNER20", "telco-bundle", 20.0, 0, "forever", 0, 50_000, None),
    Coupon("BLACKFRIDAY30", "black-friday", 30.0, 0, "repeating", 6, None, instant("2025-12-31")),
    Coupon("COMEBACK40", "win-back", 40.0, 0, "repeating", 2, None, None),
    Coupon("PRESS100", "press", 100.0, 0, "once", 0, 500, END),
)
COUPON_CODES = tuple(coupon.code for coupon in COUPONS)
COUPON_PERCENT: Floats = np.array([coupon.percent_off for coupon in COUPONS])
COUPON_AMOUNT: Integers = np.array([coupon.amount_off for coupon in COUPONS], dtype=np.int64)
COUPON_MONTHS: Integers = np.array([coupon.months for coupon in COUPONS], dtype=np.int64)
COUPON_FOREVER = np.array([coupon.duration == "forever" for coupon in COUPONS])
NO_COUPON = -1


def coupon_discount(coupon: Integers, price: Integers) -> Integers:
    """Hundredths that the coupon takes off one interval's price; 0 without a coupon, never above the price."""
    off = np.rint(price * COUPON_PERCENT[coupon] / 100).astype(np.int64) + COUPON_AMOUNT[coupon]
    return np.where(coupon == NO_COUPON, 0, np.minimum(off, price))
