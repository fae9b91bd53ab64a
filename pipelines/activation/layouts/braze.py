"""Braze's CSV import: default attributes by their exact names, since any other header makes a custom attribute.

Belongs here: its columns. Does not belong here: other destinations. Source: braze.com/docs, "CSV import".
"""

from __future__ import annotations

from typing import Any

from pipelines.activation.layouts.base import Layout, Person
from pipelines.activation.normalising import e164, plain_email

_PROFILE = ("external_id", "first_name", "last_name", "email", "phone", "country", "language", "home_city")
_HEADERS = (*_PROFILE, "email_subscribe")


def _row(person: Person, purpose: str) -> list[Any] | str:
    # A file of ids alone builds a segment, so nobody is left out for want of an address. Blanks change nothing.
    row = [
        person["customer_id"],
        person["first_name"],
        person["last_name"],
        plain_email(person["email"]),
        e164(person["phone"], person["country"]),
        person["country"],
        (person["locale"] or "").replace("_", "-").partition("-")[0].lower(),
        person["city"],
    ]
    return row if purpose == "service" else [*row, "subscribed" if person["marketing_consent"] else ""]


LAYOUT = Layout(
    "braze",
    "Braze CSV import",
    ".csv",
    _HEADERS,
    _row,
    needs_address=False,
    most_bytes=500_000_000,
    service_headers=_PROFILE,
)
