"""What churn scores cost: features, training, scores and reasons, beside LightGBM's bare training on the same matrix.

Everything up to the day before the last is built first; the features of the last day are a day more. After the first
build ``--times 10`` has each customer ten times in the tables that the feature models read, and runs the models as they
were compiled then; after the day more, the rows that they add as they were compiled for it.

Belongs here: measuring wall time, processor time and the peak of memory of each phase, in a process of its own.
Does not belong here: targets, how good the scores are (``churniq backtest``).
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import duckdb

from tests.bench.multiplied import compiled, multiply

if TYPE_CHECKING:
    from models.history import History

FEATURE_MODELS = (
    "int_feature_days",
    "int_feature_history",
    "int_feature_panel",
    "int_feature_subscriptions",
    "int_feature_customers",
    "int_feature_people",
    "int_feature_payments",
    "int_feature_support",
    "int_feature_seasons",
    "int_feature_viewing_days",
    "int_feature_watched_days",
    "int_feature_viewing_versions",
    "int_feature_viewing",
    "int_feature_usual_prices",
    "fct_customer_features",
)
_MEMORY = "2500MB"
_FEATURES = ("--select", "+fct_customer_features", "fct_paying_spans")


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of the processors, and the peak memory of any process in GB."""

    wall: float
    processor: float
    peak: float

    def __str__(self) -> str:
        return f"{self.wall:>8.1f} s {self.processor:>8.1f} s processor {self.peak:>6.2f} GB"


def _cost(work: Callable[[], object]) -> Cost:
    """What ``work`` costs, in a new process."""
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)

    def run() -> None:
        began = time.monotonic()
        work()
        wall = time.monotonic() - began
        parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        used = sum(part.ru_utime + part.ru_stime for part in parts)
        sending.send(Cost(wall, used, max(part.ru_maxrss for part in parts) / 2**20))

    process = context.Process(target=run)
    process.start()
    sending.close()
    try:
        cost: Cost = receiving.recv()
    finally:
        process.join()
    return cost


