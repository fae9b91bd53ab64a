"""The HTTP side: one path a sender, and /health.

Belongs here: reading requests, the order of the checks, answers, the access log. Does not belong here: proofs, files.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipelines.receiver.bodies import MalformedBodyError, require_message
from pipelines.receiver.credentials import CredentialError, Credentials, CredentialStore
from pipelines.receiver.journal import Journal, Limits, NotWrittenError
from pipelines.receiver.records import record_of
from pipelines.receiver.senders import SENDERS, Sender

log = logging.getLogger("churniq")

_BODY_SECONDS = 30.0  # A sender that takes longer to send a body is cut off.


@dataclass(frozen=True)
class Endpoint:
    """One sender as it is served: who it is, its credentials, and whether it may do without (sandbox on loopback)."""

    sender: Sender
    store: CredentialStore
    may_be_unauthenticated: bool = False


@dataclass
class _State:
    """What the handlers share for as long as the service runs."""

    journals: dict[str, Journal] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)


class _RefusalError(Exception):
    """An answer other than 200, and its reason: one sentence."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.headers = headers


def create_application(endpoints: list[Endpoint], landing: Path, *, max_body: int, limits: Limits) -> Starlette:
    """The service over the inbox ``landing``; ``max_body`` is in bytes. Nothing is written before the first request."""
    state = _State(refused={endpoint.sender.name: 0 for endpoint in endpoints})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        with ThreadPoolExecutor(max_workers=max(len(endpoints), 1), thread_name_prefix="journal") as executor:
            for endpoint in endpoints:
                name = endpoint.sender.name
                state.journals[name] = Journal(landing / name, limits, executor)
            yield
            await asyncio.gather(*(journal.close() for journal in state.journals.values()))
        written = sum(journal.counts.written for journal in state.journals.values())
        log.info("stopped: %s requests received, %s refused", f"{written:,}", f"{sum(state.refused.values()):,}")

    async def health(_: Request) -> Response:
        return _health(state)

    return Starlette(
        routes=[
            Route("/health", health, methods=["GET"]),
            *(
                Route(f"/{endpoint.sender.name}", _handler(endpoint, state, max_body), methods=["POST"])
                for endpoint in endpoints
            ),
        ],
        lifespan=lifespan,
        exception_handlers={HTTPException: _explain},
    )


def _handler(endpoint: Endpoint, state: _State, max_body: int) -> Callable[[Request], Awaitable[Response]]:
    name = endpoint.sender.name

    async def receive(request: Request) -> Response:
        began = time.perf_counter()
        try:
            body = await _read_body(request, max_body)
            response = await _accept(endpoint, state.journals[name], request, body)
        except _RefusalError as refusal:
            state.refused[name] += 1
            log.warning("POST /%s %d %.1f ms: %s", name, refusal.status, _since(began), refusal)
            return JSONResponse({"accepted": False, "reason": str(refusal)}, refusal.status, refusal.headers)
        log.info("POST /%s %d %.1f ms", name, response.status_code, _since(began))
        return response

    return receive


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


async def _accept(endpoint: Endpoint, journal: Journal, request: Request, body: bytes) -> Response:
    """Check a request, make it durable, and only then answer; raises ``_RefusalError``."""
    sender, now = endpoint.sender, datetime.now(UTC)
    try:
        text = require_message(body, may_be_token=sender.may_send_token)
    except MalformedBodyError as error:
        raise _RefusalError(400, str(error)) from error
    headers = dict(request.headers)
    credentials = _authenticate(endpoint, headers, request.query_params.get("token", ""), body, now)
    kept = {key: headers[key] for key in sender.kept_headers if key in headers}
    try:
        await journal.append(record_of(now.isoformat(timespec="microseconds"), kept, text))
    except NotWrittenError as error:
        raise _RefusalError(503, str(error), {"Retry-After": "10"}) from error
    answer = sender.answer(text, credentials)
    return Response(answer.content, 200, answer.headers, answer.media_type)


def _authenticate(
    endpoint: Endpoint, headers: dict[str, str], token: str, body: bytes, now: datetime
) -> Credentials | None:
    sender, store = endpoint.sender, endpoint.store
    if not store.is_configured:
        if endpoint.may_be_unauthenticated:
            return None
        raise _RefusalError(
            503, f"No credentials of {sender.title} are configured here: nothing from it can be accepted."
        )
    try:
        credentials = store.current(now)
    except CredentialError as error:
        log.error("%s: %s", sender.name, error)  # noqa: TRY400
        raise _RefusalError(
            503, f"The credentials of {sender.title} cannot be used at present: send it again later."
        ) from error
    if token and "x-api-key" not in headers:
        headers = {**headers, "x-api-key": token}
    reason = sender.authenticate(headers, body, credentials, now)
    if reason is not None:
        raise _RefusalError(401, reason, {"WWW-Authenticate": 'Signature realm="churniq"'})
    return credentials


async def _read_body(request: Request, max_body: int) -> bytes:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise _RefusalError(415, "The body is compressed: send it as it is.")
    too_large = _RefusalError(413, f"The body is larger than {max_body:,} bytes.", {"Connection": "close"})
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > max_body:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_body:
                    raise too_large
    except TimeoutError as error:
        raise _RefusalError(408, f"The body did not arrive within {_BODY_SECONDS:.0f} seconds.") from error
    except ClientDisconnect as error:
        raise _RefusalError(400, "The connection was closed before the body was complete.") from error
    return bytes(body)


def _health(state: _State) -> JSONResponse:
    """Whether requests can be stored, with counts a sender since the start; 503 while a disk refuses."""
    senders = {
        name: {
            "received": journal.counts.written,
            "refused": state.refused[name],
            "not_stored": journal.counts.failed,
            "failing": journal.counts.is_failing,
        }
        for name, journal in state.journals.items()
    }
    is_failing = any(journal.counts.is_failing for journal in state.journals.values())
    return JSONResponse({"status": "failing" if is_failing else "ok", "senders": senders}, 503 if is_failing else 200)


def _explain(request: Request, error: Exception) -> Response:
    """A wrong path or method, in a sentence; the path is not repeated, for anyone may write anything there."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        reason = f"There is no such path: choose one of {', '.join(f'/{name}' for name in SENDERS)} or /health."
    elif status == 405:
        reason = f"{request.method} is not possible here: webhooks are sent with POST, and /health is read with GET."
    else:
        reason = "The request cannot be answered."
    log.warning("refused with %d: %s", status, reason)
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse({"accepted": False, "reason": reason}, status, headers)
