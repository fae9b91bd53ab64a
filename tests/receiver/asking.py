"""The receiver inside the test's own process, asked over ASGI: no port, and its parts can be replaced.

Belongs here: speaking ASGI to it. Does not belong here: requests of any sender, what must hold.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette

from pipelines.receiver.application import create_application
from pipelines.receiver.journal import Limits
from pipelines.receiver.server import configure
from pipelines.settings import Settings


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def reason(self) -> str:
        return str(json.loads(self.body)["reason"])


class Client:
    """Asks a running application."""

    def __init__(self, application: Starlette) -> None:
        self._application = application

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] = b"",
        headers: dict[str, str] | None = None,
        query: str = "",
    ) -> Answered:
        """Send one request, in pieces when ``body`` is several."""
        chunks = [body] if isinstance(body, bytes) else list(body)
        messages = [
            {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
            for number, chunk in enumerate(chunks, start=1)
        ]
        pairs = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": query.encode(),
            "headers": pairs,
            "server": ("127.0.0.1", 8601),
            "client": ("127.0.0.1", 5),
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._application(scope, receive, send)
        start = sent[0]
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return Answered(start["status"], {key.decode(): value.decode() for key, value in start["headers"]}, content)

    async def post(self, path: str, body: bytes | Iterable[bytes], **headers: str) -> Answered:
        """Send a webhook; header names are given with underscores."""
        return await self.ask("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})


@asynccontextmanager
async def receiving(
    settings: Settings,
    environment: dict[str, str],
    *,
    is_loopback: bool = True,
    insecure: bool = True,
    max_body: int = 1 << 20,
    limits: Limits | None = None,
) -> AsyncIterator[Client]:
    """A receiver over ``settings.landing`` for as long as the block runs; then it stops as it would when told to."""
    application = create_application(
        configure(
            settings,
            environment,
            is_loopback=is_loopback,
            insecure=insecure and is_loopback and settings.env == "sandbox",
        ),
        settings.landing,
        max_body=max_body,
        limits=limits or Limits(),
    )
    inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    started, stopped = asyncio.Event(), asyncio.Event()

    async def send(message: Any) -> None:
        assert not message["type"].endswith("failed"), message
        (started if message["type"] == "lifespan.startup.complete" else stopped).set()

    task = asyncio.create_task(application({"type": "lifespan", "state": {}}, inbox.get, send))
    await inbox.put({"type": "lifespan.startup"})
    await started.wait()
    try:
        yield Client(application)
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        await stopped.wait()
        await task
