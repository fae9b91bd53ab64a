"""What is answered to requests of every kind, and what of them reaches the disk."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.lake.payloads import ENVELOPE_START
from pipelines.receiver.senders import SENDERS, describe_senders
from pipelines.receiver.server import configure
from pipelines.settings import Settings
from tests.receiver import signing
from tests.receiver.asking import Answered, receiving
from tests.receiver.running import finished_segments, stored_requests
from tests.receiver.signing import SIGN


def _answers(
    settings: Settings, environment: dict[str, str], *asked: tuple[str, bytes], **options: object
) -> list[Answered]:
    """The answers to POST requests, given as paths and bodies."""

    async def ask() -> list[Answered]:
        async with receiving(settings, environment, **options) as client:  # type: ignore[arg-type]
            return [await client.post(path, body) for path, body in asked]

    return asyncio.run(ask())


@pytest.mark.parametrize("name", SENDERS)
def test_a_believed_request_is_stored_as_it_was_sent(name: str, settings: Settings, configured: dict[str, str]) -> None:
    """One line a request: when, the headers that its signature needs, and the body to the letter."""
    before = datetime.now(UTC)
    signed = SIGN[name](before)

    async def send() -> Answered:
        async with receiving(settings, configured, is_loopback=False) as client:
            headers = {**signed.headers, "User-Agent": "a sender", "Cookie": "a secret"}
            return await client.ask("POST", f"/{name}", signed.body, headers)

    answered = asyncio.run(send())
    assert answered.status == 200, answered.body
    [stored] = stored_requests(settings.home, name)
    assert list(stored) == ["received_at", "headers", "body", "record_sha256"]
    assert before <= datetime.fromisoformat(stored["received_at"]) <= datetime.now(UTC)
    assert len(stored["received_at"]) == len("2026-11-23T04:15:00.000000+00:00")
    assert stored["body"] == signed.body.decode()
    kept = {key: value for key, value in signed.headers.items() if key in SENDERS[name].kept_headers}
    assert stored["headers"] == kept
    assert not {"x-api-key", "authorization", "cookie"} & stored["headers"].keys()


@pytest.mark.parametrize("name", SENDERS)
def test_an_unbelieved_request_is_not_stored(name: str, settings: Settings, configured: dict[str, str]) -> None:
    [answered] = _answers(settings, configured, (f"/{name}", b'{"id": 1}'))
    assert answered.status == 401
    assert "www-authenticate" in answered.headers
    assert answered.reason.endswith(".")
    assert not stored_requests(settings.home, name)


MALFORMED: dict[str, tuple[bytes, str]] = {
    "repeated_key": (b'{"a": 1, "b": [{"c": 1, "c": 1}]}', "names a key twice"),
    "empty": (b"", "not JSON"),
    "text": (b"hello", "not JSON"),
    "half": (b'{"a": 1', "not JSON"),
    "two": (b'{"a": 1}{"b": 2}', "not JSON"),
    "form": (b"payload=%7B%7D", "not JSON"),
    "number": (b"5", "neither a JSON object"),
    "empty batch": (b"[]", "neither a JSON object"),
    "batch of numbers": (b'[{"a": 1}, 2]', "neither a JSON object"),
    "not a number": (b'{"a": NaN}', "number that no system can read"),
    "huge number": (b'{"a": ' + b"9" * 5000 + b"}", "number that no system can read"),
    "deep": (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    "line break in a string": (b'{"a": "\n"}', "not JSON"),
    "byte order mark": (b'\xef\xbb\xbf{"a": 1}', "not JSON"),
    "latin 1": ('{"name": "Zoë"}'.encode("latin-1"), "not UTF-8: byte 13"),
    "utf 16": ('{"name": 1}'.encode("utf-16"), "not UTF-8: byte 1"),
    "surrogate": (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
    "token": (b"aaa.bbb.ccc", "not JSON"),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_body_is_refused_in_a_sentence(kind: str, settings: Settings) -> None:
    body, expected = MALFORMED[kind]
    [answered] = _answers(settings, {}, ("/cleeng", body))
    assert answered.status == 400
    assert expected in answered.reason
    assert not stored_requests(settings.home, "cleeng")


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "Zoë ☂ 𝄞", "odd": "\\u0000 \\ud800 \u2028 \x7f"}',
        '[{"a": 1}, {"a": 2}]',
        '  {"a"\n:\t1}\r\n',
        '{"a": {"a": 2}}',
    ],
)
def test_the_body_is_kept_to_the_letter(body: str, settings: Settings) -> None:
    """A signature is over these very bytes; whoever writes JSON anew cannot verify it again."""
    [answered] = _answers(settings, {}, ("/cleeng", body.encode()))
    assert answered.status == 200
    [stored] = stored_requests(settings.home, "cleeng")
    assert stored["body"] == body
    [segment] = finished_segments(settings.home, "cleeng")
    line = segment.read_text()
    assert line.startswith(ENVELOPE_START), "by which the lake tells that a body is wrapped"
    assert duckdb.execute("select json_extract_string($1, '$.body')", [line]).fetchall() == [(body,)]


def test_a_body_that_is_too_large_is_refused_announced_or_not(settings: Settings) -> None:
    async def ask() -> list[int]:
        async with receiving(settings, {}, max_body=100) as client:
            fits, large = b'{"a": "' + b"x" * 91 + b'"}', b'{"a": "' + b"x" * 92 + b'"}'
            answers = [
                await client.post("/cleeng", fits),
                await client.post("/cleeng", large),
                await client.post("/cleeng", large, content_length="101"),
                await client.post("/cleeng", large, content_length="5"),
                await client.post("/cleeng", [large[:50], large[50:]]),
                await client.post("/cleeng", [b"x"] * 200),
            ]
            assert "larger than 100 bytes" in answers[1].reason
            return [answered.status for answered in answers]

    assert asyncio.run(ask()) == [200, 413, 413, 413, 413, 413]
    assert len(stored_requests(settings.home, "cleeng")) == 1


def test_a_compressed_body_is_refused(settings: Settings) -> None:
    async def ask() -> Answered:
        async with receiving(settings, {}) as client:
            return await client.post("/cleeng", b"{}", content_encoding="gzip")

    assert asyncio.run(ask()).status == 415


def test_wrong_paths_and_methods_are_explained(settings: Settings, configured: dict[str, str]) -> None:
    async def ask() -> list[Answered]:
        async with receiving(settings, configured) as client:
            return [
                await client.ask("POST", "/nobody"),
                await client.ask("POST", "/"),
                await client.ask("POST", "/stripe/../cleeng"),
                await client.ask("GET", "/stripe"),
                await client.ask("PUT", "/stripe"),
                await client.ask("POST", "/health"),
            ]

    answers = asyncio.run(ask())
    assert [answered.status for answered in answers] == [404, 404, 404, 405, 405, 405]
    assert "/stripe, /apple" in answers[0].reason
    assert "POST" in answers[3].headers["allow"]
    assert not list(settings.landing.iterdir())


def test_health_counts(settings: Settings, configured: dict[str, str]) -> None:
    async def ask() -> Answered:
        async with receiving(settings, configured) as client:
            signed = SIGN["adyen"](datetime.now(UTC))
            await client.post("/adyen", signed.body)
            await client.post("/adyen", signed.body)
            await client.post("/adyen", b"{}")
            return await client.ask("GET", "/health")

    answered = asyncio.run(ask())
    content = json.loads(answered.body)
    assert answered.status == 200
    assert content["status"] == "ok"
    assert content["senders"]["adyen"] == {"received": 2, "refused": 1, "not_stored": 0, "failing": False}
    assert content["senders"].keys() == SENDERS.keys()


def test_each_sender_hears_what_it_waits_for(settings: Settings) -> None:
    """Adyen waits for a word of its own, and Roku for both keys; without them they send for days."""
    environment = {"CHURNIQ_ROKU_SECRET": signing.SHARED_KEY, "CHURNIQ_ROKU_API_KEY": "the-api-key"}

    async def ask() -> list[Answered]:
        async with receiving(settings, environment) as client:
            body = b'{"transactionType": "Sale", "responseKey": "abcd"}'
            return [
                await client.post("/adyen", b"{}"),
                await client.ask("POST", "/roku", body, query="token=a-shared-key-of-32-characters!%2C:"),
                await client.post("/roku", body),
                await client.post("/stripe", body),
            ]

    adyen, roku, unbelieved, other = asyncio.run(ask())
    assert adyen.body == b"[accepted]"
    assert (roku.status, roku.body, roku.headers["apikey"]) == (200, b"abcd", "the-api-key")
    assert unbelieved.status == 401
    assert "apikey" not in unbelieved.headers
    assert json.loads(other.body) == {"accepted": True}


@pytest.mark.parametrize(("insecure", "status"), [(True, 200), (False, 503)])
def test_without_credentials_only_an_insecure_receiver_accepts(
    *, insecure: bool, status: int, settings: Settings, lines: pytest.LogCaptureFixture
) -> None:
    """Any program on the machine could write a business's payments, as long as nobody had configured their sender."""

    async def ask() -> Answered:
        async with receiving(settings, {}, insecure=insecure) as client:
            return await client.post("/stripe", b"{}")

    answered = asyncio.run(ask())
    assert answered.status == status
    assert "no credentials for stripe, apple" in lines.text
    assert len(stored_requests(settings.home, "stripe")) == (status == 200)
    if status == 503:
        assert "No credentials of Stripe are configured" in answered.reason


