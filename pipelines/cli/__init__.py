"""The command line, ``churniq``: what a person types and reads.

Belongs here: arguments, messages, exit statuses. Does not belong here: the work, which is imported where it is used
so that ``churniq --help`` answers at once.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import NoReturn

import click

from pipelines.cli.alerting import alerts
from pipelines.cli.backfilling import backfill
from pipelines.cli.backing_up import backup, restore
from pipelines.cli.campaigns import campaign, holdout
from pipelines.cli.compacting import compact
from pipelines.cli.data import build, ingest, sandbox
from pipelines.cli.explaining import explain
from pipelines.cli.exporting import export, suppression
from pipelines.cli.going_live import golive
from pipelines.cli.insights import insights
from pipelines.cli.lake import quarantine, reingest, sources
from pipelines.cli.mapping import mapping
from pipelines.cli.metrics import metric, metrics
from pipelines.cli.migrating import migrate
from pipelines.cli.price_tests import price_test
from pipelines.cli.privacy import access, erase
from pipelines.cli.reading import sql
from pipelines.cli.receiving import receive
from pipelines.cli.restating import restate
from pipelines.cli.scoring import backtest, models_, score, score_csv, train
from pipelines.cli.segments import segment
from pipelines.cli.serving import demo, serve
from pipelines.cli.status import status
from pipelines.cli.supervising import dagster, up
from pipelines.cli.value import value
from pipelines.cli.verifying import verify
from pipelines.cli.what_if import what_if
from pipelines.errors import UserError, WrongUsageError, full_disk_sentence
from pipelines.processes import collect_garbage_rarely, leave


class _Elapsed(logging.Formatter):
    """Progress lines with the seconds since the command began."""

    def __init__(self) -> None:
        super().__init__()
        self.began = time.monotonic()

    def format(self, record: logging.LogRecord) -> str:
        return f"{time.monotonic() - self.began:6.1f}s  {record.getMessage()}"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="churniq")
@click.option("--debug", is_flag=True, help="Show the full traceback of an error.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.pass_context
def main(context: click.Context, *, debug: bool, quiet: bool) -> None:
    """ChurnIQ: from subscription and payment events to churn intelligence, on one machine.

    CHURNIQ_HOME is the folder of one environment; CHURNIQ_ENV is sandbox unless it says production.
    """
    context.obj = {"debug": debug}
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Elapsed())
    logger = logging.getLogger("churniq")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.WARNING if quiet else logging.INFO)


_COMMANDS = (
    sandbox,
    ingest,
    receive,
    sources,
    quarantine,
    mapping,
    reingest,
    erase,
    access,
    backup,
    restore,
    golive,
    insights,
    alerts,
    build,
    backfill,
    status,
    verify,
    compact,
    migrate,
    restate,
    explain,
    sql,
    metric,
    metrics,
    segment,
    export,
    train,
    score,
    backtest,
    models_,
    what_if,
    suppression,
    campaign,
    holdout,
    price_test,
    score_csv,
    value,
    up,
    serve,
    demo,
    dagster,
)
for command in _COMMANDS:
    main.add_command(command)


def program() -> NoReturn:
    """The entry point: ``run`` as a process of its own."""
    try:
        run()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            raise  # Python prints it.
        leave(ended.code or 0)


def run() -> NoReturn:
    """Do what was typed: a mistake is one sentence on standard error; status 2 for wrong usage, 1 for any other."""
    collect_garbage_rarely()
    try:
        status = main(prog_name="churniq", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(f"churniq: {_sentence(error)}", err=True)
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("churniq: stopped.", err=True)
        sys.exit(1)
    except UserError as error:
        if "--debug" in sys.argv:
            raise
        click.echo(f"churniq: {error}", err=True)
        sys.exit(2 if isinstance(error, WrongUsageError) else 1)
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        if sentence := full_disk_sentence(error):
            click.echo(f"churniq: {sentence}", err=True)
            sys.exit(1)
        click.echo(
            f"churniq: this should not have happened ({type(error).__name__}: {' '.join(str(error).split())[:300]}); "
            "run it again with --debug and report what it prints.",
            err=True,
        )
        sys.exit(1)
    # click hands back what the command returned, or the status of an early end such as --help.
    sys.exit(status if isinstance(status, int) else 0)


def _sentence(error: click.ClickException) -> str:
    """What click found wrong, on one line, with the command whose help lists what it takes."""
    message = " ".join(error.format_message().split())
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{message.removesuffix('.')} (see {context.command_path} --help)." if context else message
