"""Dagster's pages behind the guard, and unable to change anything unless they are told to.

dagster-webserver has no option for trusted hosts or origins, and its command serves its own application. This module
leans on two functions of it that are not public: ``create_app_from_workspace_process_context`` (``app``), which its
command calls as well, and ``WorkspaceProcessContext``. ``tests/services/test_guard.py`` holds them to the installed
version.

Belongs here: that application, run as ``python -m pipelines.services.dagster_pages``. Does not belong here: the guard.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import GrpcServerTarget, ModuleTarget, WorkspaceLoadTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from starlette.applications import Starlette
from starlette.types import ASGIApp

from pipelines.services.guard import guard
from pipelines.services.programs import DEFINITIONS
from pipelines.settings import Settings

_STOPPING_SECONDS = 5


@contextmanager
def guarded_pages(
    settings: Settings, instance: DagsterInstance, *, socket: str | None, writable: bool
) -> Iterator[ASGIApp]:
    """Dagster's application; its definitions come from a code server at ``socket``, or from one of its own."""
    target: WorkspaceLoadTarget = (
        GrpcServerTarget(host="localhost", port=None, socket=socket, location_name="churniq")
        if socket
        else ModuleTarget(DEFINITIONS, attribute=None, working_directory=None, location_name="churniq")
    )
    with WorkspaceProcessContext(
        instance, workspace_load_target=target, version=version("dagster-webserver"), read_only=not writable
    ) as context:
        pages: Starlette = create_app_from_workspace_process_context(context)
        application: ASGIApp = pages
        # GraphQL by GET would let a followed link change something.
        for middleware in reversed(guard(settings, only_posted=("/graphql",))):
            application = middleware.cls(application, *middleware.args, **middleware.kwargs)
        yield application


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--socket", required=True)
    parser.add_argument("--writable", action="store_true")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    with (
        DagsterInstance.get() as instance,
        guarded_pages(Settings(), instance, socket=chosen.socket, writable=chosen.writable) as application,
    ):
        instance.optimize_for_webserver(15000, 3600, 20)
        uvicorn.run(
            application,
            host=chosen.host,
            port=chosen.port,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_STOPPING_SECONDS,
        )


if __name__ == "__main__":
    main()
