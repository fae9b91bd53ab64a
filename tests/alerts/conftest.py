"""A mail server, a webhook and a published snapshot for the tests of alerts; nothing leaves this machine.

Belongs here: what more than one file of this folder needs. Does not belong here: asserts.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import UnthreadedController

from pipelines.settings import Settings
from tests.homes import publish_sql

AS_OF = datetime(2026, 5, 10, 12)  # noqa: DTZ001 - snapshots are as of UTC without an offset
HEALTH = """
create schema ops;
create table ops.build_info as select timestamp '2026-05-10 12:00:00' as as_of;
create table ops.feed_health as select * from (values
    ('payment_events', timestamp '2026-05-10 11:00:00', 1.0, 5.0, true, 90, 30.0, false, 0.1),
    ('offers', timestamp '2026-05-01 12:00:00', 216.0, null, false, 1, 1.0, true, 0.6)
) as t (feed, last_recorded_at, hours_since_last_row, late_after_hours, is_volume_unusual, last_day_rows,
    usual_day_rows, is_mix_unusual, mix_change);
create schema revenue;
create table revenue.fct_payout_reconciliation as select * from (values
    ('p1', timestamp '2026-05-09', 'EUR', 2.5, false), ('p2', timestamp '2026-05-09', 'EUR', 0.0, true),
    ('p3', timestamp '2020-01-01', 'USD', 99.0, false)
) as t (payout_id, paid_at, currency, unexplained_amount, is_reconciled);
create schema scoring;
create table scoring.fct_churn_scores as select 'c' || number as customer_id, number / 100.0 as churn_probability
    from range(100) as t (number);
"""


@pytest.fixture
def published(settings: Settings) -> Settings:
    """An environment with a snapshot of what rules look at."""
    return publish_sql(settings, HEALTH, as_of=AS_OF)


@dataclass
class MailServer:
    """A mail server that keeps what it is sent."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """It listens on a free port of loopback."""
    kept = MailServer()
    loop = asyncio.new_event_loop()
    controller = UnthreadedController(kept, hostname="127.0.0.1", port=0, loop=loop)
    controller.begin()
    kept.port = controller.server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield kept
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    controller.end()
    loop.close()


@dataclass
class WebhookServer:
    """A server that keeps what is posted to it, and answers as it is told."""

    port: int = 0
    status: int = 200
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def webhook() -> Iterator[WebhookServer]:
    kept = WebhookServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.requests.append((self.path, dict(self.headers), body))
            self.send_response(kept.status)
            if kept.status in {301, 302, 307}:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()
