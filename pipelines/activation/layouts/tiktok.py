"""TikTok's customer file: hashed address and number.

Its help pages disagree on the plus sign of a number; E.164 with the sign is what all of them take.

Belongs here: its columns. Does not belong here: other destinations. Source: ads.tiktok.com, "customer file".
"""

from __future__ import annotations

from typing import Any

from pipelines.activation.layouts.base import NO_ADDRESS, Layout, Person
from pipelines.activation.normalising import e164, sha256_hex, tiktok_email

_HEADERS = ("Email_SHA256", "Phone_SHA256")


def _row(person: Person, _purpose: str) -> list[Any] | str:
    email, phone = tiktok_email(person["email"]), e164(person["phone"], person["country"])
    return [sha256_hex(email), sha256_hex(phone)] if email or phone else NO_ADDRESS


LAYOUT = Layout("tiktok", "TikTok customer file", ".csv", _HEADERS, _row, most_bytes=1_000_000_000, least_people=1000)
