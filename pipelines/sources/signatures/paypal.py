"""PayPal: RSA-SHA256 over the transmission's id, time and webhook, and the body's checksum.

Belongs here: that scheme (developer.paypal.com, "Integrate webhooks"). Does not belong here: what events mean; the
certificate that a request points to is never fetched.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from pipelines.sources.signatures.certificates import PublicKey, candidates
from pipelines.sources.signatures.encoding import decode_base64, parse_instant, require_recent
from pipelines.sources.signatures.errors import SignatureError

HEADERS = (
    "paypal-transmission-id",
    "paypal-transmission-time",
    "paypal-transmission-sig",
    "paypal-auth-algo",
    "paypal-cert-url",
)
TOLERANCE = timedelta(hours=96)  # PayPal repeats a delivery for three days and may keep the time of the first.


def verify_body(
    headers: Mapping[str, str], body: bytes, webhook_ids: Sequence[str], keys: tuple[PublicKey, ...], now: datetime
) -> None:
    """Refuse a body that no key of PayPal signed for one of ``webhook_ids`` (the ids that PayPal gave our webhooks)."""
    values = {name: headers.get(name, "") for name in HEADERS[:4]}
    for name, value in values.items():
        if not value:
            raise SignatureError(f"The {name} header is missing.")
    if values["paypal-auth-algo"].upper() != "SHA256WITHRSA":
        raise SignatureError("The paypal-auth-algo header is not SHA256withRSA.")
    signature = decode_base64(values["paypal-transmission-sig"], "paypal-transmission-sig header")
    if not any(_signed(webhook, values, body, signature, keys) for webhook in webhook_ids):
        raise SignatureError("The PayPal signature does not fit the body, the webhook id and the certificate.")
    signed_at = parse_instant(values["paypal-transmission-time"], "paypal-transmission-time header")
    require_recent(signed_at, now, TOLERANCE, "PayPal transmission")


def _signed(
    webhook_id: str, values: Mapping[str, str], body: bytes, signature: bytes, keys: tuple[PublicKey, ...]
) -> bool:
    signed = "|".join(
        [values["paypal-transmission-id"], values["paypal-transmission-time"], webhook_id, str(zlib.crc32(body))]
    )
    for key in candidates(keys, ""):
        try:
            key.verify(signature, signed.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return True
    return False
