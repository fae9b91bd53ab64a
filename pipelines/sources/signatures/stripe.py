"""Stripe: HMAC-SHA256 over the time and the body, in the ``Stripe-Signature`` header.

Belongs here: that scheme (docs.stripe.com/webhooks). Does not belong here: what events mean.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from pipelines.sources.signatures.encoding import from_epoch, matches, require_recent
from pipelines.sources.signatures.errors import SignatureError

TOLERANCE = timedelta(minutes=5)  # Stripe signs each attempt anew, so even a late repetition is fresh.


def verify_body(header: str, body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Refuse a body without a ``v1`` signature of one of ``secrets`` made within five minutes of ``now``.

    While a secret is rolled, Stripe sends one ``v1`` a secret; any of them will do.
    """
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12) or not signatures:
        raise SignatureError("The Stripe-Signature header lacks its time (t) or its signature (v1).")
    expected = [
        hmac.new(secret.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest() for secret in secrets
    ]
    if not matches(signatures, expected):
        raise SignatureError("The Stripe-Signature header does not fit the body and the configured secret.")
    require_recent(from_epoch(int(times[0]), "Stripe signature"), now, TOLERANCE, "Stripe signature")
