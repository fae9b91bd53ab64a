"""The guard before every web page of ours: only hosts that we are known by, and only pages of the same origin.

A page on another site can make a reader's browser send requests to this machine. Its name may even lead here (DNS
rebinding). Streamlit takes any Host; Dagster's webserver also runs changes for any origin, by GET too.

Belongs here: which requests are refused. Does not belong here: logins; the applications behind it.
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipelines.settings import Settings

log = logging.getLogger("churniq")

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class SameOriginMiddleware:
    """Refuses what a browser sends for a page of another origin; links that a person follows are let through.

    ``only_posted`` are paths that answer no GET: there, even a link could change something.
    """

    def __init__(self, app: ASGIApp, only_posted: tuple[str, ...] = ()) -> None:
        self._app = app
        self._only_posted = only_posted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        refusal = self._refusal(scope) if scope["type"] in {"http", "websocket"} else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        status, reason = refusal
        log.warning("refused with %d: %s", status, reason)
        await PlainTextResponse(reason + "\n", status)(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        if len(headers.getlist("host")) != 1:
            return 400, "A request has exactly one Host header."
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != headers["host"].lower():
            return 403, "Requests of pages on another origin are refused."
        if headers.get("sec-fetch-site") in {"cross-site", "same-site"} and not _is_followed_link(headers):
            return 403, "Requests of pages on another site are refused."
        if scope["type"] == "http" and scope["path"] in self._only_posted and scope["method"] != "POST":
            return 405, "This path takes POST only."
        return None


def guard(settings: Settings, *, only_posted: tuple[str, ...] = ()) -> list[Middleware]:
    """The guard as Starlette's middleware, the outermost first; ``CHURNIQ_ALLOWED_HOSTS`` adds names to loopback's."""
    hosts = [*LOOPBACK_HOSTS, *settings.allowed_hosts]
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
        Middleware(SameOriginMiddleware, only_posted=only_posted),
    ]


def _is_followed_link(headers: Headers) -> bool:
    """Whether a person followed a link: the page fills the window, it is not put in a frame."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest", "document") == "document"
