"""Requests as each sender would sign them, with keys made for the tests.

Belongs here: playing the senders. Does not belong here: what the receiver makes of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding

STRIPE_SECRET = "whsec_stripe_secret"  # noqa: S105
ADYEN_SECRET = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"  # noqa: S105
SHARED_KEY = "a-shared-key-of-32-characters!,:"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:appstore"
AUDIENCE, ACCOUNT = "https://example.com/google", "push@example.iam.gserviceaccount.com"
ROKU_ISSUER = "Roku, Inc. urn:roku:apps:partner-service.roku.com"


@dataclass(frozen=True)
class Signed:
    """A request: its headers (lower case) and body."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def without(self, header: str) -> Signed:
        return replace(self, headers={name: value for name, value in self.headers.items() if name != header})


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """An RSA key; the same one for the same name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def curve_key(name: str) -> ec.EllipticCurvePrivateKey:
    """A key on P-256; the same one for the same name."""
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    subject: str,
    *,
    issuer: str,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    issuer_key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    mark: str | None = None,
    is_authority: bool = False,
    valid_from: datetime = datetime(2020, 1, 1, tzinfo=UTC),
    valid_to: datetime = datetime(2036, 1, 1, tzinfo=UTC),
) -> x509.Certificate:
    """A certificate; ``mark`` is the identifier of an extension as Apple puts them into its own."""
    name = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in (subject, issuer)]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name[0])
        .issuer_name(name[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_to)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_usage(is_authority=is_authority), critical=True)
    )
    if mark:
        builder = builder.add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier(mark), b"\x05\x00"), critical=False
        )
    return builder.sign(issuer_key, SHA256())


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


@cache
def apple_chain(root: str = "root", signer_mark: str = "1.2.840.113635.100.6.11.1") -> tuple[x509.Certificate, ...]:
    """Signer, authority and root, marked as Apple marks its own."""
    keys = {name: curve_key(name) for name in ("signer", "authority", root)}
    return (
        certificate("signer", issuer="authority", key=keys["signer"], issuer_key=keys["authority"], mark=signer_mark),
        certificate(
            "authority",
            issuer=root,
            key=keys["authority"],
            issuer_key=keys[root],
            mark="1.2.840.113635.100.6.2.1",
            is_authority=True,
        ),
        certificate(root, issuer=root, key=keys[root], issuer_key=keys[root], is_authority=True),
    )


@cache
def sender_certificate(name: str) -> x509.Certificate:
    """A self-made certificate over ``rsa_key(name)``."""
    return certificate(name, issuer=name, key=rsa_key(name), issuer_key=rsa_key(name))


def key_set(*names: str) -> str:
    """A JSON Web Key set of the RSA keys of those names, which are their ids."""
    numbers = {name: rsa_key(name).public_key().public_numbers() for name in names}
    keys = [
        {"kty": "RSA", "alg": "RS256", "kid": name, "n": _integer(item.n), "e": _integer(item.e)}
        for name, item in numbers.items()
    ]
    return json.dumps({"keys": keys})


def _integer(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def rs256(payload: dict[str, Any], key: str, **header: str) -> str:
    """A token signed with ``rsa_key(key)``."""
    parts = [{"alg": "RS256", "kid": key, **header}, payload]
    signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{base64url(rsa_key(key).sign(signed.encode(), padding.PKCS1v15(), SHA256()))}"


def apple_token(
    payload: dict[str, Any],
    chain: tuple[x509.Certificate, ...] | None = None,
    key: str = "signer",
    algorithm: str = "ES256",
) -> str:
    """A token as Apple signs one: ES256, with its certificates."""
    x5c = [base64.b64encode(item.public_bytes(Encoding.DER)).decode() for item in chain or apple_chain()]
    signed = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": algorithm, "x5c": x5c}, payload))
    first, second = decode_dss_signature(curve_key(key).sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{base64url(first.to_bytes(32, 'big') + second.to_bytes(32, 'big'))}"


def sign_stripe(now: datetime, secret: str = STRIPE_SECRET) -> Signed:
    body = b'{"id": "evt_1", "type": "invoice.paid"}'
    signed_at = str(int(now.timestamp()))
    signature = hmac.new(secret.encode(), f"{signed_at}.".encode() + body, hashlib.sha256).hexdigest()
    return Signed(body, {"stripe-signature": f"t={signed_at},v1={signature},v0=ignored"})


def apple_payload(now: datetime, bundle: str = "com.example.app") -> dict[str, Any]:
    return {"notificationType": "DID_RENEW", "signedDate": int(now.timestamp() * 1000), "data": {"bundleId": bundle}}


def sign_apple(now: datetime) -> Signed:
    return Signed(json.dumps({"signedPayload": apple_token(apple_payload(now))}).encode())


def google_claims(now: datetime) -> dict[str, Any]:
    return {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "email": ACCOUNT,
        "email_verified": True,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(hours=1)).timestamp()),
    }


def sign_google(now: datetime) -> Signed:
    body = b'{"message": {"data": "e30=", "messageId": "1"}, "subscription": "s"}'
    return Signed(body, {"authorization": "Bearer " + rs256(google_claims(now), "google")})


def roku_claims(now: datetime) -> dict[str, Any]:
    return {
        "iss": ROKU_ISSUER,
        "exp": int((now + timedelta(hours=24)).timestamp()),
        "nbf": int((now - timedelta(hours=1)).timestamp()),
        "x-Roku-message": base64url(b'{"transactionType": "Sale", "transactionId": "1"}'),
    }


def sign_roku(now: datetime) -> Signed:
    return Signed(rs256(roku_claims(now), "roku").encode())


def amazon_message(now: datetime, **changes: str) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Message": '{"notificationType": "SUBSCRIPTION_RENEWED"}',
        "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "SignatureVersion": "2",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        **changes,
    }


def sign_amazon_message(message: dict[str, Any], fields: list[str] | None = None) -> Signed:
    names = fields or ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    digest = SHA1() if message["SignatureVersion"] == "1" else SHA256()  # noqa: S303
    signature = rsa_key("amazon").sign(text.encode(), padding.PKCS1v15(), digest)
    return Signed(json.dumps({**message, "Signature": base64.b64encode(signature).decode()}).encode())


def sign_amazon(now: datetime) -> Signed:
    return sign_amazon_message(amazon_message(now))


def adyen_item(value: int = 1130, reference: str = "TestPayment-1407325143704") -> dict[str, Any]:
    """The item of Adyen's published example."""
    return {
        "pspReference": "7914073381342284",
        "merchantAccountCode": "TestMerchant",
        "merchantReference": reference,
        "amount": {"value": value, "currency": "EUR"},
        "eventCode": "AUTHORISATION",
        "eventDate": "2019-05-06T17:15:34.121+02:00",
        "success": "true",
    }


