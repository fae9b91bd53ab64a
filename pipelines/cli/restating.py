"""The command restate: a month as it was known then and now.

Belongs here: arguments and layout. Does not belong here: the comparison (``pipelines.readings.restatement``).
"""

from __future__ import annotations

import json
import logging
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import ROWS_FORMAT, parse_instant
from pipelines.cli.tables import as_json, print_table
from pipelines.errors import UserError
from pipelines.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from pipelines.publishing.snapshots import Pointer
    from pipelines.readings.restatement import Restatement

log = logging.getLogger("churniq")
_SHOWN_EVENTS = 25


@click.command()
@click.option("--month", required=True, help="The month to look at, such as 2026-07.")
@click.option(
    "--known-at",
    required=True,
    help="What was known at this instant, ISO 8601; without an offset UTC, and a date alone is its beginning. "
    "close:DAY is the close of a day, as churniq backfill publishes it.",
)
@click.option("--against", default="now", show_default=True, help="now: the current snapshot; or another instant.")
@click.option("--no-build", is_flag=True, help="Fail instead of building a snapshot that is not published yet.")
@ROWS_FORMAT
def restate(*, month: str, known_at: str, against: str, no_build: bool, output: str) -> None:
    """Show a month as it was known then and now, and the events that made the difference.

    csv has one row for every customer and day that differ.
    """
    from pipelines.publishing.snapshots import find_snapshot
    from pipelines.readings.provenance import parse_month
    from pipelines.readings.restatement import restate as compare

    settings = Settings()
    first = parse_month(month)
    instant = parse_instant(known_at, "--known-at", ())
    now = (
        find_snapshot(settings)
        if against in {"now", "latest"}
        else _snapshot(settings, first, parse_instant(against, "--against", ("now",)), no_build=no_build)
    )
    then = _snapshot(settings, first, instant, no_build=no_build)
    result = compare(settings, first, then, now)
    if output == "csv":
        click.echo(result.differences.write_csv(), nl=False)
    elif output == "json":
        click.echo(json.dumps(_document(result), ensure_ascii=False, indent=1))
    else:
        _print(result)


def _snapshot(settings: Settings, month: date, instant: datetime, *, no_build: bool) -> Pointer:
    """The snapshot as of an instant, built first when it is not published; raises ``UserError`` if it cannot be."""
    from pipelines.orchestration.run import run_full_build
    from pipelines.publishing.snapshots import find_snapshot

    current = find_snapshot(settings)
    try:
        return find_snapshot(settings, instant)
    except UserError:
        if instant > current.as_of_instant:
            raise UserError(
                f"{instant.isoformat()}Z is later than what is published, {current.as_of}Z: choose an instant up to "
                "that, or run churniq build."
            ) from None
        _require_something_known(settings, month, instant, current)
        if no_build:
            raise
    log.info("no snapshot as of %sZ is published yet, so it is built first", instant.isoformat())
    run_full_build(settings, as_of=instant.isoformat(), full_refresh=False)
    return find_snapshot(settings, instant)


def _require_something_known(settings: Settings, month: date, instant: datetime, current: Pointer) -> None:
    """Raise ``UserError`` for what a build of minutes would only find out at its end."""
    from pipelines.lake.store import Lake
    from pipelines.readings.provenance import open_beside_lake, require_month

    if Lake(settings.lake).version > current.lake_version:
        raise UserError(
            "Files came since the current snapshot was built: run churniq build first, so that both sides know them."
        )
    with open_beside_lake(settings, {"known_now": current}) as connection:
        require_month(connection, month, "known_now")
        first = connection.execute("select min(recorded_at) from raw.subscription_events").fetchall()[0][0]
    if first is None or instant < first:
        known = f"the first event was recorded at {first.isoformat()}Z" if first else "there are no events"
        raise UserError(f"Nothing was known at {instant.isoformat()}Z yet: {known}; choose a later instant.")
    # A day early, since the month may begin sooner in the report time zone than in UTC.
    if instant.date() < month - timedelta(days=1):
        raise UserError(f"The month {month:%Y-%m} had not begun at {instant.isoformat()}Z: choose a later instant.")


def _document(result: Restatement) -> dict[str, Any]:
    frames = {name: getattr(result, name) for name in ("totals", "customers", "causes", "differences", "events")}
    return {
        "month": f"{result.month:%Y-%m}",
        "known_at": result.then.as_of,
        "against": result.now.as_of,
        **{
            name: [{key: as_json(value) for key, value in row.items()} for row in frame.to_dicts()]
            for name, frame in frames.items()
        },
    }


def _print(result: Restatement) -> None:
    from pipelines.readings.restatement import CAUSES

    click.echo(f"{result.month:%Y-%m} as known at {result.then.as_of}Z and at {result.now.as_of}Z")
    _print_frame(result.totals)
    click.echo()
    _print_frame(result.customers)
    if result.differences.is_empty():
        click.echo("\nNo movement of the month differs.")
        return
    click.echo(f"\n{result.differences.height:,} customer days differ, by cause:")
    _print_frame(result.causes)
    for cause in sorted(set(result.causes["cause"])):
        click.echo(f"  {cause}: {CAUSES[cause]}")
    if not result.events.is_empty():
        shown = min(_SHOWN_EVENTS, result.events.height)
        click.echo(f"\nEvents unknown then, {shown:,} of {result.events.height:,} (all with --format json):")
        _print_frame(
            result.events.head(_SHOWN_EVENTS).select(
                "event_id", "event_type", "customer_id", "occurred_at", "recorded_at", "file", "row"
            )
        )


def _print_frame(frame: pl.DataFrame) -> None:
    print_table(frame.columns, frame.rows())
