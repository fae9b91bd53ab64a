"""Text to bytes as signatures need it, and the comparison that tells nothing by its duration.

Belongs here: base64 in both alphabets, hexadecimal, instants, JSON objects. Does not belong here: any scheme.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pipelines.sources.signatures.errors import SignatureError


def decode_base64(text: str, what: str) -> bytes:
    """Standard base64, padded; raises ``SignatureError`` that names ``what`` was encoded."""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureError(f"The {what} is not base64.") from error


def decode_base64url(text: str, what: str) -> bytes:
    """URL-safe base64 without padding (RFC 7515, section 2); raises ``SignatureError``."""
    if any(character in "+/=" for character in text):
        raise SignatureError(f"The {what} is not unpadded base64url.")
    return decode_base64(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), what)


class RepeatedKeyError(ValueError):
    """An object of JSON that names a key twice."""


def parse_json(text: str | bytes, *, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """The value of a JSON text; raises ``RepeatedKeyError`` for an object that names a key twice, at any depth.

    Python takes the last of the two values and DuckDB the first: what was verified would not be what is mapped.
    """
    return json.loads(text, object_pairs_hook=_unambiguous, parse_constant=parse_constant)


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise RepeatedKeyError("an object names a key twice")
    return value


def json_object(text: str | bytes, what: str) -> dict[str, Any]:
    """A JSON object without repeated keys; raises ``SignatureError`` for anything else."""
    try:
        value = parse_json(text)
    except RepeatedKeyError as error:
        raise SignatureError(f"The {what} names a key twice.") from error
    except (ValueError, RecursionError) as error:
        raise SignatureError(f"The {what} is not JSON.") from error
    if not isinstance(value, dict):
        raise SignatureError(f"The {what} is not a JSON object.")
    return value


def matches(given: Iterable[str], expected: Collection[str]) -> bool:
    """Whether any given text equals any expected one, in a time that tells neither which nor where they differ."""
    given_bytes = [text.encode(errors="surrogatepass") for text in given]
    # A sum and not any(): that would stop at the first that is equal.
    return sum(hmac.compare_digest(text, own.encode()) for text in given_bytes for own in expected) > 0


def parse_instant(text: str, what: str) -> datetime:
    """An ISO 8601 instant with an offset, in UTC; raises ``SignatureError``."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise SignatureError(f"The {what} is not an ISO 8601 instant.") from error
    if instant.tzinfo is None:
        raise SignatureError(f"The {what} has no offset from UTC.")
    return instant.astimezone(UTC)


def from_epoch(number: float, what: str, *, units_in_second: int = 1) -> datetime:
    """An instant from seconds (or parts of them) since 1970, in UTC; ``SignatureError`` when no calendar has it."""
    try:
        return datetime.fromtimestamp(number / units_in_second, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise SignatureError(f"The {what} is not an instant.") from error


def require_recent(signed_at: datetime, now: datetime, tolerance: timedelta, what: str) -> None:
    """Refuse what was signed longer than ``tolerance`` ago, or further ahead than clocks differ (five minutes)."""
    if now - signed_at > tolerance:
        raise SignatureError(f"The {what} is too old: it was made more than {_spelled(tolerance)} ago.")
    if signed_at - now > timedelta(minutes=5):
        raise SignatureError(f"The {what} lies in the future: compare the clocks of both sides.")


def _spelled(duration: timedelta) -> str:
    minutes = int(duration.total_seconds() // 60)
    return f"{minutes // 60} hours" if minutes >= 120 else f"{minutes} minutes"
