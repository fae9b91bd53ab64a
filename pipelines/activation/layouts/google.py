"""Google's Customer Match: address, number and names hashed, country and postal code plain.

Belongs here: its columns. Does not belong here: other destinations. Source:
support.google.com/google-ads/answer/7659867.
"""

from __future__ import annotations

from typing import Any

from pipelines.activation.layouts.base import NO_ADDRESS, Layout, Person
from pipelines.activation.normalising import e164, google_email, google_name, sha256_hex

_HEADERS = ("Email", "Phone", "First Name", "Last Name", "Country", "Zip")


def _row(person: Person, _purpose: str) -> list[Any] | str:
    email, phone = google_email(person["email"]), e164(person["phone"], person["country"])
    first, last = google_name(person["first_name"]), google_name(person["last_name"])
    country, postal_code = person["country"] or "", (person["postal_code"] or "").strip()
    # The four parts of a postal address only match together.
    is_whole = bool(first and last and country and postal_code)
    if not (email or phone or is_whole):
        return NO_ADDRESS
    postal = [sha256_hex(first), sha256_hex(last), country, postal_code] if is_whole else ["", "", "", ""]
    return [sha256_hex(email), sha256_hex(phone), *postal]


LAYOUT = Layout("google", "Google Customer Match", ".csv", _HEADERS, _row, most_bytes=5_000_000_000, least_people=1000)
