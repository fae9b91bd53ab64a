"""Whether a request comes from its sender: one pure function a sender, over what was received and what is configured.

Belongs here: which proofs a sender owes. Does not belong here: the proofs themselves
(``pipelines.sources.signatures``), Starlette, the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from pipelines.receiver.credentials import Credentials
from pipelines.sources.signatures import SignatureError, adyen, apple, google, paypal, roku, shared_key, sns, stripe
from pipelines.sources.signatures.encoding import json_object, require_recent

# Apple repeats a notification for 157 hours (1, 12, 24, 48 and 72 after each other) and may keep its signature.
APPLE_TOLERANCE = timedelta(hours=168)

# From headers (names in lower case), the body's bytes, the credentials and the time to None, or why not: one sentence.
Authenticate = Callable[[Mapping[str, str], bytes, Credentials, datetime], str | None]
_Verify = Callable[[Mapping[str, str], bytes, Credentials, datetime], None]


def _reason(verify: _Verify) -> Authenticate:
    def authenticate(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> str | None:
        try:
            verify(headers, body, credentials, now)
        except SignatureError as error:
            return str(error)
        return None

    return authenticate


def _stripe(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:
    header = headers.get("stripe-signature")
    if not header:
        raise SignatureError("The Stripe-Signature header is missing.")
    stripe.verify_body(header, body, credentials.secrets, now)


def _apple(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    token = json_object(body, "body").get("signedPayload")
    if not isinstance(token, str):
        raise SignatureError("The body has no signedPayload: choose version 2 notifications in App Store Connect.")
    payload = apple.verify_jws(token, credentials.roots)
    apps = [part for name in ("data", "summary", "externalPurchaseToken", "appData") if (part := payload.get(name))]
    # Apple signs for every app there is: only the bundle says that a notification is about ours.
    if not any(isinstance(app, dict) and str(app.get("bundleId")) in credentials.identities for app in apps):
        raise SignatureError("The notification is signed, but for an app that is not configured.")
    require_recent(apple.signed_at(payload), now, APPLE_TOLERANCE, "Apple notification")


def _google(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    if credentials.secrets:
        shared_key.verify_key(headers.get("x-api-key", ""), credentials.secrets)
    if credentials.keys:
        authorization = headers.get("authorization", "")
        google.verify_push(authorization, credentials.identities, credentials.accounts, credentials.keys, now)


def _roku(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:
    if credentials.secrets:
        shared_key.verify_key(headers.get("x-api-key", ""), credentials.secrets)
    if credentials.keys:
        roku.verify_message(body.decode(errors="replace"), credentials.keys, now)


def _amazon(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    sns.verify_message(json_object(body, "body"), credentials.identities, credentials.keys, now)


def _adyen(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    # Nothing that Adyen signs has a time: a repetition is told by its content when it is ingested.
    adyen.verify_notification(json_object(body, "body"), credentials.secrets)


def _paypal(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:
    paypal.verify_body(headers, body, tuple(credentials.identities), credentials.keys, now)


def _shared_key(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    shared_key.verify_key(headers.get("x-api-key", ""), credentials.secrets)


AUTHENTICATE: dict[str, Authenticate] = {
    "stripe": _reason(_stripe),
    "apple": _reason(_apple),
    "google": _reason(_google),
    "roku": _reason(_roku),
    "amazon": _reason(_amazon),
    "adyen": _reason(_adyen),
    "paypal": _reason(_paypal),
    "cleeng": _reason(_shared_key),
}
