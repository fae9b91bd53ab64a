"""The people: when they register, where they come from, what they have and what nobody can see.

Belongs here: the traits that a customer keeps. Does not belong here: what changes with time (``habits``, ``book``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.sandbox import catalogue, markets
from pipelines.sandbox.seasons import SERIES_MONTHS, SPORT_MONTHS, calendar_months
from pipelines.sandbox.window import DAY, HOUR, Flags, Floats, Integers, Window

NEVER_SUBSCRIBED_SHARE = 0.25
"""Registered customers who never start anything, for each customer who does."""

SERIAL_SHARE = 0.11
"""Customers who come for a show and leave after it, again and again."""

_HOUR_WEIGHTS = np.array([2, 1, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4, 5, 5, 4, 4, 5, 6, 8, 10, 11, 10, 7, 4], dtype=float)


@dataclass(frozen=True)
class Population:
    """One row a customer, in the order of registration: the position is the customer's number.

    Visible traits: registration, country, provider, payment method, campaign, coupon, planned first offer.
    Hidden ones: ``frailty`` (log hazard of leaving), ``payment_frailty`` (log odds of failing payments),
    ``price_sensitivity``, ``sport`` and ``series`` affinity (0 to 1), ``serial``, ``baseline`` (viewing level).
    ``first_start`` is 0 for those who never subscribe.
    """

    registered_at: Integers
    first_start: Integers
    country: Integers
    currency: Integers
    provider: Integers
    method: Integers
    campaign: Integers
    coupon: Integers
    offer: Integers
    wants_trial: Flags
    card_expires: Integers
    birth_year: Integers
    consent: Flags
    baseline: Floats
    frailty: Floats
    payment_frailty: Floats
    price_sensitivity: Floats
    sport: Floats
    series: Floats
    serial: Flags

    @property
    def size(self) -> int:
        """The number of registered customers."""
        return len(self.registered_at)


def instants_in_days(rng: np.random.Generator, days: Integers) -> Integers:
    """An instant in each of these days (counted since 1970), evenings more often than nights."""
    hours = rng.choice(24, size=len(days), p=_HOUR_WEIGHTS / _HOUR_WEIGHTS.sum())
    return np.asarray(days * DAY + hours * HOUR + rng.integers(0, HOUR, len(days)), dtype=np.int64)


def _registrations(rng: np.random.Generator, window: Window, size: int) -> Integers:
    """Registration instants: a launch, steady growth, and more when a season or series begins."""
    months = calendar_months(window)[:-1]
    weights = 1.0 + 0.018 * np.arange(window.months)
    weights *= np.where(np.isin(months, [SPORT_MONTHS[0], 9]), 1.30, 1.0)
    weights *= np.where(months == SERIES_MONTHS[0], 1.20, 1.0)
    weights *= np.where(months == 11, 1.25, 1.0)
    weights[0] *= 1.6
    month = rng.choice(window.months, size=size, p=weights / weights.sum())
    first_day = window.edges[month] // DAY
    length = window.edges[month + 1] // DAY - first_day
    instants = instants_in_days(rng, first_day + np.floor(rng.random(size) * length).astype(np.int64))
    return np.sort(np.clip(instants, window.start + 2 * HOUR, window.end - 2 * HOUR))


def _providers(rng: np.random.Generator, country: Integers) -> Integers:
    """The gateway or store of each customer; the stores of televisions sell mostly in America and Britain."""
    shares = np.tile([provider.share for provider in markets.PROVIDERS], (len(markets.COUNTRIES), 1))
    euro = np.array([row.currency == "EUR" for row in markets.COUNTRIES])
    shares[np.ix_(np.flatnonzero(euro), np.array(markets.TELEVISION))] *= 0.45
    cumulative = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    chosen = (rng.random((len(country), 1)) > cumulative[country]).sum(axis=1)
    return np.asarray(np.minimum(chosen, len(markets.PROVIDERS) - 1), dtype=np.int64)


def _methods(rng: np.random.Generator, provider: Integers) -> Integers:
    """A payment method that the customer's provider takes."""
    counts = np.array([len(row.methods) for row in markets.PROVIDERS])
    codes = np.zeros((len(markets.PROVIDERS), counts.max()), dtype=np.int64)
    for index, row in enumerate(markets.PROVIDERS):
        codes[index, : counts[index]] = [markets.METHODS.index(name) for name in row.methods]
    position = np.floor(rng.random(len(provider)) * counts[provider]).astype(np.int64)
    return np.asarray(codes[provider, position], dtype=np.int64)