def sign_adyen_items(*items: dict[str, Any]) -> Signed:
    entries = []
    for item in items:
        amount = item["amount"]
        text = (
            f"{item['pspReference']}::{item['merchantAccountCode']}:{item['merchantReference']}:"
            f"{amount['value']}:{amount['currency']}:{item['eventCode']}:{item['success']}"
        )
        digest = hmac.new(bytes.fromhex(ADYEN_SECRET), text.encode(), hashlib.sha256).digest()
        additional = {"hmacSignature": base64.b64encode(digest).decode()}
        entries.append({"NotificationRequestItem": {**item, "additionalData": additional}})
    return Signed(json.dumps({"live": "true", "notificationItems": entries}).encode())


def sign_adyen(now: datetime) -> Signed:
    return sign_adyen_items(adyen_item())


def sign_paypal(now: datetime, webhook_id: str = "8PT597110X687430LKGECATA") -> Signed:
    body = b'{"id": "WH-1", "event_type": "PAYMENT.SALE.COMPLETED"}'
    signed_at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"69cd13f0-d67a|{signed_at}|{webhook_id}|{zlib.crc32(body)}"
    signature = rsa_key("paypal").sign(text.encode(), padding.PKCS1v15(), SHA256())
    return Signed(
        body,
        {
            "paypal-transmission-id": "69cd13f0-d67a",
            "paypal-transmission-time": signed_at,
            "paypal-transmission-sig": base64.b64encode(signature).decode(),
            "paypal-auth-algo": "SHA256withRSA",
            "paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/CERT-0",
        },
    )


def sign_cleeng(now: datetime) -> Signed:
    return Signed(b'{"broadcasterId": 1, "topic": "transactionCreated", "data": {}}', {"x-api-key": SHARED_KEY})


def _hash(body: bytes, digest: str = "sha256") -> hmac.HMAC:
    return hmac.new(SHARED_KEY.encode(), body, digest)


