"""Mailchimp's CSV import: an address, the names, a telephone number and the segment as a tag.

Belongs here: its columns. Does not belong here: other destinations. Source: mailchimp.com/help, "Format guidelines".
"""

from __future__ import annotations

from typing import Any

from pipelines.activation.layouts.base import ADDRESS_NOT_TAKEN, NO_ADDRESS, Layout, Person
from pipelines.activation.normalising import clipped, e164, plain_email

_MOST_BYTES = 255
_HEADERS = ("Email Address", "First Name", "Last Name", "Phone", "Tags")


def _row(person: Person, _purpose: str) -> list[Any] | str:
    address = plain_email(person["email"])
    if not address:
        return NO_ADDRESS
    if not address.partition("@")[0].isascii() or len(address.encode()) > _MOST_BYTES:
        return ADDRESS_NOT_TAKEN
    phone = e164(person["phone"], person["country"])
    names = (clipped(person[name], _MOST_BYTES) for name in ("first_name", "last_name"))
    return [address, *names, phone, clipped(person["segment"], _MOST_BYTES)]


LAYOUT = Layout("mailchimp", "Mailchimp CSV import", ".csv", _HEADERS, _row, most_bytes=100_000_000)
