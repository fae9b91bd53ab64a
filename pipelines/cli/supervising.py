"""Commands that keep services running until they are stopped: up, dagster.

Belongs here: their arguments and what they print at the start. Does not belong here: the supervision
(``pipelines.services``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import click

from pipelines.cli.tables import print_table
from pipelines.errors import UserError
from pipelines.services.programs import (
    DASHBOARDS,
    MONITOR,
    PAGES,
    PORTS,
    PURPOSES,
    RECEIVER,
    Choice,
    environment,
    programs,
)
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.services.log_lines import Format

_LOOPBACK = "127.0.0.1"


def _port(name: str, service: str) -> Callable[[Any], Any]:
    return click.option(
        name, type=click.IntRange(1, 65535), default=PORTS[service], show_default=True, help=f"For {PURPOSES[service]}."
    )


_log_format = click.option(
    "--log-format",
    type=click.Choice(["plain", "json"]),
    default="plain",
    show_default=True,
    help="How the lines of all services are written: for people, or as a JSON object each.",
)
_allow_changes = click.option(
    "--allow-changes", is_flag=True, help="Let Dagster's pages launch runs and switch automation; else they only show."
)


@click.command()
@click.option("--host", default=_LOOPBACK, show_default=True, help="The address to listen on.")
@_port("--port", DASHBOARDS)
@_port("--receiver-port", RECEIVER)
@_port("--dagster-port", PAGES)
@_port("--monitor-port", MONITOR)
@click.option("--without", multiple=True, type=click.Choice(list(PORTS)), help="A service to leave out; repeatable.")
@_log_format
@_allow_changes
@click.option("--insecure", is_flag=True, help="As of churniq receive: a sandbox on loopback only.")
def up(
    *,
    host: str,
    port: int,
    receiver_port: int,
    dagster_port: int,
    monitor_port: int,
    without: tuple[str, ...],
    log_format: Format,
    allow_changes: bool,
    insecure: bool,
) -> None:
    """Run everything: dashboards, receiver, Dagster with its schedules, and the monitor; stop with Ctrl+C or SIGTERM.

    What ends is started again, each time after waiting longer. Addresses are printed first, then one stream of what
    all of them say.
    """
    ports = {DASHBOARDS: port, RECEIVER: receiver_port, PAGES: dagster_port, MONITOR: monitor_port}
    options = {DASHBOARDS: "--port"} | {name: f"--{name}-port" for name in (RECEIVER, PAGES, MONITOR)}
    chosen = {name: number for name, number in ports.items() if name not in without}
    if not chosen:
        raise click.UsageError("nothing is left to run: leave out less.")
    _run(Choice(chosen, host, allow_changes=allow_changes, insecure=insecure), options, log_format)


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=PORTS[PAGES], show_default=True, help="The local port.")
@_log_format
@_allow_changes
def dagster(*, port: int, log_format: Format, allow_changes: bool) -> None:
    """Run Dagster alone: its pages, its schedules and its sensors; stop with Ctrl+C."""
    _run(Choice({PAGES: port}, allow_changes=allow_changes), {PAGES: "--port"}, log_format)


def _run(choice: Choice, options: dict[str, str], log_format: Format) -> None:
    from pipelines.locks import is_held
    from pipelines.orchestration.run import dagster_home
    from pipelines.services.log_lines import Stream
    from pipelines.services.supervision import only_supervisor, require_free, supervise

    settings = Settings().prepare()
    numbers = list(choice.ports.values())
    for name, number in choice.ports.items():
        if numbers.count(number) > 1:
            raise click.UsageError(f"two services have the port {number}: choose another with {options[name]}.")
        require_free(choice.host, number, options[name])
    if RECEIVER in choice.ports and is_held(settings.locks / "receiver.lock"):
        raise UserError(f"Another receiver writes to {settings.home}: stop it first, or add --without {RECEIVER}.")
    homes = {"CHURNIQ_HOME": str(settings.home), "DAGSTER_HOME": str(dagster_home(settings))}
    with only_supervisor(settings) as folder:
        _print_addresses(settings, choice, log_format)
        given = environment(choice, os.environ) | homes
        status = supervise(programs(choice, folder), folder, given, Stream(sys.stdout, log_format))
    if status:
        raise UserError("The supervisor ended: what it printed last says why.")


def _print_addresses(settings: Settings, choice: Choice, log_format: Literal["plain", "json"]) -> None:
    """Where everything is, on standard error where standard output is for programs."""
    is_error = log_format == "json"
    click.echo(f"environment {settings.env} in {settings.home}", err=is_error)
    rows = [(name, choice.address(name), PURPOSES[name]) for name in choice.ports]
    if is_error:
        for row in rows:
            click.echo("  ".join(row), err=True)
    else:
        print_table(["service", "address", "what it is"], rows)
    click.echo("stop with Ctrl+C", err=is_error)
