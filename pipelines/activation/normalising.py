"""How each destination wants an address, a telephone number or a name before it is hashed.

The same address hashes differently for two destinations, and a value that is normalised for the wrong one matches
nobody. A value that cannot be normalised is left out, never sent as it is.

Belongs here: values in, values out. Does not belong here: columns and files (``layouts``).
Sources: support.google.com/google-ads/answer/7659867 and the normalisation of its API (Google), developers.facebook.com
"Customer file custom audiences" v25.0 (Meta), ads.tiktok.com "About customer file audiences" (TikTok).
"""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from functools import lru_cache

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_GMAIL = ("gmail.com", "googlemail.com")
_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)


def sha256_hex(value: str) -> str:
    """The SHA-256 of a text in UTF-8 as 64 small hexadecimals; empty for nothing."""
    return hashlib.sha256(value.encode()).hexdigest() if value else ""


def plain_email(value: str | None) -> str:
    """An address in small letters without white space anywhere; empty when it is none."""
    address = "".join((value or "").split()).lower()
    return address if _ADDRESS.fullmatch(address) else ""


def google_email(value: str | None) -> str:
    """For Google: of a Gmail address, dots and what follows a plus sign do not count."""
    address = plain_email(value)
    local, _, domain = address.rpartition("@")
    if domain in _GMAIL:
        local = local.partition("+")[0].replace(".", "")
    return f"{local}@{domain}" if local else ""


def meta_email(value: str | None) -> str:
    """For Meta: trimmed and in small letters; dots and suffixes stay."""
    address = (value or "").strip().lower()
    return address if _ADDRESS.fullmatch(address) else ""


def tiktok_email(value: str | None) -> str:
    """For TikTok: small letters, and what follows a plus sign does not count."""
    local, _, domain = plain_email(value).rpartition("@")
    local = local.partition("+")[0]
    return f"{local}@{domain}" if local else ""


@lru_cache(maxsize=200_000)
def e164(value: str | None, country: str | None) -> str:
    """A telephone number with its country code, such as +31612345678; empty when it cannot be one.

    A number without a country code is read as one of the customer's country.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(value or "", country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def meta_phone(value: str | None, country: str | None) -> str:
    """For Meta: digits only, the country code first, without leading zeros."""
    return e164(value, country).lstrip("+0")


def google_name(value: str | None) -> str:
    """For Google: trimmed, small letters."""
    return (value or "").strip().lower()


def meta_name(value: str | None) -> str:
    """For Meta: small letters without ASCII punctuation; accents and spaces inside stay."""
    return (value or "").strip().lower().translate(_ASCII_PUNCTUATION).strip()


def meta_letters(value: str | None) -> str:
    """For Meta's city and state: small letters only."""
    return "".join(letter for letter in (value or "").lower() if unicodedata.category(letter)[0] in "LM")


def meta_zip(value: str | None) -> str:
    """For Meta: small letters and digits without spaces and dashes."""
    return re.sub(r"[\s\-]", "", value or "").lower()


def clipped(value: str | None, most_bytes: int) -> str:
    """A text of at most so many bytes of UTF-8, cut between characters."""
    return (value or "").encode()[:most_bytes].decode(errors="ignore")
