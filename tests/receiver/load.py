"""Load for a receiver: a constant rate of signed requests over connections that stay open.

``python -m tests.receiver.load --seconds 10 --rate 1000`` prints how many were sent, answered and stored, and how long
answers took. Belongs here: the client and the count. Does not belong here: what must hold (the tests).
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import tempfile
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

from tests.receiver.running import start_receiver, stored_requests

SECRET = "whsec_of_the_load_test"  # noqa: S105
_CONNECTIONS = 64
_PADDING = "x" * 1200  # An invoice of Stripe has a few kilobytes; this makes a body of about 1.5.


@dataclass
class Sent:
    """What became of the requests: the ids that were sent and answered 200, and seconds from due to answered."""

    sent: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    elapsed: float = 0.0


class _Connection(asyncio.Protocol):
    """One kept-open connection with one request under way; it gives itself back to ``idle`` when that is answered."""

    def __init__(self, idle: deque[_Connection], result: Sent) -> None:
        self._idle, self._result = idle, result
        self._received = b""
        self._event_id = ""
        self._due = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._idle.append(self)

    def send(self, event_id: str, due: float) -> None:
        self._event_id, self._due = event_id, due
        assert self.transport is not None
        self._result.sent.add(event_id)
        self.transport.write(request(event_id))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        if len(rest) < length:
            return
        self._received = b""
        status = int(head[9:12])
        self._result.statuses[status] += 1
        if status == 200:
            self._result.accepted.add(self._event_id)
        self._result.latencies.append(time.perf_counter() - self._due)
        self._idle.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None


def request(event_id: str, path: str = "/stripe") -> bytes:
    """A signed request of Stripe about one event, as bytes."""
    event = {"id": event_id, "type": "invoice.paid", "data": {"object": {"note": _PADDING}}}
    body = json.dumps(event).encode()
    signed_at = str(int(time.time()))
    signature = hmac.new(SECRET.encode(), signed_at.encode() + b"." + body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Stripe-Signature: t={signed_at},v1={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def send(port: int, *, rate: float, seconds: float, name: str, result: Sent) -> None:
    """Send at a constant rate, whether answers come or not; a lost connection ends it early.

    Latency counts from when a request was due, so that a receiver that stalls cannot hide behind a client that waits.
    """
    loop = asyncio.get_running_loop()
    idle: deque[_Connection] = deque()
    connections = [
        (await loop.create_connection(lambda: _Connection(idle, result), "127.0.0.1", port))[1]
        for _ in range(_CONNECTIONS)
    ]
    began, number, total = time.perf_counter(), 0, int(rate * seconds)
    answered_before = sum(result.statuses.values())
    while number < total and all(connection.transport for connection in connections):
        while idle and number < total and (due := began + number / rate) <= time.perf_counter():
            idle.popleft().send(f"{name}-{number}", due)
            number += 1
        await asyncio.sleep(0.001)
    deadline = time.perf_counter() + 10
    while (
        sum(result.statuses.values()) - answered_before < number
        and time.perf_counter() < deadline
        and all(connection.transport for connection in connections)
    ):
        await asyncio.sleep(0.001)
    result.elapsed += time.perf_counter() - began
    for connection in connections:
        if connection.transport:
            connection.transport.abort()


def stored_event_ids(home: Path) -> Counter[str]:
    """How often each event is stored."""
    return Counter(json.loads(stored["body"])["id"] for stored in stored_requests(home, "stripe"))


def main() -> None:
    """Run a receiver under load and print the count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float, default=1000, help="requests a second")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        result = run(home, rate=arguments.rate, seconds=arguments.seconds)
        stored = stored_event_ids(home)
    print(f"sent              {len(result.sent):>9,}  in {result.elapsed:.1f} s")  # noqa: T201
    print(f"answered 200      {len(result.accepted):>9,}  ({len(result.accepted) / result.elapsed:,.0f} a second)")  # noqa: T201
    print(f"answered otherwise{len(result.latencies) - result.statuses[200]:>9,}")  # noqa: T201
    print(f"lines on disk     {stored.total():>9,}")  # noqa: T201
    print(f"lost              {len(result.accepted - stored.keys()):>9,}")  # noqa: T201
    print(f"stored twice      {sum(count > 1 for count in stored.values()):>9,}")  # noqa: T201
    for share in (0.5, 0.95, 0.99, 1.0):
        print(f"latency p{share * 100:<8g}  {percentile(result.latencies, share) * 1000:>8.1f} ms")  # noqa: T201


def run(home: Path, *, rate: float, seconds: float) -> Sent:
    """Load on a receiver of its own, which is stopped in the end."""
    result = Sent()
    receiver = start_receiver(home, CHURNIQ_STRIPE_SECRET=SECRET, CHURNIQ_ENV="production")
    try:
        asyncio.run(send(receiver.port, rate=rate, seconds=seconds, name="load", result=result))
    finally:
        receiver.stop()
    return result


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(round(share * len(ordered)) - 1, 0)]


if __name__ == "__main__":
    main()
