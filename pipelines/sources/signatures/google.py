"""Google: the OpenID Connect token that Pub/Sub sends with each push, in the ``Authorization`` header.

Belongs here: that scheme (cloud.google.com/pubsub, "Authenticate push subscriptions"). Does not belong here: what
notifications mean; Google's keys are read from a file, never fetched.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from pipelines.sources.signatures.certificates import PublicKey, candidates
from pipelines.sources.signatures.encoding import from_epoch
from pipelines.sources.signatures.errors import SignatureError
from pipelines.sources.signatures.jws import parse_token, verify_rs256

_ISSUERS = {"https://accounts.google.com", "accounts.google.com"}
_LEEWAY = timedelta(minutes=1)
_WHAT = "bearer token"


def verify_push(
    authorization: str,
    audiences: Collection[str],
    accounts: Collection[str],
    keys: tuple[PublicKey, ...],
    now: datetime,
) -> dict[str, Any]:
    """The claims of a push's token; refuses one that Google did not sign for our audience and service account.

    Google signs tokens for anyone's service account, so audience and account are as much of the proof as the key.
    The token does not cover the body: that rests on TLS.
    """
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise SignatureError("The Authorization header has no bearer token: turn authentication on for the push.")
    token = parse_token(text, _WHAT)
    verify_rs256(token, candidates(keys, token.key_id), _WHAT)
    claims = token.payload
    if str(claims.get("iss")) not in _ISSUERS:
        raise SignatureError("The bearer token is not issued by Google.")
    if str(claims.get("aud")) not in audiences:
        raise SignatureError("The bearer token is for an audience that is not configured.")
    if str(claims.get("email")) not in accounts or claims.get("email_verified") is not True:
        raise SignatureError("The bearer token is of a service account that is not configured.")
    if now > _instant(claims, "exp") + _LEEWAY:
        raise SignatureError("The bearer token has expired.")
    if now < _instant(claims, "iat") - _LEEWAY:
        raise SignatureError("The bearer token lies in the future: compare the clocks of both sides.")
    return claims


def _instant(claims: dict[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise SignatureError(f"The bearer token lacks its time ({name}).")
    return from_epoch(value, f"claim {name} of the bearer token")
