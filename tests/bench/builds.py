"""What the dbt part of a build costs: beside a bare scan of the same events, and as the history grows.

A lake is delivered in two: everything up to a day, and that day. The first is built from nothing, the second continued.

Belongs here: splitting the deliveries, measuring, printing ratios. Does not belong here: targets.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import click
import duckdb

from pipelines.lake.ingest import ingest
from pipelines.settings import Settings
from pipelines.warehouse.build import Build
from pipelines.warehouse.database import open_warehouse
from pipelines.warehouse.dbt import target_folder
from tests.warehouse.continuing import run_models

_EVENTS = ("subscription_events", "payment_events", "customer_events")
_SELECTED = ("--select", *(f"+{folder}" for folder in ("core", "marts.revenue", "marts.retention")))
_BARE = """
select
    customer_id,
    count(*) as events,
    sum(amount) as amount,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at
from (
    select customer_id, amount, occurred_at from raw.subscription_events
    union all
    select customer_id, amount, occurred_at from raw.payment_events
)
group by customer_id
"""


@dataclass(frozen=True)
class Measured:
    """Seconds of a build from nothing, of the day after, and of a bare scan; events as rows of both event feeds.

    A build's seconds are those of its models: dbt takes some more to start, whatever it builds.
    """

    events: int
    full: float
    day: float
    bare: float


def report(feeds: Path, folder: Path, *, months: int) -> None:
    """Print what the builds of a simulated business take, with all of its months and with its first six."""
    first = _first_month(feeds)
    measured: dict[int, Measured] = {}
    for number in sorted({6, months}):
        measured[number] = _measure(feeds, folder / f"{number}_months", _months_later(first, number))
        at = measured[number]
        click.echo(f"  dbt part of {number} months, {at.events:,} events")
        click.echo(f"    from nothing                          {at.full:>8.1f} s")
        click.echo(f"    a day more                            {at.day:>8.1f} s")
        click.echo(f"    from nothing / bare scan ({at.bare:.1f} s)     {at.full / at.bare:>8.1f} x")
        click.echo(f"    from nothing / a day more             {at.full / at.day:>8.1f} x")
    if months > 6:
        growth = measured[months].events / measured[6].events
        click.echo(f"  events, {months} months / 6 months             {growth:>8.1f} x")
        click.echo(f"  a day more, {months} months / 6 months         {measured[months].day / measured[6].day:>8.1f} x")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    click.echo(f"  peak memory of any process              {peak:>8.1f} GB")


def _measure(feeds: Path, folder: Path, until: date) -> Measured:
    """Build what was recorded before the last day before ``until``, then that day."""
    before, day = folder / "before", folder / "day"
    _split(feeds, before, day, until)
    os.environ["CHURNIQ_HOME"] = str(folder / "home")
    settings, build = Settings().prepare(), Build()
    ingest(settings, before)
    full = _models(build)
    ingest(settings, day)
    more = _models(build)
    with open_warehouse(build.warehouse, read_only=True) as connection:
        connection.execute("set threads = 2")
        bare = _timed(lambda: connection.execute(f"select count(*), max(events) from ({_BARE})").fetchall())
        events = connection.execute(f"select sum(events) from ({_BARE})").fetchall()[0][0]
    return Measured(int(events), full, more, bare)


def _models(build: Build) -> float:
    run_models(build, *_SELECTED)
    results = json.loads((target_folder(build.settings) / "run_results.json").read_text())
    return float(results["elapsed_time"])


def _split(feeds: Path, before: Path, day: Path, until: date) -> None:
    last_day = until - timedelta(days=1)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for feed in _EVENTS:
            for target, condition in (
                (before, f"recorded_at < timestamp '{last_day}'"),
                (day, f"recorded_at >= timestamp '{last_day}' and recorded_at < timestamp '{until}'"),
            ):
                (target / feed).mkdir(parents=True)
                connection.execute(
                    f"copy (select * from read_parquet('{feeds / feed}/*.parquet') where {condition}) "
                    f"to '{target / feed}/rows.parquet'"
                )
        (before / "fx_rates").mkdir()
        connection.execute(
            f"copy (select rate_date, currency, rate_to_reporting from read_csv('{feeds}/fx_rates/*.csv') "
            f"where rate_date < date '{last_day}') to '{before}/fx_rates/rates.csv'"
        )


def _first_month(feeds: Path) -> date:
    with duckdb.connect() as connection:
        files = f"read_parquet('{feeds}/subscription_events/*.parquet')"
        first = connection.execute(f"select min(recorded_at) from {files}").fetchall()[0][0]
    return date(first.year, first.month, 1)


def _months_later(month: date, number: int) -> date:
    years, index = divmod(month.month - 1 + number, 12)
    return date(month.year + years, index + 1, 1)


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
