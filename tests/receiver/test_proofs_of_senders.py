"""What a single sender signs in its own way: whose app, push, topic or webhook, each item of a batch.

Belongs here: proofs of one sender. Does not belong here: what holds for all of them (``test_authentication``).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from pipelines.receiver.credentials import Credentials
from tests.receiver import signing
from tests.receiver.believing import NOW, reason_of, store_of
from tests.receiver.signing import Signed


def test_adyens_published_example() -> None:
    """The item, key and signature that Adyen's documentation gives, which no code of ours made."""
    item = {**signing.adyen_item(), "additionalData": {"hmacSignature": "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="}}
    body = json.dumps({"notificationItems": [{"NotificationRequestItem": item}]}).encode()
    store = store_of("adyen", {"CHURNIQ_ADYEN_SECRET": signing.ADYEN_SECRET})
    assert reason_of("adyen", Signed(body), store.current(NOW)) is None


def test_adyen_escapes_nothing_and_signs_each_item(credentials: dict[str, Credentials]) -> None:
    """One forged item among signed ones once passed with the batch."""
    colons = signing.adyen_item(reference="a:b\\c")
    assert reason_of("adyen", signing.sign_adyen_items(colons, signing.adyen_item(5)), credentials["adyen"]) is None
    batch = json.loads(signing.sign_adyen_items(colons, signing.adyen_item(5)).body)
    batch["notificationItems"][1]["NotificationRequestItem"]["amount"]["value"] = 6
    reason = reason_of("adyen", Signed(json.dumps(batch).encode()), credentials["adyen"])
    assert reason is not None
    assert "item 2" in reason


def test_apple_is_believed_for_our_apps_and_from_its_root_only(credentials: dict[str, Credentials]) -> None:
    """Apple signs for every app there is, and anyone can make a chain of three certificates."""
    tokens = {
        "an app": signing.apple_token(signing.apple_payload(NOW, "com.example.theirs")),
        "root": signing.apple_token(signing.apple_payload(NOW), signing.apple_chain("another root")),
        "App Store": signing.apple_token(signing.apple_payload(NOW), signing.apple_chain(signer_mark="1.2.3.4")),
        "signature": signing.apple_token(signing.apple_payload(NOW), key="another signer"),
        "ES256": signing.apple_token(signing.apple_payload(NOW), algorithm="none"),
        "three certificates": signing.apple_token(signing.apple_payload(NOW), signing.apple_chain()[:2]),
        "signedDate": signing.apple_token({"data": {"bundleId": "com.example.app"}}),
        "not valid": signing.apple_token(signing.apple_payload(datetime(2010, 1, 1, tzinfo=UTC))),
        "not valid when": signing.apple_token(signing.apple_payload(datetime(2040, 1, 1, tzinfo=UTC))),
    }
    for expected, token in tokens.items():
        reason = reason_of("apple", Signed(json.dumps({"signedPayload": token}).encode()), credentials["apple"])
        assert reason is not None, expected
        assert expected in reason


def test_google_is_believed_for_our_push_only(credentials: dict[str, Credentials]) -> None:
    """Google signs tokens for anyone's service account."""
    claims = signing.google_claims(NOW)
    changes: dict[str, dict[str, object]] = {
        "audience": {"aud": "https://example.com/other"},
        "service account": {"email": "other@example.com"},
        "issued": {"iss": "https://example.com"},
        "(exp)": {"exp": "soon"},
    }
    for expected, change in changes.items():
        headers = {"authorization": "Bearer " + signing.rs256({**claims, **change}, "google")}
        reason = reason_of("google", Signed(b"{}", headers), credentials["google"])
        assert reason is not None
        assert expected in reason
    for header in ({"alg": "none"}, {"alg": "HS256"}, {"crit": "x"}):
        headers = {"authorization": "Bearer " + signing.rs256(claims, "google", **header)}
        assert reason_of("google", Signed(b"{}", headers), credentials["google"])
    headers = {"authorization": "Bearer " + signing.rs256(claims, "another", kid="google")}
    assert reason_of("google", Signed(b"{}", headers), credentials["google"])


def test_amazon_is_believed_for_our_topics_with_either_hash(credentials: dict[str, Credentials]) -> None:
    """Anyone can have Amazon sign a message of a topic of their own."""
    confirmation = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    subscribing = {"Type": "SubscriptionConfirmation", "Token": "t", "SubscribeURL": "https://example.com"}
    believed = [
        signing.sign_amazon_message(signing.amazon_message(NOW, SignatureVersion="1")),
        signing.sign_amazon_message(signing.amazon_message(NOW, Subject="a subject")),
        signing.sign_amazon_message(signing.amazon_message(NOW, **subscribing), confirmation),
    ]
    for signed in believed:
        assert reason_of("amazon", signed, credentials["amazon"]) is None
    theirs = signing.sign_amazon_message(signing.amazon_message(NOW, TopicArn="arn:aws:sns:eu-west-1:666:theirs"))
    reason = reason_of("amazon", theirs, credentials["amazon"])
    assert reason is not None
    assert "topic" in reason


def test_paypal_is_believed_for_our_webhook_only(credentials: dict[str, Credentials]) -> None:
    assert reason_of("paypal", signing.sign_paypal(NOW, "another webhook"), credentials["paypal"])
