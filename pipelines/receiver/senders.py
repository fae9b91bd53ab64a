"""Who may send: one entry a sender, whose name is its path, its folder in the inbox and its source.

Belongs here: how each proves itself, which variables configure that, what is kept of its headers, and the answer it
waits for. Does not belong here: verifying, HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from pipelines.extensions import with_added_receivers
from pipelines.receiver.authentication import AUTHENTICATE, Authenticate
from pipelines.receiver.credentials import Credentials, Variable
from pipelines.sources.signatures import adyen
from pipelines.sources.signatures.paypal import HEADERS as PAYPAL_HEADERS


@dataclass(frozen=True)
class Answer:
    """What a sender is told once its request is on the disk."""

    content: str = '{"accepted":true}'
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict, repr=False)


def _accepted(body: str, credentials: Credentials | None) -> Answer:  # noqa: ARG001
    return Answer()


def _anything(credentials: Credentials) -> None:
    pass


def _adyen_keys(credentials: Credentials) -> None:
    for secret in credentials.secrets:
        adyen.decode_key(secret)


def _adyen_accepted(body: str, credentials: Credentials | None) -> Answer:  # noqa: ARG001
    return Answer("[accepted]", "text/plain")


def _roku_accepted(body: str, credentials: Credentials | None) -> Answer:
    """Roku takes an unsigned push as delivered only when the answer repeats its key and shows our own."""
    if credentials is None or not credentials.reply_key or not body.lstrip().startswith("{"):
        return Answer()
    response_key = json.loads(body).get("responseKey", "")
    return Answer(str(response_key), "text/plain", {"ApiKey": credentials.reply_key})


@dataclass(frozen=True)
class Sender:
    """A sender of webhooks.

    ``alternatives`` are the sets of variables that configure it: each is set in full or not at all, and every set
    that is there must be satisfied. ``require_usable`` raises ``ValueError`` for credentials that could never
    fit. ``kept_headers`` (lower case) go into the inbox: parts of signatures, never keys.
    """

    name: str
    title: str
    proof: str
    alternatives: tuple[tuple[str, ...], ...]
    variables: tuple[Variable, ...]
    authenticate: Authenticate
    kept_headers: tuple[str, ...] = ()
    answer: Callable[[str, Credentials | None], Answer] = _accepted
    require_usable: Callable[[Credentials], None] = _anything
    has_root_certificates: bool = False
    may_send_token: bool = False


_PREVIOUS = Variable("SECRET_PREVIOUS", "optional: the secret before it, while it is rolled")
_KEY = Variable("SECRET", "a key of your own making, which the sender puts in X-Api-Key or ?token=")

_ALL = (
    Sender(
        name="stripe",
        title="Stripe",
        proof="Stripe-Signature: HMAC-SHA256, not older than 5 minutes",
        alternatives=(("SECRET",),),
        variables=(Variable("SECRET", "the endpoint's signing secret (whsec_...)"), _PREVIOUS),
        authenticate=AUTHENTICATE["stripe"],
        kept_headers=("stripe-signature",),
    ),
    Sender(
        name="apple",
        title="Apple App Store Server Notifications V2",
        proof="signedPayload: ES256, certificates up to Apple's root, not older than 7 days",
        alternatives=(("CERTIFICATE", "BUNDLE_ID"),),
        variables=(
            Variable("CERTIFICATE", "file of Apple Root CA - G3 (PEM or DER)"),
            Variable("BUNDLE_ID", "the apps' bundle ids, separated by commas"),
        ),
        authenticate=AUTHENTICATE["apple"],
        has_root_certificates=True,
    ),
    Sender(
        name="google",
        title="Google Play, through a Pub/Sub push",
        proof="OpenID Connect bearer token (RS256), or a key",
        alternatives=(("SECRET",), ("CERTIFICATE", "AUDIENCE", "ACCOUNT")),
        variables=(
            _KEY,
            _PREVIOUS,
            Variable("CERTIFICATE", "file of Google's public keys (JSON Web Key set or PEM)"),
            Variable("AUDIENCE", "the push's audience"),
            Variable("ACCOUNT", "the push's service account (its email)"),
        ),
        authenticate=AUTHENTICATE["google"],
    ),
    Sender(
        name="roku",
        title="Roku Pay",
        proof="signed push (RS256), or a key",
        alternatives=(("SECRET",), ("CERTIFICATE",)),
        variables=(
            _KEY,
            _PREVIOUS,
            Variable("CERTIFICATE", "file of Roku's public keys (JSON Web Key set)"),
            Variable("API_KEY", "optional: Roku Pay API key, which the answer to an unsigned push must show"),
        ),
        authenticate=AUTHENTICATE["roku"],
        answer=_roku_accepted,
        may_send_token=True,
    ),
    Sender(
        name="amazon",
        title="Amazon Appstore, through SNS",
        proof="Signature in the message: RSA, not older than 24 hours",
        alternatives=(("CERTIFICATE", "TOPIC"),),
        variables=(
            Variable("CERTIFICATE", "file of the SNS signing certificate (PEM)"),
            Variable("TOPIC", "the topics' ARNs, separated by commas"),
        ),
        authenticate=AUTHENTICATE["amazon"],
    ),
    Sender(
        name="adyen",
        title="Adyen",
        proof="hmacSignature of each item: HMAC-SHA256",
        alternatives=(("SECRET",),),
        variables=(Variable("SECRET", "the webhook's HMAC key (hexadecimal)"), _PREVIOUS),
        authenticate=AUTHENTICATE["adyen"],
        answer=_adyen_accepted,
        require_usable=_adyen_keys,
    ),
    Sender(
        name="paypal",
        title="PayPal",
        proof="PAYPAL-TRANSMISSION-SIG: RSA-SHA256, not older than 4 days",
        alternatives=(("CERTIFICATE", "WEBHOOK_ID"),),
        variables=(
            Variable("CERTIFICATE", "file of the certificate that PAYPAL-CERT-URL names (PEM)"),
            Variable("WEBHOOK_ID", "the webhooks' ids, separated by commas"),
        ),
        authenticate=AUTHENTICATE["paypal"],
        kept_headers=PAYPAL_HEADERS,
    ),
    Sender(
        name="cleeng",
        title="Cleeng",
        proof="a key",
        alternatives=(("SECRET",),),
        variables=(_KEY, _PREVIOUS),
        authenticate=AUTHENTICATE["cleeng"],
    ),
    Sender(
        name="revenuecat",
        title="RevenueCat",
        proof="a fixed Authorization header",
        alternatives=(("SECRET",),),
        variables=(Variable("SECRET", "the value of the webhook's Authorization header"), _PREVIOUS),
        authenticate=AUTHENTICATE["revenuecat"],
    ),
    Sender(
        name="chargebee",
        title="Chargebee",
        proof="basic authentication",
        alternatives=(("SECRET",),),
        variables=(Variable("SECRET", "the webhook's user name and password, as user:password"), _PREVIOUS),
        authenticate=AUTHENTICATE["chargebee"],
    ),
    Sender(
        name="paddle",
        title="Paddle Billing",
        proof="Paddle-Signature: HMAC-SHA256, not older than 5 minutes",
        alternatives=(("SECRET",),),
        variables=(Variable("SECRET", "the notification destination's secret key (pdl_ntfset_...)"), _PREVIOUS),
        authenticate=AUTHENTICATE["paddle"],
        kept_headers=("paddle-signature",),
    ),
    Sender(
        name="recurly",
        title="Recurly",
        proof="recurly-signature: HMAC-SHA256, not older than 5 minutes",
        alternatives=(("SECRET",),),
        variables=(Variable("SECRET", "the webhook endpoint's secret key"), _PREVIOUS),
        authenticate=AUTHENTICATE["recurly"],
        kept_headers=("recurly-signature",),
    ),
    Sender(
        name="lemonsqueezy",
        title="Lemon Squeezy",
        proof="X-Signature: HMAC-SHA256",
        alternatives=(("SECRET",),),
        variables=(Variable("SECRET", "the webhook's signing secret"), _PREVIOUS),
        authenticate=AUTHENTICATE["lemonsqueezy"],
        kept_headers=("x-signature",),
    ),
    Sender(
        name="patreon",
        title="Patreon",
        proof="X-Patreon-Signature: HMAC-MD5",
        alternatives=(("SECRET",),),
        variables=(Variable("SECRET", "the webhook's secret"), _PREVIOUS),
        authenticate=AUTHENTICATE["patreon"],
        kept_headers=("x-patreon-signature", "x-patreon-event"),
    ),
    Sender(
        name="woocommerce",
        title="WooCommerce Subscriptions",
        proof="X-WC-Webhook-Signature: HMAC-SHA256",
        alternatives=(("SECRET",),),
        variables=(Variable("SECRET", "the webhook's secret"), _PREVIOUS),
        authenticate=AUTHENTICATE["woocommerce"],
        kept_headers=("x-wc-webhook-signature", "x-wc-webhook-topic"),
    ),
)

SENDERS = with_added_receivers({sender.name: sender for sender in _ALL}, Sender)


def describe_senders() -> str:
    """The senders and the variables that configure them, as lines for a person."""
    lines = []
    for sender in SENDERS.values():
        lines += ["", f"POST /{sender.name:<12} {sender.title}: {sender.proof}"]
        lines += [f"  CHURNIQ_{sender.name.upper()}_{item.suffix:<16} {item.meaning}" for item in sender.variables]
    return "\n".join(lines).lstrip("\n")
