"""Whom the receiver believes: each sender's proof, right, wrong, late, tampered with and missing.

Belongs here: what holds for all senders alike. Does not belong here: what one of them alone signs
(``test_proofs_of_senders``).
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import UserError
from pipelines.receiver.bodies import MalformedBodyError, require_message
from pipelines.receiver.credentials import CredentialError, Credentials
from pipelines.receiver.senders import SENDERS
from tests.receiver import signing
from tests.receiver.believing import NOW, reason_of, store_of
from tests.receiver.signing import SIGN, Signed


def test_every_sender_is_played() -> None:
    """A sender without a test of its proof is a door that nobody tried."""
    assert SIGN.keys() == SENDERS.keys()


@pytest.mark.parametrize("name", SENDERS)
def test_a_right_proof_is_believed(name: str, credentials: dict[str, Credentials]) -> None:
    assert reason_of(name, SIGN[name](NOW), credentials[name]) is None


# A change to each sender's message that its proof must show. What Google, Cleeng, RevenueCat and Chargebee send proves
# who sends, not what.
TAMPERED: dict[str, tuple[bytes, bytes]] = {
    "stripe": (b"evt_1", b"evt_2"),
    "apple": (b'{"signedPayload": "', b'{"signedPayload": "A'),
    "roku": (b".", b".A"),
    "amazon": (b"RENEWED", b"EXPIRED"),
    "adyen": (b"1130", b"1131"),
    "paypal": (b"COMPLETED", b"REVERSED_"),
    "paddle": (b"evt_1", b"evt_2"),
    "recurly": (b"renewed", b"expired"),
    "lemonsqueezy": (b"subscription_updated", b"subscription_expired"),
    "patreon": (b"m-1", b"m-2"),
    "woocommerce": (b"active", b"cancel"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_tampered_body_is_refused(name: str, credentials: dict[str, Credentials]) -> None:
    signed = SIGN[name](NOW)
    before, after = TAMPERED[name]
    tampered = replace(signed, body=signed.body.replace(before, after, 1))
    assert tampered.body != signed.body
    assert reason_of(name, tampered, credentials[name])


@pytest.mark.parametrize("name", SENDERS)
def test_what_another_key_signed_is_refused(
    name: str, credentials: dict[str, Credentials], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forger knows the format of every sender, and has keys of their own."""
    assert reason_of(name, SIGN[name](NOW), credentials[name]) is None
    rsa_key, curve_key = signing.rsa_key, signing.curve_key
    monkeypatch.setattr(signing, "SHARED_KEY", signing.SHARED_KEY[::-1])
    monkeypatch.setattr(signing, "ADYEN_SECRET", signing.ADYEN_SECRET[::-1])
    monkeypatch.setattr(signing, "rsa_key", lambda of: rsa_key(f"forged {of}"))
    monkeypatch.setattr(signing, "curve_key", lambda of: curve_key(f"forged {of}"))
    forged = signing.sign_stripe(NOW, "whsec_forged") if name == "stripe" else SIGN[name](NOW)
    assert reason_of(name, forged, credentials[name])


def test_a_tampered_payload_under_a_real_signature_is_refused(credentials: dict[str, Credentials]) -> None:
    """The signature part of a token stays valid base64 and the payload valid JSON: only the proof fails."""
    for name, token in (("apple", signing.apple_token(signing.apple_payload(NOW))), ("roku", SIGN["roku"](NOW).body)):
        header, payload, signature = (token.decode() if isinstance(token, bytes) else token).split(".")
        content = base64.urlsafe_b64decode(payload + "==")
        changed = signing.base64url(content.replace(b"DID_RENEW", b"REFUND___").replace(b"nbf", b"abc"))
        assert changed != payload
        forged = f"{header}.{changed}.{signature}"
        body = json.dumps({"signedPayload": forged}) if name == "apple" else forged
        reason = reason_of(name, Signed(body.encode()), credentials[name])
        assert reason is not None
        assert "sign" in reason


# How much later each message must be refused when it is played again.
TOO_LATE = {
    "stripe": timedelta(minutes=5, seconds=1),
    "apple": timedelta(days=7, seconds=1),
    "google": timedelta(hours=1, minutes=2),
    "roku": timedelta(hours=24, minutes=2),
    "amazon": timedelta(hours=24, seconds=1),
    "paypal": timedelta(days=4, seconds=1),
    "paddle": timedelta(minutes=5, seconds=1),
    "recurly": timedelta(minutes=5, seconds=1),
}


@pytest.mark.parametrize("name", TOO_LATE)
def test_a_message_played_again_late_is_refused(name: str, credentials: dict[str, Credentials]) -> None:
    signed, late = SIGN[name](NOW), NOW + TOO_LATE[name]
    assert reason_of(name, signed, credentials[name], late - timedelta(minutes=3)) is None
    reason = reason_of(name, signed, credentials[name], late)
    assert reason is not None
    assert "too old" in reason or "expired" in reason


UNDATED = sorted(SENDERS.keys() - TOO_LATE.keys())