def _coupons(rng: np.random.Generator, campaign: Integers, registered_at: Integers) -> Integers:
    """The coupon of the campaign for some, the seasonal one in November, a press coupon for very few."""
    size = len(campaign)
    code = catalogue.COUPON_CODES.index
    month = registered_at.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    share = np.array([row.coupon_share for row in markets.CAMPAIGNS])
    own = np.array([code(row.coupon) if row.coupon else catalogue.NO_COUPON for row in markets.CAMPAIGNS])
    coupon = np.where(rng.random(size) < share[campaign], own[campaign], catalogue.NO_COUPON)
    coupon = np.where((month == 11) & (rng.random(size) < 0.35), code("BLACKFRIDAY30"), coupon)
    return np.where(rng.random(size) < 0.002, code("PRESS100"), coupon)


def _offers(rng: np.random.Generator, provider: Integers, first_start: Integers, serial: Flags) -> Integers:
    """The offer of the first start; those who mean to leave again do not sign for a year."""
    offer = rng.choice(len(catalogue.OFFERS), size=len(provider), p=[row.share for row in catalogue.OFFERS])
    gone = np.isin(provider, markets.TELEVISION) & (first_start >= catalogue.WEEK_WITHDRAWN_FROM_TELEVISION)
    refused = (gone & (offer == catalogue.WEEK)) | (serial & (catalogue.OFFER_INTERVAL[offer] == catalogue.YEARLY))
    return np.where(refused, catalogue.BASIC_MONTHLY, offer)


def make_population(rng: np.random.Generator, window: Window, subscribers: int) -> Population:
    """Draw the customers: ``subscribers`` who start a subscription, and those who only register."""
    size = subscribers + int(np.ceil(subscribers * NEVER_SUBSCRIBED_SHARE))
    registered_at = _registrations(rng, window, size)
    subscribes = np.zeros(size, dtype=bool)
    subscribes[rng.permutation(size)[:subscribers]] = True
    at_once = rng.random(size) < 0.85
    delay = np.where(at_once, rng.integers(120, 1_500, size), rng.integers(HOUR, 20 * DAY, size))
    first_start = np.minimum(registered_at + delay, window.end - HOUR)
    country = rng.choice(len(markets.COUNTRIES), size=size, p=[row.share for row in markets.COUNTRIES])
    provider = _providers(rng, country)
    campaign = rng.choice(len(markets.CAMPAIGNS), size=size, p=[row.share for row in markets.CAMPAIGNS])
    serial = rng.random(size) < SERIAL_SHARE
    return Population(
        registered_at=registered_at,
        first_start=np.where(subscribes, first_start, 0),
        country=country,
        currency=markets.COUNTRY_CURRENCY[country],
        provider=provider,
        method=_methods(rng, provider),
        campaign=campaign,
        coupon=_coupons(rng, campaign, registered_at),
        offer=_offers(rng, provider, first_start, serial),
        wants_trial=rng.random(size) < 0.60,
        card_expires=registered_at + rng.integers(20 * DAY, 46 * 30 * DAY, size),
        birth_year=np.clip(np.rint(rng.normal(1985, 13, size)), 1940, 2008).astype(np.int64),
        consent=rng.random(size) < 0.62,
        baseline=rng.normal(0, 0.9, size) + np.where(serial, 0.2, 0.0),
        frailty=rng.normal(0, 0.55, size),
        payment_frailty=rng.normal(0, 1.0, size),
        price_sensitivity=rng.beta(2, 2, size),
        sport=rng.beta(0.5, 1.1, size),
        series=np.where(serial, rng.beta(2.0, 1.0, size), rng.beta(0.6, 1.2, size)),
        serial=serial,
    )
