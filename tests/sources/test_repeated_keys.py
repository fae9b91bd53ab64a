"""An object that names a key twice, in the lake: before a signature is verified, after it, and without any."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from pipelines.sources import SOURCES
from tests.sources.delivering import Inbox
from tests.sources.stories import amazon, apple, google, paypal, stripe

PAYLOAD_SENDERS = [name for name, source in SOURCES.items() if source.takes_payloads]
TWICE = '"k": 1, "k": 2'
AT_ANY_DEPTH = [f"{{{TWICE}}}", f'{{"a": [{{"b": {{{TWICE}}}}}]}}', '{"k": {"a": 1}, "\\u006b": {"a": 1}}']


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _token(text: str) -> str:
    return f"e30.{base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}.e30"


def _within(document: dict[str, Any], twice: str) -> str:
    """The text of a document with an object in it that names a key twice."""
    return f'{json.dumps(document)[:-1]}, "beside": {twice}}}'


def _encoded(sender: str, twice: str) -> str:
    """A payload whose encoded document names a key twice."""
    match sender:
        case "apple":
            bought = apple.transaction("2025-01-05T10:00:00", "2025-02-05T10:00:00")
            told = apple.notification("SUBSCRIBED/INITIAL_BUY", "2025-01-05T10:00:00", bought)
            told["data"]["signedTransactionInfo"] = _token(_within(bought, twice))
            return json.dumps({"signedPayload": _token(json.dumps(told))})
        case "google":
            pushed = google.notification(google.CANCELED, "2025-01-05T10:00:00")
            document = json.loads(base64.b64decode(pushed["message"]["data"]))
            pushed["message"]["data"] = _base64(_within(document, twice))
            return json.dumps(pushed)
        case "roku":
            message = (
                base64.urlsafe_b64encode(_within({"transactionType": "Sale"}, twice).encode()).decode().rstrip("=")
            )
            return json.dumps({"payload": _token(json.dumps({"x-Roku-message": message}))})
        case _:
            told = next(payload for payload in amazon.payloads() if "Message" in payload)
            return json.dumps(told | {"Message": _within(json.loads(told["Message"]), twice)})


def test_no_sender_may_name_a_key_twice(inbox: Inbox) -> None:
    """DuckDB read the first value of a repeated key and the verifier the last, so a forged payload was counted."""
    for sender in PAYLOAD_SENDERS:
        inbox.deliver(sender, [f'{{"id": "1", "beside": {twice}}}' for twice in AT_ANY_DEPTH])
        inbox.deliver_text(sender, f'[{{"id": "1", "beside": {AT_ANY_DEPTH[0]}}}]', "document.json")
    reasons = [reason for _, reason in inbox.rejections()]
    assert reasons == ["duplicate_key"] * (len(AT_ANY_DEPTH) + 1) * len(PAYLOAD_SENDERS)


@pytest.mark.parametrize(
    ("innocent", "forged"),
    [
        ('{"k": {"a": {"a": [1]}, "x": 1}}', '{"k": {"a": 1, "x": 1, "a": 2}}'),
        ('{"a": {"a": [1]}, "x": 1}', '{"a": 1, "x": 1, "a": {}}'),
    ],
)
def test_a_repeated_key_does_not_pass_beside_a_payload_like_it(innocent: str, forged: str, inbox: Inbox) -> None:
    """Each set of keys is looked at once, by a hash, and DuckDB gave ``[[a, x], [a]]`` the hash of ``[[a, x, a]]``."""
    inbox.deliver("stripe", [innocent, forged])
    assert [reason for row, reason in inbox.rejections() if row == 2] == ["duplicate_key"]


def test_no_encoded_document_may_name_a_key_twice(inbox: Inbox) -> None:
    """The payload was looked at, and the token, the push or the message within it was not."""
    senders = ("apple", "google", "roku", "amazon")
    for sender in senders:
        inbox.deliver(sender, [_encoded(sender, twice) for twice in AT_ANY_DEPTH])
    assert [reason for _, reason in inbox.rejections()] == ["duplicate_key"] * len(AT_ANY_DEPTH) * len(senders)


@pytest.mark.parametrize("sender", ["stripe", "paypal"])
def test_keys_that_repeat_in_other_objects_are_no_repetition(sender: str, inbox: Inbox) -> None:
    """Every event has an id in each of its objects; none of them may be refused for it."""
    inbox.deliver(sender, {"stripe": stripe, "paypal": paypal}[sender].payloads())
    assert [row for row in inbox.rejections() if row[1] == "duplicate_key"] == []


def test_what_an_envelope_does_not_sign_is_not_read(inbox: Inbox) -> None:
    """A field beside Amazon's signed message took the place of the one in it, and ended another's subscription."""
    told = next(payload for payload in amazon.payloads() if "Message" in payload)
    forged = told | {"notificationType": "SUBSCRIPTION_EXPIRED", "receiptId": "another", "appUserId": "another"}
    inbox.deliver("amazon", [forged])
    rows = inbox.rows("subscription_events", "subscription_id") + inbox.rows("other_events", "subject_id")
    assert "another" not in str(rows)
    assert inbox.rows("subscription_events", "event_type") != [{"event_type": "ended"}]
