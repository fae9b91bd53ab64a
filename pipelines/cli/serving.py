"""Commands that put the pages in front of a person: serve, demo, dagster.

Belongs here: their arguments and what they print. Does not belong here: pages (``app``).
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path

import click

from pipelines.errors import UserError
from pipelines.settings import Settings

log = logging.getLogger("churniq")
_HOST = "127.0.0.1"
_PORT = click.option(
    "--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="The local port to listen on."
)


@click.command()
@_PORT
def serve(*, port: int) -> None:
    """Serve the dashboards on this machine."""
    _serve(port)


@click.command()
@click.option("--subscribers", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option("--months", type=click.IntRange(min=1), default=24, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=7, show_default=True)
@click.option("--serve/--no-serve", "serving", default=True, help="Stop after the summary.")
@_PORT
def demo(*, subscribers: int, months: int, seed: int, serving: bool, port: int) -> None:
    """Simulate a business, ingest it, build, print a summary and serve the dashboards."""
    from pipelines.cli.summary import print_summary
    from pipelines.lake.ingest import ingest
    from pipelines.orchestration.run import run_full_build
    from pipelines.sandbox import simulate

    settings = Settings()
    if settings.env != "sandbox":
        raise UserError("churniq demo writes simulated data: run it with CHURNIQ_ENV=sandbox only.")
    if serving:
        _require_free(port)
    feeds = settings.prepare().work / "sandbox" / f"{subscribers}x{months}-{seed}"
    if not feeds.exists():
        log.info("simulating %s subscribers over %s months", f"{subscribers:,}", months)
        simulate(subscribers=subscribers, months=months, seed=seed, out=feeds, progress=log.info)
    log.info("ingesting %s", feeds)
    ingest(settings, feeds, progress=log.info)
    run_full_build(settings, as_of="latest", full_refresh=False)
    print_summary(settings)
    if serving:
        _serve(port)


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="The local port.")
def dagster(*, port: int) -> None:
    """Open Dagster's pages: lineage, runs, checks, the schedule and the sensor on the inbox."""
    from pipelines.orchestration.run import dagster_home

    _require_free(port)
    settings = Settings().prepare()
    arguments = ["dev", "--module-name", "pipelines.orchestration.definitions", "--host", _HOST, "--port", str(port)]
    environment = {**os.environ, "CHURNIQ_HOME": str(settings.home), "DAGSTER_HOME": str(dagster_home(settings))}
    click.echo(f"Dagster on http://{_HOST}:{port} (stop with Ctrl+C)")
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "dagster", *arguments], environment)  # noqa: S606


def _serve(port: int) -> None:
    import app

    _require_free(port)
    script = Path(app.__file__).parent / "streamlit_app.py"
    click.echo(f"dashboards on http://{_HOST}:{port} (stop with Ctrl+C)")
    arguments = [
        "run",
        str(script),
        f"--server.port={port}",
        f"--server.address={_HOST}",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
        "--server.fileWatcherType=none",
    ]
    sys.stdout.flush()
    # The settings file beside the app (theme) is found from the folder that streamlit starts in.
    environment = {**os.environ, "CHURNIQ_HOME": str(Settings().home)}
    os.chdir(script.parent)
    os.execve(sys.executable, [sys.executable, "-m", "streamlit", *arguments], environment)  # noqa: S606


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise UserError(
                f"Port {port} is in use: stop what listens there, or choose another with --port."
            ) from error
