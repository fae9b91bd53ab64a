"""Invented names, telephone numbers and places, so that exports of the sandbox have something to normalise and hash.

All follow from the number of a customer and draw no chance, so that no other feed changes with them. Numbers are of the
ranges kept free for invention where a country has one.

Belongs here: the columns of an identity. Does not belong here: addresses and consent (``customer_events``).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.sandbox.feeds.columns import name_of

_FIRST = ("Anna", "Zoë", "José", "Liam", "Mary-Ann", "Noor", "Søren", "Giulia", "Oisín", "Emma", "Lukas", "Chloé")
_LAST = ("de Vries", "Müller", "O'Brien", "García", "Rossi", "Smith", "Dupont", "Jansen", "Weiß", "Nguyen", "Jones")
_CITIES = ("Berlin", "Lyon", "Utrecht", "Málaga", "Turin", "Galway", "Leeds", "St. Louis")
_REGIONS = ("Berlin", "Auvergne-Rhône-Alpes", "Utrecht", "Andalucía", "Piemonte", "Connacht", "West Yorkshire", "MO")
_POSTAL_CODES = ("10115", "69001", "3511 LX", "29001", "10121", "H91 E2R3", "LS1 4AP", "63101")
# As people write them: with a country code, without one, with spaces or none; none for every fourth.
_PHONES = (
    "+49 30 23125",
    "06 39 98 ",
    "+31 6 1234 ",
    "612 34 5",
    "+39 06 1234 ",
    "085 123 4",
    "07700 900",
    "(202) 555-01",
)
_PHONE_DIGITS = (3, 4, 4, 3, 4, 3, 3, 2)


def identity(customer: pl.Expr, country: pl.Expr) -> dict[str, pl.Expr]:
    """The columns of the feed that say who a customer is, by their names; country is its position in the markets."""
    tails = [(customer % 10**digits).cast(pl.String).str.zfill(digits) for digits in _PHONE_DIGITS]
    numbers = [pl.lit(start) + tail for start, tail in zip(_PHONES, tails, strict=True)]
    phone: pl.Expr = pl.lit(None, dtype=pl.String)
    for position, number in enumerate(numbers):
        phone = pl.when(country == position).then(number).otherwise(phone)
    return {
        "phone": pl.when(customer % 4 > 0).then(phone),
        "first_name": _one_of(_FIRST, customer),
        "last_name": _one_of(_LAST, customer),
        "city": name_of(country, _CITIES),
        "region": name_of(country, _REGIONS),
        "postal_code": name_of(country, _POSTAL_CODES),
    }


def _one_of(names: Sequence[str], customer: pl.Expr) -> pl.Expr:
    return name_of(customer % len(names), names)
