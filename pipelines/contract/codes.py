"""Codes of countries and currencies by their ISO standards.

Belongs here: which codes there are, and other spellings of them. Does not belong here: who uses them.
"""

from __future__ import annotations

import pycountry

# ISO 4217 also codes metals, funds, test and no currency at all: nobody pays a subscription in these.
_NO_MONEY = frozenset(
    (
        "XAD",
        "XAG",
        "XAU",
        "XBA",
        "XBB",
        "XBC",
        "XBD",
        "XDR",
        "XPD",
        "XPT",
        "XSU",
        "XTS",
        "XUA",
        "XXX",
        "BOV",
        "CHE",
        "CHW",
        "CLF",
        "COU",
        "MXV",
        "USN",
        "UYI",
        "UYW",
    )
)
# Histories reach back to currencies that have since been withdrawn (ISO 4217 list three, from 2010 on).
_WITHDRAWN = frozenset(
    (
        "ANG",
        "BGN",
        "BYR",
        "CUC",
        "EEK",
        "HRK",
        "LTL",
        "LVL",
        "MRO",
        "SLL",
        "STD",
        "VEF",
        "ZMK",
        "ZWL",
    )
)

CURRENCIES: frozenset[str] = (frozenset(currency.alpha_3 for currency in pycountry.currencies) - _NO_MONEY) | _WITHDRAWN
"""ISO 4217 codes of money."""

COUNTRIES: frozenset[str] = frozenset(country.alpha_2 for country in pycountry.countries)
"""ISO 3166-1 alpha-2 codes."""

ALPHA_2_BY_ALPHA_3: dict[str, str] = {country.alpha_3: country.alpha_2 for country in pycountry.countries}
"""ISO 3166-1 alpha-3 codes and the alpha-2 code of the same country."""

# Digits after the point by ISO 4217, where they are not two.
WITHOUT_MINOR_UNIT = frozenset(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    )
)
WITH_THREE_DIGITS = frozenset(
    (
        "BHD",
        "IQD",
        "JOD",
        "KWD",
        "LYD",
        "OMR",
        "TND",
    )
)
