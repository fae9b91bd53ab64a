"""Amazon: RSA over named fields of a Simple Notification Service message, as the Appstore sends its notifications.

Belongs here: that scheme (docs.aws.amazon.com/sns, "Verifying the signatures"). Does not belong here: what messages
mean; the certificate and the confirmation that a message points to are never fetched.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from pipelines.sources.signatures.certificates import PublicKey, candidates
from pipelines.sources.signatures.encoding import decode_base64, parse_instant, require_recent
from pipelines.sources.signatures.errors import SignatureError

TOLERANCE = timedelta(hours=24)  # A message keeps its time when it is sent again.

_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_FIELDS = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
# Version 1 is Amazon's default for a topic: whoever receives cannot choose it.
_HASHES: dict[str, SHA1 | SHA256] = {"1": SHA1(), "2": SHA256()}  # noqa: S303


def verify_message(
    message: dict[str, Any], topics: Collection[str], keys: tuple[PublicKey, ...], now: datetime
) -> None:
    """Refuse a message that none of ``keys`` signed, or of a topic other than ``topics``.

    Anyone can have Amazon sign messages of a topic of their own, so the topic is as much of the proof as the key.
    """
    digest = _HASHES.get(str(message.get("SignatureVersion")))
    signature = message.get("Signature")
    if digest is None or not isinstance(signature, str):
        raise SignatureError("The body is no signed message of Amazon SNS: turn raw message delivery off.")
    signed, content = signed_text(message).encode(errors="surrogatepass"), decode_base64(signature, "Signature field")
    for key in candidates(keys, ""):
        try:
            key.verify(content, signed, PKCS1v15(), digest)
        except InvalidSignature:
            continue
        break
    else:
        raise SignatureError("The Signature of the message does not fit its fields and the configured certificate.")
    if message["TopicArn"] not in topics:
        raise SignatureError("The message is signed, but for a topic that is not configured.")
    require_recent(parse_instant(message["Timestamp"], "Timestamp field"), now, TOLERANCE, "message")


def signed_text(message: dict[str, Any]) -> str:
    """What Amazon signs: name and value of each field of that type, a line each, an absent Subject left out."""
    fields = _FIELDS.get(str(message.get("Type")))
    if fields is None:
        raise SignatureError("The Type of the message is none that Amazon SNS sends.")
    lines = []
    for name in fields:
        value = message.get(name)
        if name == "Subject" and value is None:
            continue
        if not isinstance(value, str):
            raise SignatureError(f"The field {name} of the message is missing.")
        lines += [name, value]
    return "".join(line + "\n" for line in lines)