def _churniq(*arguments: str) -> None:
    command = [str(Path(sys.executable).with_name("churniq")), "--quiet", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _models() -> None:
    """The feature mart and all that it needs."""
    from pipelines.warehouse.build import Build
    from tests.warehouse.continuing import run_models
    from tests.warehouse.running_dbt import close_dbt

    run_models(Build(), *_FEATURES)
    close_dbt()


def _at_size(queries: dict[str, str], warehouse: Path, *, added: bool = False) -> None:
    """The feature models, one after the other, in a warehouse that has what they read, or only the rows they add."""
    with duckdb.connect(str(warehouse), config={"threads": 2, "memory_limit": _MEMORY}) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set TimeZone = 'UTC'")
        for name, query in queries.items():
            schema = "features" if name.startswith("fct_") else "intermediate"
            began = time.monotonic()
            connection.execute(f"create schema if not exists {schema}")
            kind, place = ("temp table", f"added_{name}") if added else ("table", f"{schema}.{name}")
            connection.execute(f"create or replace {kind} {place} as {query}")
            click.echo(f"    {name:<28}{time.monotonic() - began:>8.1f} s")


def _model_seconds(home: Path) -> tuple[float, dict[str, float]]:
    """Seconds of the feature models of the last run, together and each."""
    results = json.loads(next((home / "work" / "dbt").rglob("run_results.json")).read_text())["results"]
    names = {each["unique_id"].rpartition(".")[2]: float(each["execution_time"]) for each in results}
    own = {name: seconds for name, seconds in names.items() if "feature" in name}
    return sum(own.values()), dict(sorted(own.items(), key=lambda item: -item[1]))


def _train(warehouse: Path, registry: Path) -> None:
    from models.registry import save
    from models.training import train

    save(train(_history(warehouse)), registry)


def _history(warehouse: Path) -> History:
    from pipelines.warehouse.build import Build
    from pipelines.warehouse.scoring import read_history

    return read_history(warehouse, Build().facts())


def _score(warehouse: Path, registry: Path) -> None:
    from models.registry import folders, load
    from models.scoring import score

    [folder] = folders(registry)
    score(load(folder), _history(warehouse))


def _bare(warehouse: Path, registry: Path) -> None:
    """LightGBM alone, on the matrix and with the setting and number of trees of the champion."""
    import lightgbm

    from models.boosting import SETTINGS, matrix
    from models.registry import folders, load
    from models.training import settled_sample

    [folder] = folders(registry)
    trees = load(folder).trees
    if trees is None:
        raise RuntimeError("The champion has no trees to compare with.")
    sample = settled_sample(_history(warehouse), 30)
    values = matrix(sample.frame, trees.columns, dict(trees.levels))
    parameters = {"objective": "binary", "verbosity": -1, "num_threads": 1, "max_bin": 63, **SETTINGS[trees.setting]}
    began = time.monotonic()
    lightgbm.train(parameters, lightgbm.Dataset(values, sample.churned.astype(float)), trees.rounds)
    seconds = time.monotonic() - began
    shape = f"{len(values):,} rows x {values.shape[1]}, {trees.rounds} trees"
    click.echo(f"  bare training         {seconds:>8.1f} s  {shape}")


@click.command()
@click.option("--subscribers", default=100_000, show_default=True)
@click.option("--months", default=24, show_default=True)
@click.option("--times", default=1, show_default=True, help="How often each customer is there in a second round.")
@click.option("--home", type=click.Path(path_type=Path), default=None, help="Where to work and leave everything.")
def main(*, subscribers: int, months: int, times: int, home: Path | None) -> None:
    """Print what features, training, scores and reasons take."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = home or Path(temporary)
        os.environ["CHURNIQ_HOME"] = str(folder / "home")
        feeds, day = folder / "feeds", folder / "day"
        click.echo(f"{subscribers:,} subscribers x {months} months, {os.cpu_count()} cores")
        if not feeds.exists():
            _churniq("sandbox", "--subscribers", str(subscribers), "--months", str(months), "--out", str(feeds))
            split_last_day(feeds, day)
            click.echo(f"  ingest                {_cost(lambda: _churniq('ingest', str(feeds)))}")
        report_first_build(folder / "home")
        if times > 1:
            report_at_size(folder / "home", folder, times)
        report_day_more(folder / "home", day)
        if times > 1:
            report_day_more_at_size(folder / "home", folder, times)


def report_at_size(home: Path, folder: Path, times: int) -> None:
    """Print the same with each customer of a built warehouse so many times."""
    queries = compiled(home, FEATURE_MODELS)
    warehouse = _multiplied(home, folder, queries, FEATURE_MODELS, times)
    click.echo(f"each customer {times} times")
    click.echo(f"  features              {_cost(lambda: _at_size(queries, warehouse))}")
    _report_scores(warehouse)


def report_day_more_at_size(home: Path, folder: Path, times: int) -> None:
    """Print what the rows that a day adds to the features take, with each customer so many times."""
    queries = compiled(home, FEATURE_MODELS)
    warehouse = _multiplied(home, folder, queries, (), times)
    _leave_panel(warehouse, queries["int_feature_panel"])
    click.echo(f"each customer {times} times, a day more")
    click.echo(f"  features              {_cost(lambda: _at_size(queries, warehouse, added=True))}")


def _leave_panel(warehouse: Path, panel: str) -> None:
    """Take away the past days of customers who are not in the panel of so large a base, as its builds would."""
    with duckdb.connect(str(warehouse), config={"threads": 2, "memory_limit": _MEMORY}) as connection:
        connection.execute(
            f"create or replace table intermediate.int_feature_panel as "
            f"select customer_id, is_in_panel, false as has_changed from ({panel})"
        )
        tables = connection.execute(
            "select schema_name, table_name from duckdb_columns() where starts_with(table_name, 'int_feature_') "
            "and column_name in ('feature_date', 'customer_id') group by all having count(*) = 2"
        ).fetchall()
        for schema, table in tables:
            connection.execute(
                f"delete from {schema}.{table} where feature_date < (select max(feature_date) from {schema}.{table}) "
                "and customer_id not in (select customer_id from intermediate.int_feature_panel where is_in_panel)"
            )


def _multiplied(home: Path, folder: Path, queries: dict[str, str], leave: Sequence[str], times: int) -> Path:
    """A warehouse with what the queries read, but for the tables to leave, each customer of it so many times."""
    place = folder / "multiplied"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    _cost(lambda: multiply(home, place / "copied.duckdb", queries.values(), leave, times))
    return (place / "copied.duckdb").rename(place / "warehouse.duckdb")


def _report_scores(warehouse: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        registry = Path(place)
        click.echo(f"  training              {_cost(lambda: _train(warehouse, registry))}")
        click.echo(f"  scores and reasons    {_cost(lambda: _score(warehouse, registry))}")
        _cost(lambda: _bare(warehouse, registry))


def report_first_build(home: Path) -> None:
    """Print what the features of an ingested history take, and the model and the scores after them."""
    _report_models(home, "from nothing")
    _report_scores(home / "work" / "warehouse.duckdb")


def report_day_more(home: Path, day: Path) -> None:
    """Print the same of a day more."""
    _churniq("ingest", str(day))
    _report_models(home, "a day more")
    _report_scores(home / "work" / "warehouse.duckdb")


def _report_models(home: Path, phase: str) -> None:
    cost = _cost(_models)
    seconds, each = _model_seconds(home)
    click.echo(f"  models, {phase:<14}{cost}")
    click.echo(f"    of these features   {seconds:>8.1f} s  {', '.join(f'{n} {s:.1f}' for n, s in each.items())}")


def split_last_day(feeds: Path, day: Path) -> None:
    """Move the rows recorded on the last day of a simulated history from ``feeds`` to ``day``."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        newest = f"select cast(max(recorded_at) as date) from read_parquet('{feeds}/subscription_events/*.parquet')"
        [(last,)] = connection.execute(newest).fetchall()
        for path in sorted(feeds.glob("*/*.parquet")):
            columns = [row[0] for row in connection.execute(f"describe select * from '{path}'").fetchall()]
            if path.parent.name == "truth" or "recorded_at" not in columns:
                continue
            whole = f"select * from read_parquet('{path}')"
            [(late,)] = connection.execute(f"select count(*) from ({whole}) where recorded_at >= '{last}'").fetchall()
            if not late:
                continue
            target, kept = day / path.parent.name / path.name, path.with_suffix(".kept")
            target.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(f"copy ({whole} where recorded_at >= '{last}') to '{target}' (format parquet)")
            connection.execute(f"copy ({whole} where recorded_at < '{last}') to '{kept}' (format parquet)")
            kept.replace(path)


if __name__ == "__main__":
    main()