@pytest.mark.parametrize("name", UNDATED)
def test_a_proof_without_a_time_never_ages(name: str, credentials: dict[str, Credentials]) -> None:
    """Nothing that they sign has a time; repetitions are told apart when they are ingested."""
    assert reason_of(name, SIGN[name](NOW), credentials[name], NOW + timedelta(days=365)) is None


@pytest.mark.parametrize("name", TOO_LATE)
def test_a_message_from_the_future_is_refused(name: str, credentials: dict[str, Credentials]) -> None:
    ahead = timedelta(hours=2)
    reason = reason_of(name, SIGN[name](NOW), credentials[name], NOW - ahead)
    assert reason is not None
    assert "future" in reason


HEADERS = [(name, header) for name in SENDERS for header in SIGN[name](NOW).headers if header != "paypal-cert-url"]


@pytest.mark.parametrize(("name", "header"), HEADERS)
def test_a_missing_header_is_refused(name: str, header: str, credentials: dict[str, Credentials]) -> None:
    assert reason_of(name, SIGN[name](NOW).without(header), credentials[name])


@pytest.mark.parametrize(("name", "header"), HEADERS)
@pytest.mark.parametrize(
    "value", ["", "x", "t=,v1=", "t=1,v1=é", "t=99999999999999999999,v1=00", "Bearer a.b.c", "\u20ac"]
)
def test_a_nonsense_header_is_refused(name: str, header: str, value: str, credentials: dict[str, Credentials]) -> None:
    signed = SIGN[name](NOW)
    assert reason_of(name, replace(signed, headers={**signed.headers, header: value}), credentials[name])


@pytest.mark.parametrize("name", ["apple", "amazon", "adyen"])
@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"[{}]",
        b'{"signedPayload": 1}',
        b'{"signedPayload": "a.b.c"}',
        b'{"notificationItems": []}',
        b'{"notificationItems": [1]}',
        b'{"notificationItems": [{"NotificationRequestItem": {"additionalData": {"hmacSignature": 5}}}]}',
        b'{"SignatureVersion": "2", "Signature": "AAAA", "Type": "Notification"}',
        b'{"SignatureVersion": "3", "Signature": "AAAA", "Type": "Notification"}',
    ],
)
def test_a_body_without_its_signature_is_refused(name: str, body: bytes, credentials: dict[str, Credentials]) -> None:
    assert reason_of(name, Signed(body), credentials[name])


_NAMES = ["signedPayload", "notificationItems", "NotificationRequestItem", "additionalData", "hmacSignature", "amount"]
_NAMES += ["value", "Type", "Signature", "SignatureVersion", "Message", "Timestamp", "TopicArn", "MessageId"]
_TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["Notification", "1", "2", "AAAA", "e30.e30.AAAA", "eyJhbGciOiJFUzI1NiJ9.e30.AA"]),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=8),
    max_leaves=20,
)


