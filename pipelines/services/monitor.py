"""The monitor: /healthz, /readyz and /metrics of an environment, for those who watch it from outside.

Belongs here: the endpoints, run as ``python -m pipelines.services.monitor``. Does not belong here: metrics' meanings.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
import time
import xmlrpc.client
from collections.abc import Callable, Iterator

import uvicorn
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from supervisor.xmlrpc import SupervisorTransport

from pipelines.alerts.journal import deliveries, failing_targets
from pipelines.alerts.sending import run_alerts_quietly
from pipelines.errors import UserError
from pipelines.publishing.snapshots import open_snapshot
from pipelines.readings.operation import Operation, look_at
from pipelines.services.guard import guard
from pipelines.services.metrics import metrics_of
from pipelines.services.supervision import KEY_VARIABLE, SOCKET_VARIABLE, USER
from pipelines.settings import Settings

_KEPT_SECONDS = 5.0  # One look serves all who ask within it.
_ALERTS_SECONDS = 300.0
_ALERT_FAILURE_HOURS = 24.0
_LEAST_FREE = 0.02

Services = Callable[[], dict[str, bool]]


class _Collector(Collector):
    """The metrics of the newest look."""

    def __init__(self, look: Callable[[], Operation], services: Services) -> None:
        self._look, self._services = look, services

    def collect(self) -> Iterator[Metric]:
        return metrics_of(self._look(), self._services())


def create_monitor(settings: Settings, services: Services) -> Starlette:
    """The application over an environment; ``services`` says which processes run, empty where nothing supervises."""
    look = _kept(lambda: look_at(settings))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(look, services))

    def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    def readyz(_: Request) -> Response:
        reasons = _not_ready(settings, look(), services())
        return JSONResponse(
            {"status": "not ready" if reasons else "ready", "reasons": reasons}, 503 if reasons else 200
        )

    def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return Starlette(
        routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)],
        middleware=guard(settings),
    )


def supervised_services() -> dict[str, bool]:
    """Whether each process that ``churniq up`` runs is running; empty where this one was started alone."""
    path = os.environ.get(SOCKET_VARIABLE)
    if not path:
        return {}
    transport = SupervisorTransport(USER, os.environ.get(KEY_VARIABLE), f"unix://{path}")
    server = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
    try:
        found = server.supervisor.getAllProcessInfo()
    except (OSError, xmlrpc.client.Error):
        return {"supervisor": False}
    assert isinstance(found, list)  # noqa: S101 - for the type checker
    return {str(info["name"]): info["statename"] in {"RUNNING", "STARTING"} for info in found}


def _not_ready(settings: Settings, look: Operation, services: dict[str, bool]) -> list[str]:
    """Why readers cannot rely on this environment now, a sentence each."""
    reasons = list(look.troubles)
    if look.published is not None:
        try:
            with open_snapshot(settings) as connection:
                connection.execute("select 1").fetchall()
        except UserError as error:
            reasons.append(str(error))
    if look.disk_size and look.disk_free < _LEAST_FREE * look.disk_size:
        reasons.append(f"Only {look.disk_free / 1e9:.1f} GB of the disk are free: free some.")
    failing = failing_targets(deliveries(settings.home), look.now, _ALERT_FAILURE_HOURS)
    reasons += [f"Alerts do not arrive at {name}: {reason}." for name, reason in failing.items()]
    reasons += [
        f"The service {name} is not running: its lines in the log say why." for name, up in services.items() if not up
    ]
    return reasons


def _kept(look: Callable[[], Operation]) -> Callable[[], Operation]:
    """The same look for a few seconds, so that many who ask do not read the lake as often."""
    lock = threading.Lock()
    newest: list[tuple[float, Operation]] = []

    def kept() -> Operation:
        with lock:
            if not newest or time.monotonic() - newest[0][0] > _KEPT_SECONDS:
                newest[:] = [(time.monotonic(), look())]
            return newest[0][1]

    return kept


def _watch(settings: Settings) -> None:
    """Look at the rules of alerts for as long as the monitor lives: what no build would tell, such as its absence."""
    while True:
        time.sleep(_ALERTS_SECONDS)
        run_alerts_quietly(settings, trigger="schedule")


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        settings = Settings().prepare()
        application = create_monitor(settings, supervised_services)
    except UserError as error:
        sys.exit(f"churniq: {error}")
    threading.Thread(target=_watch, args=(settings,), daemon=True, name="alerts").start()
    uvicorn.run(
        application,
        host=chosen.host,
        port=chosen.port,
        access_log=False,
        log_level="warning",
        server_header=False,
    )


if __name__ == "__main__":
    main()
