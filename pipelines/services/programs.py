"""The services of an environment: how each is started, and where it listens.

Belongs here: the list. Does not belong here: running it (``supervision``).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

DEFINITIONS = "pipelines.orchestration.definitions"
"""The module that Dagster loads."""
DASHBOARDS, RECEIVER, MONITOR, PAGES = "dashboards", "receiver", "monitor", "dagster"
"""The services that listen, by the name under which people leave one out."""
PORTS = {DASHBOARDS: 8501, RECEIVER: 8601, MONITOR: 8600, PAGES: 3000}
PURPOSES = {
    DASHBOARDS: "the dashboards",
    RECEIVER: "webhooks of senders, POST /<sender>",
    MONITOR: "/healthz, /readyz and /metrics",
    PAGES: "Dagster's pages: runs, checks, lineage",
}


@dataclass(frozen=True)
class Program:
    """One process to keep running: its name, its command, and the port that it listens on, if any."""

    name: str
    command: tuple[str, ...]
    port: int | None = None
    stop_seconds: int = 15
    """How long it may take to stop before it is killed."""
    after: str | None = None
    """The Unix socket of another program that has to answer first."""


@dataclass(frozen=True)
class Choice:
    """What is to run: the ports by service, the address, and whether Dagster's pages may change anything."""

    ports: dict[str, int]
    host: str = "127.0.0.1"
    allow_changes: bool = False
    insecure: bool = False

    def address(self, name: str) -> str:
        """Where a service is, for a browser: of one that listens on every address, on this machine."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.ports[name]}"


def environment(choice: Choice, given: Mapping[str, str]) -> dict[str, str]:
    """What every process is given: what this one was, and where people open the dashboards unless that was said."""
    # Streamlit and Dagster buffer what they print otherwise, and their lines come late or not at all.
    own = {"PYTHONUNBUFFERED": "1", "DAGSTER_DISABLE_TELEMETRY": "1"}
    where = {"CHURNIQ_DASHBOARDS": choice.address(DASHBOARDS)} if DASHBOARDS in choice.ports else {}
    return {**where, **given, **own}


def programs(choice: Choice, folder: Path) -> list[Program]:
    """The processes of the chosen services, with their sockets in a folder.

    Dagster's daemon and definitions come with its pages.
    """
    python, host = sys.executable, choice.host
    found = []
    for name, command in ((DASHBOARDS, "serve"), (RECEIVER, "receive"), (MONITOR, "")):
        if name not in choice.ports:
            continue
        port = choice.ports[name]
        module = ("-m", "pipelines", command) if command else ("-m", "pipelines.services.monitor")
        insecure = ("--insecure",) if name == RECEIVER and choice.insecure else ()
        found.append(Program(name, (python, *module, "--host", host, "--port", str(port), *insecure), port))
    if PAGES in choice.ports:
        found += _dagster(choice, folder)
    return found


def _dagster(choice: Choice, folder: Path) -> list[Program]:
    python, port, code_socket = sys.executable, choice.ports[PAGES], str(folder / "code.sock")
    workspace = folder / "workspace.yaml"
    server = {"host": "localhost", "socket": code_socket, "location_name": "churniq"}
    workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}))
    code = ("-m", "dagster", "api", "grpc", "--module-name", DEFINITIONS, "--socket", code_socket)
    pages = ("-m", "pipelines.services.dagster_pages", "--host", choice.host, "--port", str(port))
    return [
        # Runs are processes of the code server: a build that is stopped is ended at once, and begun again.
        Program("dagster-code", (python, *code, "--location-name", "churniq", "--log-level", "warning")),
        Program(
            "dagster-daemon", (python, "-m", "dagster._daemon", "run", "--workspace", str(workspace)), after=code_socket
        ),
        Program(
            PAGES,
            (python, *pages, "--socket", code_socket, *(("--writable",) if choice.allow_changes else ())),
            port,
            after=code_socket,
        ),
    ]
