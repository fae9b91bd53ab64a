"""Roku: the signed form of its push notifications, a body that is one JSON Web Token.

Belongs here: that scheme (developer.roku.com, "Receiving secured Roku Pay push notifications"). Does not belong here:
what transactions mean; Roku's keys are read from a file, never fetched.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pipelines.sources.signatures.certificates import PublicKey, candidates
from pipelines.sources.signatures.encoding import decode_base64url, from_epoch, json_object
from pipelines.sources.signatures.errors import SignatureError
from pipelines.sources.signatures.jws import parse_token, verify_rs256

_ISSUER = "Roku, Inc. urn:roku:apps:partner-service.roku.com"
_LEEWAY = timedelta(minutes=1)
_WHAT = "Roku token"


def verify_message(text: str, keys: tuple[PublicKey, ...], now: datetime | None = None) -> dict[str, Any]:
    """The transaction in a signed push; refuses one that Roku did not sign or, given ``now``, that has expired.

    Roku's tokens are good for a day. Files that are ingested later are verified without ``now``.
    """
    token = parse_token(text, _WHAT)
    verify_rs256(token, candidates(keys, token.key_id), _WHAT)
    claims = token.payload
    if claims.get("iss") != _ISSUER:
        raise SignatureError("The Roku token is not issued by Roku Pay.")
    if now is not None:
        if now > _instant(claims, "exp") + _LEEWAY:
            raise SignatureError("The Roku token has expired.")
        if now < _instant(claims, "nbf") - _LEEWAY:
            raise SignatureError("The Roku token lies in the future: compare the clocks of both sides.")
    message = claims.get("x-Roku-message")
    if not isinstance(message, str):
        raise SignatureError("The Roku token holds no x-Roku-message.")
    return json_object(decode_base64url(message.rstrip("="), "x-Roku-message"), "x-Roku-message")


def _instant(claims: dict[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise SignatureError(f"The Roku token lacks its time ({name}).")
    return from_epoch(value, f"claim {name} of the Roku token")