def sign_revenuecat(now: datetime) -> Signed:
    return Signed(b'{"api_version": "1.0", "event": {"type": "RENEWAL"}}', {"authorization": f"Bearer {SHARED_KEY}"})


def sign_chargebee(now: datetime) -> Signed:
    credentials = base64.b64encode(f"churniq:{SHARED_KEY}".encode()).decode()
    return Signed(b'{"id": "ev_1", "event_type": "subscription_renewed"}', {"authorization": f"Basic {credentials}"})


def sign_paddle(now: datetime, body: bytes = b'{"event_id": "evt_1", "event_type": "subscription.updated"}') -> Signed:
    seconds = int(now.timestamp())
    return Signed(body, {"paddle-signature": f"ts={seconds};h1={_hash(f'{seconds}:'.encode() + body).hexdigest()}"})


def sign_recurly(now: datetime, body: bytes = b'{"id": "1", "event_type": "renewed"}') -> Signed:
    moment = int(now.timestamp() * 1000)
    return Signed(body, {"recurly-signature": f"{moment},{_hash(f'{moment}.'.encode() + body).hexdigest()}"})


def sign_lemonsqueezy(
    now: datetime, body: bytes = b'{"meta": {"event_name": "subscription_updated"}, "data": {}}'
) -> Signed:
    return Signed(body, {"x-signature": _hash(body).hexdigest()})


def sign_patreon(now: datetime, body: bytes = b'{"data": {"type": "member", "id": "m-1"}}') -> Signed:
    return Signed(body, {"x-patreon-signature": _hash(body, "md5").hexdigest()})


def sign_woocommerce(now: datetime, body: bytes = b'{"id": 1, "status": "active"}') -> Signed:
    return Signed(body, {"x-wc-webhook-signature": base64.b64encode(_hash(body).digest()).decode()})


SIGN: dict[str, Callable[[datetime], Signed]] = {
    "stripe": sign_stripe,
    "apple": sign_apple,
    "google": sign_google,
    "roku": sign_roku,
    "amazon": sign_amazon,
    "adyen": sign_adyen,
    "paypal": sign_paypal,
    "cleeng": sign_cleeng,
    "revenuecat": sign_revenuecat,
    "chargebee": sign_chargebee,
    "paddle": sign_paddle,
    "recurly": sign_recurly,
    "lemonsqueezy": sign_lemonsqueezy,
    "patreon": sign_patreon,
    "woocommerce": sign_woocommerce,
}


def environment(folder: Path) -> dict[str, str]:
    """The variables that configure every sender, with the files they name written to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "apple.der": apple_chain()[-1].public_bytes(Encoding.DER),
        "google.json": key_set("google").encode(),
        "roku.json": key_set("roku").encode(),
        "amazon.pem": sender_certificate("amazon").public_bytes(Encoding.PEM),
        "paypal.pem": sender_certificate("paypal").public_bytes(Encoding.PEM),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return {
        "CHURNIQ_STRIPE_SECRET": STRIPE_SECRET,
        "CHURNIQ_APPLE_CERTIFICATE": str(folder / "apple.der"),
        "CHURNIQ_APPLE_BUNDLE_ID": "com.example.other, com.example.app",
        "CHURNIQ_GOOGLE_CERTIFICATE": str(folder / "google.json"),
        "CHURNIQ_GOOGLE_AUDIENCE": AUDIENCE,
        "CHURNIQ_GOOGLE_ACCOUNT": ACCOUNT,
        "CHURNIQ_ROKU_CERTIFICATE": str(folder / "roku.json"),
        "CHURNIQ_AMAZON_CERTIFICATE": str(folder / "amazon.pem"),
        "CHURNIQ_AMAZON_TOPIC": TOPIC,
        "CHURNIQ_ADYEN_SECRET": ADYEN_SECRET,
        "CHURNIQ_PAYPAL_CERTIFICATE": str(folder / "paypal.pem"),
        "CHURNIQ_PAYPAL_WEBHOOK_ID": "8PT597110X687430LKGECATA",
        "CHURNIQ_CLEENG_SECRET": SHARED_KEY,
        "CHURNIQ_CHARGEBEE_SECRET": f"churniq:{SHARED_KEY}",
        **{
            f"CHURNIQ_{name}_SECRET": SHARED_KEY
            for name in ("REVENUECAT", "PADDLE", "RECURLY", "LEMONSQUEEZY", "PATREON", "WOOCOMMERCE")
        },
    }