@pytest.mark.parametrize("examples", [40, pytest.param(500, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", SENDERS)
def test_nonsense_is_refused_and_never_an_error(name: str, examples: int, credentials: dict[str, Credentials]) -> None:
    """An exception would be a 500, which senders repeat for days."""

    @settings(max_examples=examples, deadline=None)
    @given(body=st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=8), header=_TEXTS)
    def refuse(body: dict[str, object], header: str) -> None:
        headers = {"authorization": f"Bearer {header}", **dict.fromkeys(SIGN[name](NOW).headers, header)}
        reason = reason_of(name, Signed(json.dumps(body).encode(), headers), credentials[name])
        assert reason is not None
        assert reason.endswith(".")

    refuse()


@pytest.mark.parametrize("value", [[], {}, 10**400, "x", None, True, 1e300, -(10**400)])
def test_odd_claims_under_a_real_signature_are_refused(value: object, credentials: dict[str, Credentials]) -> None:
    """Types that were never seen, signed by the right key."""
    for claim in ("iss", "aud", "email", "email_verified", "exp", "iat"):
        token = signing.rs256({**signing.google_claims(NOW), claim: value}, "google")
        is_true = claim == "email_verified" and value is True
        reason = reason_of("google", Signed(b"{}", {"authorization": f"Bearer {token}"}), credentials["google"])
        assert (reason is None) is is_true or claim in {"exp", "iat"}
    for claim in ("iss", "exp", "nbf", "x-Roku-message"):
        reason_of(
            "roku",
            Signed(signing.rs256({**signing.roku_claims(NOW), claim: value}, "roku").encode()),
            credentials["roku"],
        )
    for claim in ("signedDate", "data"):
        token = signing.apple_token({**signing.apple_payload(NOW), claim: value})
        assert reason_of("apple", Signed(json.dumps({"signedPayload": token}).encode()), credentials["apple"])


def test_a_rolled_secret_is_believed_beside_its_predecessor() -> None:
    """Stripe signs with both for a day; other senders change at once, and in between either may come."""
    values = {"CHURNIQ_STRIPE_SECRET": "new", "CHURNIQ_STRIPE_SECRET_PREVIOUS": "old"}
    both = store_of("stripe", values).current(NOW)
    for secret, is_believed in (("new", True), ("old", True), ("other", False)):
        reason = reason_of("stripe", signing.sign_stripe(NOW, secret), both)
        assert (reason is None) is is_believed
    other, own = signing.sign_stripe(NOW, "other"), signing.sign_stripe(NOW, "new")
    several = other.headers["stripe-signature"] + "," + own.headers["stripe-signature"].split(",")[1]
    assert reason_of("stripe", replace(own, headers={"stripe-signature": several}), both) is None


@pytest.mark.parametrize("name", ["google", "roku"])
def test_a_key_alone_or_beside_a_signature(name: str, tmp_path: Path) -> None:
    """Whatever is configured must be satisfied, all of it."""
    values = signing.environment(tmp_path)
    secret = {f"CHURNIQ_{name.upper()}_SECRET": signing.SHARED_KEY}
    keyed, signed = Signed(b"{}", {"x-api-key": signing.SHARED_KEY}), SIGN[name](NOW)
    alone, both = store_of(name, secret).current(NOW), store_of(name, {**values, **secret}).current(NOW)
    assert reason_of(name, keyed, alone) is None
    assert reason_of(name, signed, alone)
    assert reason_of(name, keyed, both)
    assert reason_of(name, signed, both)
    assert reason_of(name, replace(signed, headers={**signed.headers, **keyed.headers}), both) is None


def test_credentials_that_belong_together_are_all_set_or_none(tmp_path: Path) -> None:
    values = signing.environment(tmp_path)
    for name in ("apple", "google", "amazon", "paypal"):
        alone = {f"CHURNIQ_{name.upper()}_CERTIFICATE": values[f"CHURNIQ_{name.upper()}_CERTIFICATE"]}
        with pytest.raises(UserError, match="set both, or neither"):
            store_of(name, alone)


def test_a_replaced_certificate_is_taken_up_and_an_expired_one_is_our_fault(tmp_path: Path) -> None:
    """Keys are rolled while the receiver runs; a sender that is told 401 for our expired file gives up."""
    values = signing.environment(tmp_path)
    store = store_of("roku", values)
    assert reason_of("roku", SIGN["roku"](NOW), store.current(NOW)) is None
    (tmp_path / "roku.json").write_text(signing.key_set("another", "third"))
    assert reason_of("roku", SIGN["roku"](NOW), store.current(NOW))
    (tmp_path / "roku.json").write_text("{")
    with pytest.raises(CredentialError, match=r"roku\.json is not a JSON Web Key set"):
        store.current(NOW)
    (tmp_path / "roku.json").unlink()
    with pytest.raises(CredentialError, match="cannot be read"):
        store.current(NOW)
    with pytest.raises(CredentialError, match="expired"):
        store_of("amazon", values).current(datetime(2037, 1, 1, tzinfo=UTC))


def test_no_secret_is_in_the_text_of_credentials(credentials: dict[str, Credentials]) -> None:
    for item in credentials.values():
        shown = repr(item)
        assert not any(secret in shown for secret in item.secrets)


def _encoded(name: str, text: str) -> bytes:
    """A body of a sender that holds a document in encoded form, signed as its sender would."""
    match name:
        case "apple":
            payload = signing.apple_payload(NOW)
            payload["data"]["signedTransactionInfo"] = f"e30.{signing.base64url(text.encode())}.e30"
            return json.dumps({"signedPayload": signing.apple_token(payload)}).encode()
        case "amazon":
            return signing.sign_amazon_message({**signing.amazon_message(NOW), "Message": text}).body
        case _:
            data = base64.b64encode(text.encode()).decode()
            return json.dumps({"message": {"data": data, "messageId": "1"}, "subscription": "s"}).encode()


@pytest.mark.parametrize("name", ["apple", "amazon", "google"])
@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"a": {"b": [{"c": 1, "\\u0063": 2}]}}'])
def test_an_encoded_document_that_names_a_key_twice_is_refused(
    name: str, text: str, credentials: dict[str, Credentials]
) -> None:
    """What was signed was read with the second value of a key, and what was counted with the first."""
    signed = SIGN[name](NOW)
    assert reason_of(name, replace(signed, body=_encoded(name, '{"a": 1, "b": {"a": 2}}')), credentials[name]) is None
    reason = reason_of(name, replace(signed, body=_encoded(name, text)), credentials[name])
    assert reason is not None
    assert "names a key twice" in reason


@pytest.mark.parametrize("name", SENDERS)
def test_a_body_that_names_a_key_twice_is_refused(name: str) -> None:
    """The verifier took the last value of a key and the lake the first, so a forged one was let in."""
    body = SIGN[name](NOW).body
    if SENDERS[name].may_send_token:
        body = b'{"transactionType": "Sale"}'
    for twice in (b'"k": 1, "k": 2', b'"x": [{"k": {"a": 1}, "\\u006b": 2}]'):
        with pytest.raises(MalformedBodyError, match="names a key twice"):
            require_message(body[:-1] + b", " + twice + b"}", may_be_token=True)
