"""Commands that put the dashboards in front of a person: serve, demo.

Belongs here: their arguments and what they print. Does not belong here: pages (``app``).
"""

from __future__ import annotations

import logging
import os
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
@click.option("--host", default=_HOST, show_default=True, help="The address to listen on.")
@_PORT
def serve(*, host: str, port: int) -> None:
    """Serve the dashboards on this machine."""
    _serve(port, host)


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
        from pipelines.services.supervision import require_free

        require_free(_HOST, port, "--port")
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


def _serve(port: int, host: str = _HOST) -> None:
    import app
    from pipelines.services.supervision import require_free

    require_free(host, port, "--port")
    script = Path(app.__file__).parent / "server.py"
    click.echo(f"dashboards on http://{host}:{port} (stop with Ctrl+C)")
    arguments = [
        "run",
        str(script),
        f"--server.port={port}",
        f"--server.address={host}",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
        "--server.fileWatcherType=none",
        "--logger.hideWelcomeMessage=true",
    ]
    sys.stdout.flush()
    # The settings file beside the app (theme) is found from the folder that streamlit starts in.
    environment = {**os.environ, "CHURNIQ_HOME": str(Settings().home)}
    os.chdir(script.parent)
    os.execve(sys.executable, [sys.executable, "-m", "streamlit", *arguments], environment)  # noqa: S606
