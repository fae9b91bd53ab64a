"""Adyen: HMAC-SHA256 over eight fields of each notification item, in its ``additionalData.hmacSignature``.

Belongs here: that scheme (docs.adyen.com, "Verify HMAC signatures"), which covers reference, amount, event and success
but neither the date nor the reason. Does not belong here: what notifications mean.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from pipelines.sources.signatures.encoding import matches
from pipelines.sources.signatures.errors import SignatureError


def verify_notification(notification: dict[str, Any], secrets: Sequence[str]) -> None:
    """Refuse a notification (``{"live", "notificationItems"}``) unless each of its items is signed."""
    items = notification.get("notificationItems")
    if not isinstance(items, list) or not items:
        raise SignatureError("The body has no notificationItems.")
    for number, entry in enumerate(items, start=1):
        item = entry.get("NotificationRequestItem") if isinstance(entry, dict) else None
        if not isinstance(item, dict):
            raise SignatureError(f"Notification item {number} has no NotificationRequestItem.")
        verify_item(item, secrets, f"notification item {number}")


def verify_item(item: dict[str, Any], secrets: Sequence[str], what: str = "notification item") -> None:
    """Refuse a ``NotificationRequestItem`` whose signature was made with none of ``secrets`` (hexadecimal keys)."""
    additional = item.get("additionalData")
    signature = additional.get("hmacSignature") if isinstance(additional, dict) else None
    if not isinstance(signature, str) or not signature:
        raise SignatureError(f"The hmacSignature of {what} is missing: turn HMAC signatures on in Adyen.")
    data = signed_text(item).encode(errors="surrogatepass")
    expected = [
        base64.b64encode(hmac.new(decode_key(secret), data, hashlib.sha256).digest()).decode() for secret in secrets
    ]
    if not matches([signature], expected):
        raise SignatureError(f"The hmacSignature of {what} does not fit its fields and the configured key.")


def signed_text(item: dict[str, Any]) -> str:
    """What Adyen signs of an item: eight fields joined by colons, missing ones empty, nothing escaped."""
    amount = item.get("amount")
    amount = amount if isinstance(amount, dict) else {}
    fields = [
        item.get("pspReference"),
        item.get("originalReference"),
        item.get("merchantAccountCode"),
        item.get("merchantReference"),
        amount.get("value"),
        amount.get("currency"),
        item.get("eventCode"),
        item.get("success"),
    ]
    return ":".join(_text(field) for field in fields)


def _text(field: object) -> str:
    if isinstance(field, bool):
        return "true" if field else "false"
    return "" if field is None else str(field)


def decode_key(secret: str) -> bytes:
    """A hexadecimal key as bytes; raises ``ValueError``."""
    try:
        return bytes.fromhex(secret)
    except ValueError as error:
        raise ValueError("The key of Adyen is not hexadecimal: copy it from Adyen as it is shown.") from error
