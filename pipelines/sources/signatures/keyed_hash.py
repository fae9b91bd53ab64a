"""Bodies under a keyed hash: the schemes of Paddle, Recurly, Lemon Squeezy, WooCommerce and Patreon, and two headers.

Belongs here: HMAC over a body, alone or with the time it was sent; HTTP's basic authentication and a fixed
``Authorization`` header. Does not belong here: schemes with more to them (``stripe``, ``adyen``).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from pipelines.sources.signatures.encoding import from_epoch, matches, require_recent
from pipelines.sources.signatures.errors import SignatureError

TOLERANCE = timedelta(minutes=5)  # Paddle and Recurly sign each attempt anew.


def verify_hexadecimal(
    header: str, value: str | None, body: bytes, secrets: Sequence[str], digest: str = "sha256"
) -> None:
    """Refuse a body whose hash in hexadecimal, the value of ``header``, was made with none of ``secrets``."""
    _require(header, value, [hmac.new(secret.encode(), body, digest).hexdigest() for secret in secrets])


def verify_base64(header: str, value: str | None, body: bytes, secrets: Sequence[str]) -> None:
    """Refuse a body whose SHA-256 hash in base64, the value of ``header``, was made with none of ``secrets``."""
    hashes = (hmac.new(secret.encode(), body, hashlib.sha256).digest() for secret in secrets)
    _require(header, value, [base64.b64encode(found).decode() for found in hashes])


def verify_paddle(value: str | None, body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Refuse a body without a fresh hash in ``Paddle-Signature`` (``ts=<seconds>;h1=<hash>``, several while rolled)."""
    pairs = [part.strip().partition("=") for part in (value or "").split(";")]
    times = [text for name, _, text in pairs if name == "ts"]
    hashes = [text for name, _, text in pairs if name == "h1"]
    if len(times) != 1:
        raise SignatureError("The Paddle-Signature header is missing, or lacks its time (ts).")
    sent_at = _instant("Paddle-Signature", times[0], units_in_second=1)
    _require_timed("Paddle-Signature", times[0].encode() + b":" + body, hashes, secrets, sent_at=sent_at, now=now)


def verify_recurly(value: str | None, body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Refuse a body without a fresh hash in ``recurly-signature`` (``<milliseconds>,<hash>``, several while rolled)."""
    time, *hashes = (part.strip() for part in (value or "").split(","))
    sent_at = _instant("recurly-signature", time, units_in_second=1000)
    _require_timed("recurly-signature", time.encode() + b"." + body, hashes, secrets, sent_at=sent_at, now=now)


def verify_basic(value: str | None, secrets: Sequence[str]) -> None:
    """Refuse a request whose basic authentication is none of ``secrets``, each ``user:password``."""
    expected = [f"Basic {base64.b64encode(secret.encode()).decode()}" for secret in secrets]
    _require("Authorization", value, expected)


def verify_authorization(value: str | None, secrets: Sequence[str]) -> None:
    """Refuse a request whose ``Authorization`` header is none of ``secrets``, with or without ``Bearer`` before it."""
    _require("Authorization", value, [*secrets, *(f"Bearer {secret}" for secret in secrets)])


def _require(header: str, value: str | None, expected: Sequence[str]) -> None:
    if not value:
        raise SignatureError(f"The {header} header is missing.")
    if not matches([value.strip()], expected):
        raise SignatureError(f"The {header} header does not fit the request and the configured secret.")


def _require_timed(
    header: str, signed: bytes, hashes: Sequence[str], secrets: Sequence[str], *, sent_at: datetime, now: datetime
) -> None:
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    if not matches(hashes, expected):
        raise SignatureError(f"The {header} header does not fit the body and the configured secret.")
    require_recent(sent_at, now, TOLERANCE, f"{header} header")


def _instant(header: str, time: str, *, units_in_second: int) -> datetime:
    if not (time.isascii() and time.isdigit() and len(time) <= 15):
        raise SignatureError(f"The {header} header lacks its time.")
    return from_epoch(int(time), f"{header} header", units_in_second=units_in_second)
