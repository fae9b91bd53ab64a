"""The receiver as a process: started, stopped, killed under load, and never two on one inbox."""

from __future__ import annotations

import asyncio
import http.client
import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.cli import main
from tests.conftest import PATIENCE_SECONDS
from tests.receiver import load
from tests.receiver.load import SECRET, Sent
from tests.receiver.running import (
    RunningReceiver,
    finished_segments,
    open_segments,
    start_receiver,
    stored_requests,
)

_SMALL_SEGMENTS = ("--segment-seconds", "0.2")


def _post(receiver: RunningReceiver, path: str, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=PATIENCE_SECONDS)
    connection.request("POST", path, body)
    status = connection.getresponse().status
    connection.close()
    return status


def _kill_under_load(home: Path, kills: int) -> None:
    """Kill receivers at random moments of a load; what was answered must be stored, and once."""
    chance = random.Random(20261123)
    result = Sent()
    for round_number in range(kills):
        receiver = start_receiver(home, *_SMALL_SEGMENTS, CHURNIQ_STRIPE_SECRET=SECRET)
        timer = threading.Timer(chance.uniform(0.15, 0.9), receiver.kill)
        timer.start()
        asyncio.run(load.send(receiver.port, rate=800, seconds=10, name=f"round{round_number}", result=result))
        timer.join()
    assert start_receiver(home, CHURNIQ_STRIPE_SECRET=SECRET).stop() == 0
    stored = load.stored_event_ids(home)
    lost, doubled = result.accepted - stored.keys(), [key for key, count in stored.items() if count > 1]
    if lost or doubled or len(result.accepted) < 50 * kills:
        pytest.fail(f"{len(result.accepted)} answered 200: {len(lost)} lost, {len(doubled)} stored twice")
    assert stored.keys() <= result.sent
    assert not open_segments(home, "stripe")


def test_every_answered_request_survives_kills_exactly_once(tmp_path: Path) -> None:
    _kill_under_load(tmp_path, kills=3)


@pytest.mark.long
def test_every_answered_request_survives_fifty_kills_exactly_once(tmp_path: Path) -> None:
    _kill_under_load(tmp_path, kills=50)


@pytest.mark.long
def test_a_thousand_requests_a_second(tmp_path: Path) -> None:
    """Ten seconds at that rate: all answered 200, and each stored once."""
    result = load.run(tmp_path, rate=1000, seconds=10)
    stored = load.stored_event_ids(tmp_path)
    assert result.statuses == Counter({200: 10_000})
    assert result.elapsed < 12
    assert stored.total() == len(stored) == 10_000
    assert stored.keys() == result.accepted


def test_told_to_stop_it_answers_what_is_stored_and_finishes_its_segment(tmp_path: Path) -> None:
    """Stopped under load: status 0, no hidden file, and the answers and the lines are the same requests."""
    receiver = start_receiver(tmp_path, CHURNIQ_STRIPE_SECRET=SECRET)
    result = Sent()
    statuses: list[int] = []
    timer = threading.Timer(0.5, lambda: statuses.append(receiver.stop()))
    timer.start()
    asyncio.run(load.send(receiver.port, rate=800, seconds=10, name="stopped", result=result))
    timer.join()
    stored = load.stored_event_ids(tmp_path)
    assert statuses == [0]
    assert not open_segments(tmp_path, "stripe")
    assert result.accepted
    assert stored.keys() >= result.accepted
    assert set(stored.values()) == {1}
    assert "stopped: " in receiver.log.read_text()


def test_a_second_receiver_on_one_inbox_is_refused(tmp_path: Path) -> None:
    """It would take the first one's open segments for leftovers."""
    first = start_receiver(tmp_path, "--insecure")
    try:
        assert _post(first, "/cleeng", b'{"n": 1}') == 200
        with pytest.raises(RuntimeError, match="Another receiver writes to"):
            start_receiver(tmp_path)
        assert len(open_segments(tmp_path, "cleeng")) == 1
        assert _post(first, "/cleeng", b'{"n": 2}') == 200
    finally:
        assert first.stop() == 0
    assert [stored["body"] for stored in stored_requests(tmp_path, "cleeng")] == ['{"n": 1}', '{"n": 2}']
    assert len(finished_segments(tmp_path, "cleeng")) == 1


def test_a_port_in_use_and_half_set_credentials_are_one_sentence(tmp_path: Path) -> None:
    receiver = start_receiver(tmp_path / "one")
    try:
        with pytest.raises(RuntimeError, match="cannot be listened on"):
            start_receiver(tmp_path / "two", "--port", str(receiver.port))
    finally:
        receiver.stop()
    with pytest.raises(RuntimeError, match="CHURNIQ_APPLE_BUNDLE_ID is not"):
        start_receiver(tmp_path / "three", CHURNIQ_APPLE_CERTIFICATE="apple.der")
    with pytest.raises(RuntimeError, match="not hexadecimal") as raised:
        start_receiver(tmp_path / "four", CHURNIQ_ADYEN_SECRET="my secret")  # noqa: S106
    assert "my secret" not in str(raised.value)


def test_the_list_of_senders_needs_no_environment() -> None:
    printed = CliRunner().invoke(main, ["receive", "--list"])
    assert printed.exit_code == 0
    assert "POST /paypal" in printed.output
    assert "CHURNIQ_PAYPAL_WEBHOOK_ID" in printed.output


def test_a_recovered_segment_is_said_to_be(tmp_path: Path) -> None:
    folder = tmp_path / "landing" / "cleeng"
    folder.mkdir(parents=True)
    (folder / ".20261123T041500Z-17-3.jsonl").write_bytes(b'{"body": "{}"}\n{"bo')
    receiver = start_receiver(tmp_path)
    receiver.stop()
    assert "recovered cleeng: 20261123T041500Z-17-3.jsonl, 4 bytes" in receiver.log.read_text()


def test_a_slow_body_holds_up_nobody_and_a_lost_one_is_not_stored(tmp_path: Path) -> None:
    receiver = start_receiver(tmp_path, "--insecure")
    try:
        slow = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=PATIENCE_SECONDS)
        slow.putrequest("POST", "/cleeng")
        slow.putheader("Content-Length", "100")
        slow.endheaders(b'{"n": ')
        assert _post(receiver, "/cleeng", b'{"n": 2}') == 200
        slow.close()
        time.sleep(0.1)
        assert _post(receiver, "/cleeng", b'{"n": 3}') == 200
    finally:
        receiver.stop()
    assert [stored["body"] for stored in stored_requests(tmp_path, "cleeng")] == ['{"n": 2}', '{"n": 3}']
