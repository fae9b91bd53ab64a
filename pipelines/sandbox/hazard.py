"""The true hazards: how likely a subscriber is to leave by choice, or to lose access because a charge fails.

Belongs here: the formulas and their coefficients, in one place. All are chosen so that the totals look like a
streaming business (see ``docs/sandbox.md``); none is an estimate from data.
Does not belong here: acting on a hazard (``intentions``, ``billing``), the truth file (``truth``).
"""

from __future__ import annotations

import numpy as np

from pipelines.sandbox import catalogue, markets
from pipelines.sandbox.life import Life
from pipelines.sandbox.seasons import SERIES_MONTHS, SPORT_MONTHS, just_ended, on_air
from pipelines.sandbox.window import DAY, Flags, Floats, Integers

MONTH_DAYS = 30.4

BASE_MONTHLY = 0.0085
BASE_WEEKLY = 0.060
BASE_YEARLY_AT_RENEWAL = 0.075
BASE_YEARLY_BETWEEN = 0.0022
"""Monthly chance of turning auto-renewal off of an average subscriber of each kind of offer."""

NEW_EXTRA = 0.75
NEW_FADES_MONTHS = 2.5
LEVEL_EFFECT = -0.62
TREND_EFFECT = 0.60
PRICE_NOTICE_EFFECT = 0.75
PRICE_RISE_EFFECT = 0.65
SEASON_EFFECT = 1.5
DISCOUNT_END_EFFECT = 0.9
SERIAL_EFFECT = 1.0
QUALITY_EFFECT = 1.0
CONTACT_DAYS = 45

RECENT_FAILURE_EFFECT = 1.1
EXPIRED_CARD_EFFECT = 2.6
PAYMENT_FRAILTY_EFFECT = 0.85

GRACE_RECOVERY = np.array([0.66, 0.60, 0.54, 0.25, 0.90])
"""Chance that a failed renewal is paid within grace, by failure code."""

MEAN_GRACE_RECOVERY = 0.62
"""The same over all failure codes, for the truth file, which must not look at the code of a failure to come."""

_CARDS = np.isin(markets.METHODS, ["card", "apple_pay", "google_pay", "apple_id"])


def card_expired(life: Life, rows: Integers, at: Integers) -> Flags:
    """Whether the card has run out within the two months before; after that it has been replaced."""
    expires = life.people.card_expires[life.book.customer[rows]]
    return _CARDS[life.book.method[rows]] & (at >= expires) & (at < expires + 62 * DAY)


def failure_probability(life: Life, rows: Integers, at: Integers) -> Floats:
    """The chance that a charge fails: by provider, card age, earlier failures and hidden payment frailty."""
    book = life.book
    rate = markets.DECLINE_RATE[book.provider[rows]]
    failed = book.failed_at[rows]
    odds = np.log(rate / (1 - rate))
    # Centred so that the frailty's spread does not lift the mean.
    odds += PAYMENT_FRAILTY_EFFECT * life.people.payment_frailty[book.customer[rows]] - 0.33
    odds += EXPIRED_CARD_EFFECT * card_expired(life, rows, at)
    odds += RECENT_FAILURE_EFFECT * ((failed > 0) & (at - failed < 95 * DAY))
    return np.asarray(1 / (1 + np.exp(-odds)))


def price_rise_ahead(life: Life, rows: Integers) -> Flags:
    """Whether the next renewal will cost more than the present price, as announced a month ahead."""
    book = life.book
    currency = life.people.currency[book.customer[rows]]
    ahead = catalogue.list_price(book.offer[rows], currency, book.period_end[rows]) > book.price[rows]
    return ahead & (book.period_end[rows] < life.closes)


def cancellation_rate(life: Life, rows: Integers) -> Floats:
    """The chance that each of these subscribers turns auto-renewal off in the month being lived.

    A complementary log-log model of what stands at the open of the month: tenure, level and trend of viewing,
    price rises, ends of content seasons, support contact, discounts that end, acquisition, hidden frailty.
    """
    book, people, month, opens = life.book, life.people, life.month, life.opens
    customer, offer = book.customer[rows], book.offer[rows]
    interval = catalogue.OFFER_INTERVAL[offer]
    at_renewal = book.period_end[rows] < life.closes
    base = np.select(
        [interval == catalogue.MONTHLY, interval == catalogue.WEEKLY, at_renewal],
        [BASE_MONTHLY, BASE_WEEKLY, BASE_YEARLY_AT_RENEWAL],
        BASE_YEARLY_BETWEEN,
    )
    tenure = np.maximum(opens - book.first_paid_at[rows], 0) / (MONTH_DAYS * DAY)
    level = life.levels[month, customer].astype(float)
    earlier = life.levels[max(month - 2, 0), customer].astype(float)
    fall = np.clip(earlier - level, 0, 3) * (tenure > 1)

    sensitivity = 0.3 + 1.4 * people.price_sensitivity[customer]
    risen = (book.price_rise_at[rows] > 0) & (opens - book.price_rise_at[rows] < 45 * DAY)
    sport_over = just_ended(on_air(life.window, SPORT_MONTHS))[month]
    series_over = just_ended(on_air(life.window, SERIES_MONTHS))[month]
    discount_stops = (book.discount[rows] > 0) & (book.discount_ends[rows] < opens + 35 * DAY)
    contacted = (life.contact_at[customer] > 0) & (opens - life.contact_at[customer] < CONTACT_DAYS * DAY)
    quality = np.array([campaign.quality for campaign in markets.CAMPAIGNS])[people.campaign[customer]]

    score = (
        NEW_EXTRA * np.exp(-tenure / NEW_FADES_MONTHS)
        + LEVEL_EFFECT * level
        + TREND_EFFECT * fall
        + PRICE_NOTICE_EFFECT * sensitivity * price_rise_ahead(life, rows)
        + PRICE_RISE_EFFECT * sensitivity * risen
        + SEASON_EFFECT * (sport_over * people.sport[customer] + series_over * people.series[customer])
        + DISCOUNT_END_EFFECT * discount_stops
        + np.where(contacted, life.contact_weight[customer], 0.0)
        + QUALITY_EFFECT * quality
        + SERIAL_EFFECT * people.serial[customer]
        + people.frailty[customer]
        + np.where(opens < life.campaign_until, life.campaign_shift[customer], 0.0)
    )
    return np.asarray(1 - np.exp(-base * np.exp(score)))
