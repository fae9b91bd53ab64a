"""The command that takes webhooks in: receive.

Belongs here: its arguments and what it prints. Does not belong here: the service (``pipelines.receiver``).
"""

from __future__ import annotations

import click

from pipelines.settings import Settings

_LARGEST_BODY = 15 << 20  # Escaped, a body may double, and the lake reads lines of at most 32 MiB.


def _print_senders(context: click.Context, _: click.Parameter, is_asked: bool) -> None:
    if not is_asked or context.resilient_parsing:
        return
    from pipelines.receiver.senders import describe_senders

    click.echo(describe_senders())
    context.exit()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8601, show_default=True, help="0 takes any free port.")
@click.option(
    "--max-body",
    type=click.IntRange(1, _LARGEST_BODY),
    default=1 << 20,
    show_default=True,
    help="Bytes of a request.",
)
@click.option(
    "--segment-seconds",
    type=click.FloatRange(min=0.1),
    default=5.0,
    show_default=True,
    help="How long requests gather in a file before builds can take it.",
)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_senders,
    help="Show the senders and the environment variables that configure them.",
)
@click.option("--insecure", is_flag=True, help="Let senders without credentials in: a sandbox on loopback only.")
def receive(*, host: str, port: int, max_body: int, segment_seconds: float, insecure: bool) -> None:
    """Take webhooks in over HTTP and keep them in the inbox, from where builds ingest them.

    A request is on the disk before it is answered. Secrets come from the environment only: see --list.
    """
    from pipelines.receiver.server import serve

    settings = Settings().prepare()
    serve(settings, host=host, port=port, max_body=max_body, segment_seconds=segment_seconds, insecure=insecure)
