"""Meta's customer list: every value normalised as its API says, then hashed.

Belongs here: its columns. Does not belong here: other destinations. Source: developers.facebook.com, custom audiences.
"""

from __future__ import annotations

from typing import Any

from pipelines.activation.layouts.base import NO_ADDRESS, Layout, Person
from pipelines.activation.normalising import (
    meta_email,
    meta_letters,
    meta_name,
    meta_phone,
    meta_zip,
    sha256_hex,
)

_HEADERS = ("email", "phone", "fn", "ln", "ct", "st", "zip", "country")


def _row(person: Person, _purpose: str) -> list[Any] | str:
    email, phone = meta_email(person["email"]), meta_phone(person["phone"], person["country"])
    if not email and not phone:
        return NO_ADDRESS
    values = (
        email,
        phone,
        meta_name(person["first_name"]),
        meta_name(person["last_name"]),
        meta_letters(person["city"]),
        meta_letters(person["region"]),
        meta_zip(person["postal_code"]),
        (person["country"] or "").lower(),
    )
    return [sha256_hex(value) for value in values]


LAYOUT = Layout(
    "meta",
    "Meta custom audience",
    ".csv",
    _HEADERS,
    _row,
    least_people=100,
    notes=("Meta flags audiences whose names suggest health or money, such as 'low income' or 'payment failed'.",),
)