@pytest.mark.parametrize(("environment", "is_loopback"), [("sandbox", False), ("production", True)])
def test_only_a_sandbox_on_loopback_may_be_insecure(
    *, environment: str, is_loopback: bool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flag from a tutorial opened production to everybody."""
    monkeypatch.setattr(settings, "env", environment)
    with pytest.raises(UserError, match="--insecure is for a sandbox on a loopback address only"):
        configure(settings, {}, is_loopback=is_loopback, insecure=True)


def test_a_credential_file_that_breaks_later_is_our_fault(settings: Settings, configured: dict[str, str]) -> None:
    """A sender that is told 401 gives up; told 503, it sends again when the file is mended."""

    async def ask() -> Answered:
        async with receiving(settings, configured) as client:
            Path(configured["CHURNIQ_ROKU_CERTIFICATE"]).write_text("no keys")
            return await client.post("/roku", SIGN["roku"](datetime.now(UTC)).body)

    answered = asyncio.run(ask())
    assert answered.status == 503
    assert configured["CHURNIQ_ROKU_CERTIFICATE"] not in answered.reason


def test_no_secret_is_logged_answered_or_stored(
    settings: Settings, configured: dict[str, str], lines: pytest.LogCaptureFixture
) -> None:
    """Secrets that are configured and secrets that senders send, right or wrong; bodies neither are logged."""
    wrong = "a wrong key that someone sent"

    async def ask() -> list[Answered]:
        now = datetime.now(UTC)
        async with receiving(settings, configured) as client:
            answers = []
            for name, sign in SIGN.items():
                signed = sign(now)
                answers.append(await client.ask("POST", f"/{name}", signed.body, signed.headers))
                headers = {**dict.fromkeys(signed.headers, wrong), "x-api-key": wrong}
                answers.append(await client.ask("POST", f"/{name}", b'{"email": "someone@example.com"}', headers))
            answers.append(await client.ask("POST", "/cleeng", b"{}", query=f"token={signing.SHARED_KEY}"))
            answers.append(await client.ask("POST", f"/{signing.SHARED_KEY}", b"{}"))
            return answers

    answers = asyncio.run(ask())
    secrets = [signing.STRIPE_SECRET, signing.ADYEN_SECRET, signing.SHARED_KEY, wrong, "someone@example.com"]
    written = "".join(path.read_text() for path in settings.landing.rglob("*.jsonl"))
    for place in (lines.text, written, *(answered.body.decode() + str(answered.headers) for answered in answers)):
        assert not [secret for secret in secrets if secret in place]
    assert [answered.status for answered in answers].count(200) == len(SIGN) + 1


def test_the_runbook_and_the_list_name_every_sender_and_variable() -> None:
    runbook = (Path(__file__).parents[2] / "docs" / "runbooks" / "receiving-webhooks.md").read_text()
    listed = describe_senders()
    for sender in SENDERS.values():
        assert f"| `/{sender.name}` |" in runbook
        for variable in sender.variables:
            name = f"CHURNIQ_{sender.name.upper()}_{variable.suffix}"
            assert f"  {name} " in listed
            assert name in runbook or name.endswith("_SECRET_PREVIOUS")
