"""Where and through whom the simulated business sells: countries, currencies, providers, campaigns.

Belongs here: facts about markets and senders, as tables. Does not belong here: what is sold (``catalogue``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.sandbox.window import DAY, Floats, Integers

CURRENCIES = ("EUR", "USD", "GBP")


@dataclass(frozen=True)
class Country:
    """A country with its share of customers, its currency and its value added (or average sales) tax rate."""

    code: str
    share: float
    currency: str
    tax_rate: float
    locale: str


COUNTRIES = (
    Country("DE", 0.20, "EUR", 0.19, "de-DE"),
    Country("FR", 0.10, "EUR", 0.20, "fr-FR"),
    Country("NL", 0.10, "EUR", 0.21, "nl-NL"),
    Country("ES", 0.06, "EUR", 0.21, "es-ES"),
    Country("IT", 0.06, "EUR", 0.22, "it-IT"),
    Country("IE", 0.03, "EUR", 0.23, "en-IE"),
    Country("GB", 0.18, "GBP", 0.20, "en-GB"),
    Country("US", 0.27, "USD", 0.07, "en-US"),
)


@dataclass(frozen=True)
class Provider:
    """A gateway or store: its fees, its dunning rules and its manners as a sender of events.

    ``decline_rate`` is the base chance that a renewal's first charge fails. ``grace_days`` keep access after
    that, ``hold_days`` follow without access. ``late_share`` of events arrive hours to days late, half of the
    others within ``typical_delay`` seconds. ``silent_share`` of ends and ``unheard_share`` of cancellations are
    never sent. ``says_reason``: whether an end carries the reason, or leaves it to be read from the state.
    """

    name: str
    channel: str
    share: float
    methods: tuple[str, ...]
    fee_rate: float
    fee_fixed: int
    decline_rate: float
    grace_days: int
    hold_days: int
    retry_days: tuple[float, ...]
    typical_delay: float
    late_share: float
    silent_share: float
    unheard_share: float
    says_reason: bool
    pauses: bool


PROVIDERS = (
    Provider(
        "stripe", "web", 0.34, ("card", "card", "card", "apple_pay", "google_pay"), 0.015, 25,
        0.044, 14, 0, (1, 3, 5, 8, 11), 6, 0.002, 0.003, 0.0, True, True,
    ),
    Provider(
        "adyen", "web", 0.14, ("card", "card", "sepa_debit", "ideal"), 0.012, 12,
        0.045, 7, 14, (1, 3, 5), 20, 0.004, 0.003, 0.0, True, True,
    ),
    Provider(
        "paypal", "web", 0.10, ("paypal",), 0.029, 35,
        0.042, 0, 15, (5, 10), 45, 0.006, 0.006, 0.0, True, False,
    ),
    Provider(
        "apple", "ios", 0.16, ("apple_id",), 0.15, 0,
        0.034, 16, 44, (1, 2, 4, 7, 12), 90, 0.010, 0.004, 0.0, True, False,
    ),
    Provider(
        "google", "android", 0.12, ("google_play",), 0.15, 0,
        0.046, 7, 30, (1, 2, 4, 6), 60, 0.010, 0.004, 0.01, False, True,
    ),
    Provider(
        "roku", "roku", 0.08, ("roku_pay",), 0.20, 0,
        0.050, 3, 60, (1, 2), 600, 0.030, 0.010, 0.03, False, False,
    ),
    Provider(
        "amazon", "fire_tv", 0.06, ("amazon_pay",), 0.20, 0,
        0.046, 5, 0, (2, 4), 900, 0.050, 0.300, 0.08, False, False,
    ),
)  # fmt: skip

PROVIDER_NAMES = tuple(provider.name for provider in PROVIDERS)
STRIPE, ADYEN, PAYPAL, APPLE, GOOGLE, ROKU, AMAZON = range(len(PROVIDERS))

TELEVISION = (ROKU, AMAZON)
"""The stores that come with a television."""

METHODS = tuple(dict.fromkeys(method for provider in PROVIDERS for method in provider.methods))

GRACE_SECONDS: Integers = np.array([provider.grace_days * DAY for provider in PROVIDERS], dtype=np.int64)
HOLD_SECONDS: Integers = np.array([provider.hold_days * DAY for provider in PROVIDERS], dtype=np.int64)
DECLINE_RATE: Floats = np.array([provider.decline_rate for provider in PROVIDERS])
SILENT_SHARE: Floats = np.array([provider.silent_share for provider in PROVIDERS])
UNHEARD_SHARE: Floats = np.array([provider.unheard_share for provider in PROVIDERS])
FEE_RATE: Floats = np.array([provider.fee_rate for provider in PROVIDERS])
FEE_FIXED: Integers = np.array([provider.fee_fixed for provider in PROVIDERS], dtype=np.int64)
SAYS_REASON = np.array([provider.says_reason for provider in PROVIDERS])
PAUSES = np.array([provider.pauses for provider in PROVIDERS])
TAX_RATE: Floats = np.array([country.tax_rate for country in COUNTRIES])
COUNTRY_CURRENCY: Integers = np.array([CURRENCIES.index(country.currency) for country in COUNTRIES], dtype=np.int64)


@dataclass(frozen=True)
class Campaign:
    """A source of customers: its share, and what its customers bring with them.

    ``quality`` shifts the logarithm of the hazard of leaving (positive leaves sooner). ``coupon_share`` of its
    starts use ``coupon``. ``cost``: what one who registers costs, in hundredths of a euro; some are won for nothing.
    """

    name: str
    channel: str
    share: float
    quality: float
    coupon: str = ""
    coupon_share: float = 0.0
    cost: int = 0


CAMPAIGNS = (
    Campaign("none", "organic_search", 0.22, -0.20),
    Campaign("brand-search", "paid_search", 0.16, -0.05, cost=650),
    Campaign("generic-search", "paid_search", 0.08, 0.10, cost=1900),
    Campaign("always-on-social", "paid_social", 0.13, 0.30, "WELCOME50", 0.30, cost=2400),
    Campaign("half-price-social", "paid_social", 0.08, 0.50, "WELCOME50", 0.80, cost=3100),
    Campaign("friends", "referral", 0.09, -0.40, "FIRSTMONTH5", 0.60, cost=800),
    Campaign("deal-sites", "affiliate", 0.07, 0.65, "FIRSTMONTH5", 0.70, cost=1500),
    Campaign("telco-bundle", "partner", 0.06, -0.30, "PARTNER20", 0.90, cost=1200),
    Campaign("tv-flagship", "tv", 0.07, 0.20, cost=4200),
    Campaign("stadium", "sponsoring", 0.04, -0.10, cost=3600),
)
