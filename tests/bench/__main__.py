"""``make bench``: simulate, ingest and build by phase, and ratios to other ways to the same, in the same run.

Seconds are of this machine at this moment; the ratio holds when the machine's speed drifts.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import click
import duckdb

from tests.bench import builds

MOVEMENT_MODELS = ("int_subscription_mrr_changes", "int_mrr_movements", "int_churn_evidence", "fct_mrr_movements")
RUNS = 3


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _churniq(*arguments: str) -> float:
    command = [str(Path(sys.executable).with_name("churniq")), "--quiet", *arguments]
    return _timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))


def _step_seconds(home: Path) -> dict[str, float]:
    """How long each step of the last run took, from Dagster's own log."""
    os.environ["DAGSTER_HOME"] = str(home / "work" / "dagster")
    from dagster import DagsterInstance

    with DagsterInstance.get() as instance:
        run = instance.get_run_records(limit=1)[0].dagster_run
        stats = instance.get_run_step_stats(run.run_id)
    return {stat.step_key: (stat.end_time or 0) - (stat.start_time or 0) for stat in stats}


def _movements(connection: duckdb.DuckDBPyConnection, compiled: Path) -> None:
    """Run the compiled models from states to movements again, into temporary tables that stand in for each other."""
    for name in MOVEMENT_MODELS:
        query = next(compiled.rglob(f"{name}.sql")).read_text()
        for earlier in MOVEMENT_MODELS:
            query = re.sub(rf'"warehouse"\."\w+"\."{earlier}"', f"bench_{earlier}", query)
        connection.execute(f"create or replace temp table bench_{name} as {query}")


@click.command()
@click.option("--subscribers", default=100_000, show_default=True)
@click.option("--months", default=24, show_default=True)
def main(*, subscribers: int, months: int) -> None:
    """Print what each phase takes, and the ratio of the month-spine method to ours."""
    with tempfile.TemporaryDirectory() as folder:
        home, feeds = Path(folder) / "home", Path(folder) / "feeds"
        os.environ["CHURNIQ_HOME"] = str(home)
        size = ("--subscribers", str(subscribers), "--months", str(months))
        phases = {
            "simulate": _churniq("sandbox", *size, "--out", str(feeds)),
            "ingest": _churniq("ingest", str(feeds)),
            "build, first (parses the dbt project)": _churniq("build"),
            "build, nothing new": _churniq("build"),
            # Last, since what dbt compiled for it computes everything.
            "build, all of it": _churniq("build", "--full-refresh"),
        }
        click.echo(f"{subscribers:,} subscribers x {months} months, {os.cpu_count()} cores")
        for phase, seconds in phases.items():
            click.echo(f"  {phase:<40}{seconds:>8.1f} s")
        for step, seconds in _step_seconds(home).items():
            click.echo(f"    {step:<38}{seconds:>8.1f} s")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        click.echo(f"  peak memory of any process              {peak:>8.1f} GB")
        with duckdb.connect(str(home / "work" / "warehouse.duckdb"), read_only=True) as connection:
            connection.execute("set threads = 2")
            spine = Path(__file__).with_name("month_spine.sql").read_text()
            compiled = home / "work" / "dbt" / "target" / "compiled"
            ours = [_timed(lambda: _movements(connection, compiled)) for _ in range(RUNS)]
            theirs = [
                _timed(lambda: connection.execute(f"create or replace temp table spine as {spine}"))
                for _ in range(RUNS)
            ]
        click.echo(f"  states to movements, ours               {median(ours):>8.2f} s")
        click.echo(f"  states to movements, month spine        {median(theirs):>8.2f} s")
        click.echo(f"  month spine / ours                      {median(theirs) / median(ours):>8.1f} x")
        builds.report(feeds, Path(folder), months=months)


if __name__ == "__main__":
    main()
