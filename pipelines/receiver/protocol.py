"""Connections that are given a limited time to say what they want.

uvicorn limits how long a connection may idle after an answer, but not how long the head of a request may take: a client
that sends one letter a minute would hold a connection for ever, and a few thousand of them all there are.

Belongs here: that limit. Does not belong here: the time that a body may take (``application``).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = logging.getLogger("churniq")

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class ImpatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 in which the head of a request must be there within ``header_seconds`` of its beginning."""

    header_seconds = 10.0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to count with the connection: whoever opens one has something to say."""
        super().connection_made(transport)
        self._begin()

    def on_message_begin(self) -> None:
        """Begin to count with the first letter of each further request."""
        super().on_message_begin()
        if self._limit is None:
            self._begin()

    def on_headers_complete(self) -> None:
        """Stop counting: what follows is a body, which has a limit of its own."""
        self._end()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting when nobody is there."""
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        self._limit = self.loop.call_later(self.header_seconds, self._give_up)

    def _end(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _give_up(self) -> None:
        self._limit = None
        if not self.transport.is_closing():
            log.warning("refused with 408: the head of a request took over %g seconds", self.header_seconds)
            self.transport.write(_TOO_SLOW)
            self.transport.close()
