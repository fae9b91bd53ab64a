"""Running the receiver: its lock, recovery, what it warns of at the start, and stopping without losing anything.

Belongs here: the life of the process. Does not belong here: requests.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import uvicorn
from filelock import FileLock, Timeout

from pipelines.errors import UserError
from pipelines.receiver.application import Endpoint, create_application
from pipelines.receiver.credentials import CredentialError, CredentialStore
from pipelines.receiver.journal import Limits
from pipelines.receiver.protocol import ImpatientProtocol
from pipelines.receiver.recovery import recover_segments
from pipelines.receiver.senders import SENDERS, Sender
from pipelines.settings import Settings

log = logging.getLogger("churniq")

_BACKLOG = 2048
_STOPPING_SECONDS = 10  # How long requests that are under way may take once the service is told to stop.
_IDLE_SECONDS = 15  # How long a connection may stay open between requests.
_CONNECTIONS = 2000  # More are answered 503 at once, so that nobody can hold all files that a process may open.
_EXPIRY_WARNING = timedelta(days=30)


def serve(
    settings: Settings, *, host: str, port: int, max_body: int, segment_seconds: float, insecure: bool = False
) -> None:
    """Receive until SIGTERM or SIGINT; raises ``UserError`` when it cannot start."""
    with _only_receiver(settings), _listen(host, port) as listener:
        _recover(settings)
        endpoints = configure(settings, os.environ, is_loopback=is_loopback(host), insecure=insecure)
        application = create_application(
            endpoints, settings.landing, max_body=max_body, limits=Limits(segment_seconds=segment_seconds)
        )
        server = uvicorn.Server(
            uvicorn.Config(
                application,
                http=ImpatientProtocol,
                access_log=False,  # Its lines would show the query, where a key may stand.
                log_config=None,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=_STOPPING_SECONDS,
                timeout_keep_alive=_IDLE_SECONDS,
                limit_concurrency=_CONNECTIONS,
            )
        )
        address = listener.getsockname()
        shown = f"[{address[0]}]" if listener.family == socket.AF_INET6 else address[0]
        log.info("receiving on http://%s:%d into %s (stop with Ctrl+C)", shown, address[1], settings.landing)

        def stop(*_: object) -> None:
            server.should_exit = True

        # For a signal before uvicorn listens to them, and for the one it raises again once it has stopped.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        server.run(sockets=[listener])


def configure(
    settings: Settings, environment: Mapping[str, str], *, is_loopback: bool, insecure: bool
) -> list[Endpoint]:
    """The senders with their credentials; logs which of them cannot be believed, or not for long.

    ``insecure`` lets senders without credentials in; raises ``UserError`` unless it is a sandbox on loopback.
    """
    if insecure and not (settings.env == "sandbox" and is_loopback):
        raise UserError("--insecure is for a sandbox on a loopback address only: configure the senders' credentials.")
    may_be_unauthenticated = insecure
    endpoints, unconfigured = [], []
    for sender in SENDERS.values():
        store = CredentialStore(sender.name, sender.alternatives, environment, are_roots=sender.has_root_certificates)
        endpoints.append(Endpoint(sender, store, may_be_unauthenticated=may_be_unauthenticated))
        if store.is_configured:
            _require_usable(sender, store)
        else:
            unconfigured.append(sender.name)
    if unconfigured:
        effect = "accepted without proof, as --insecure says" if may_be_unauthenticated else "answered 503"
        log.warning("no credentials for %s: their requests are %s", ", ".join(unconfigured), effect)
    return endpoints


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address that is bound to ``host``."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _require_usable(sender: Sender, store: CredentialStore) -> None:
    now = datetime.now(UTC)
    try:
        sender.require_usable(store.current(now))
    except (CredentialError, ValueError) as error:
        raise UserError(str(error)) from error
    ends = store.expires_at()
    if ends is not None and ends - now < _EXPIRY_WARNING:
        log.warning("the certificate of %s expires on %s: replace the file before", sender.title, f"{ends:%Y-%m-%d}")


def _recover(settings: Settings) -> None:
    for name in SENDERS:
        try:
            for recovered in recover_segments(settings.landing / name):
                log.info(
                    "recovered %s: %s, %d bytes of an unfinished request set aside",
                    name,
                    recovered.final.name if recovered.final else "no whole request",
                    recovered.torn_bytes,
                )
        except OSError as error:
            folder = settings.landing / name
            raise UserError(
                f"{folder} cannot be recovered ({error.strerror}): free space or change its permissions."
            ) from error


@contextmanager
def _only_receiver(settings: Settings) -> Iterator[None]:
    lock = FileLock(settings.locks / "receiver.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise UserError(
            f"Another receiver writes to {settings.home}: stop it first, or give this one a CHURNIQ_HOME of its own."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UserError(
            f"{host}:{port} cannot be listened on ({error.strerror}): choose another with --host and --port."
        ) from error
