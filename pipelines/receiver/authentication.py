"""Whether a request comes from its sender: one pure function a sender, over what was received and what is configured.

Belongs here: which proofs a sender owes. Does not belong here: the proofs themselves
(``pipelines.sources.signatures``), Starlette, the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from pipelines.receiver.credentials import Credentials
from pipelines.sources.signatures import (
    SignatureError,
    adyen,
    apple,
    google,
    keyed_hash,
    paypal,
    roku,
    shared_key,
    sns,
    stripe,
)
from pipelines.sources.signatures.encoding import decode_base64, json_object, require_recent
from pipelines.sources.signatures.jws import parse_token

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
    for app in apps:
        # What these hold is signed with the rest; they are taken apart for keys that are named twice.
        for name in ("signedTransactionInfo", "signedRenewalInfo"):
            if isinstance(app, dict) and isinstance(app.get(name), str):
                parse_token(app[name], name)


def _google(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:
    if credentials.secrets:
        shared_key.verify_key(headers.get("x-api-key", ""), credentials.secrets)
    if credentials.keys:
        authorization = headers.get("authorization", "")
        google.verify_push(authorization, credentials.identities, credentials.accounts, credentials.keys, now)
    message = json_object(body, "body").get("message")
    data = message.get("data") if isinstance(message, dict) else None
    if isinstance(data, str):
        json_object(decode_base64(data, "message.data"), "message.data")


def _roku(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:
    if credentials.secrets:
        shared_key.verify_key(headers.get("x-api-key", ""), credentials.secrets)
    if credentials.keys:
        roku.verify_message(body.decode(errors="replace"), credentials.keys, now)


def _amazon(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    message = json_object(body, "body")
    sns.verify_message(message, credentials.identities, credentials.keys, now)
    if message["Type"] == "Notification":
        json_object(message["Message"], "Message field")


def _adyen(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    # Nothing that Adyen signs has a time: a repetition is told by its content when it is ingested.
    adyen.verify_notification(json_object(body, "body"), credentials.secrets)


def _paypal(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:
    paypal.verify_body(headers, body, tuple(credentials.identities), credentials.keys, now)


def _shared_key(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    shared_key.verify_key(headers.get("x-api-key", ""), credentials.secrets)


def _revenuecat(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    keyed_hash.verify_authorization(headers.get("authorization"), credentials.secrets)


def _chargebee(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    keyed_hash.verify_basic(headers.get("authorization"), credentials.secrets)


def _paddle(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:
    keyed_hash.verify_paddle(headers.get("paddle-signature"), body, credentials.secrets, now)


def _recurly(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:
    keyed_hash.verify_recurly(headers.get("recurly-signature"), body, credentials.secrets, now)


def _lemonsqueezy(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    keyed_hash.verify_hexadecimal("X-Signature", headers.get("x-signature"), body, credentials.secrets)


def _patreon(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    # Patreon's own choice of hash; as a keyed one MD5 is not known to be broken.
    keyed_hash.verify_hexadecimal(
        "X-Patreon-Signature", headers.get("x-patreon-signature"), body, credentials.secrets, "md5"
    )


def _woocommerce(headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime) -> None:  # noqa: ARG001
    header = "X-WC-Webhook-Signature"
    keyed_hash.verify_base64(header, headers.get(header.lower()), body, credentials.secrets)


AUTHENTICATE: dict[str, Authenticate] = {
    "stripe": _reason(_stripe),
    "apple": _reason(_apple),
    "google": _reason(_google),
    "roku": _reason(_roku),
    "amazon": _reason(_amazon),
    "adyen": _reason(_adyen),
    "paypal": _reason(_paypal),
    "cleeng": _reason(_shared_key),
    "revenuecat": _reason(_revenuecat),
    "chargebee": _reason(_chargebee),
    "paddle": _reason(_paddle),
    "recurly": _reason(_recurly),
    "lemonsqueezy": _reason(_lemonsqueezy),
    "patreon": _reason(_patreon),
    "woocommerce": _reason(_woocommerce),
}
