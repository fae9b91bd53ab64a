"""A regime that changes between training and test: every price rises at once, and the level is watched by month end.

``python -m tests.bench.regime --home DIR`` simulates the same business twice, as it is and with every list price higher
from a day on, and prints for both what was predicted over what came on each month end of the backtest: trained on days
whose outcome was over by then, so that the month ends after the rise show how many trainings it takes to be right.

Belongs here: the rise. Does not belong here: the two levels, and how well the champion ranks (``tests.bench.ceiling``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import numpy as np
import polars as pl

from pipelines.sandbox import catalogue, simulate
from pipelines.sandbox.window import instant
from tests.bench.ceiling import print_levels
from tests.warehouse.continuing import run_models


@contextmanager
def prices_raised(day: str, share: float) -> Iterator[None]:
    """The simulator's list prices, every one of them higher by ``share`` from ``day`` on."""
    dates, prices = catalogue.PRICE_DATES, catalogue.PRICES
    step = int(np.searchsorted(dates, instant(day)))
    raised = np.rint(prices * (1 + share)).astype(np.int64)
    catalogue.PRICE_DATES = np.insert(dates, step, instant(day))
    catalogue.PRICES = np.concatenate([prices[:, :step], raised[:, step - 1 : step], raised[:, step:]], axis=1)
    try:
        yield
    finally:
        catalogue.PRICE_DATES, catalogue.PRICES = dates, prices


@click.command()
@click.option("--subscribers", default=15_000, show_default=True)
@click.option("--months", default=24, show_default=True)
@click.option("--seed", default=23, show_default=True)
@click.option("--rise", default=0.3, show_default=True, help="By which share every price rises.")
@click.option("--day", default="2025-11-01", show_default=True, help="From which day on.")
@click.option("--home", type=click.Path(path_type=Path), required=True, help="Where to work and leave everything.")
def main(*, subscribers: int, months: int, seed: int, rise: float, day: str, home: Path) -> None:
    """Print predicted over observed by month end, with the rise and without it."""
    from models.training import train
    from pipelines.lake.ingest import ingest
    from pipelines.settings import Settings
    from pipelines.warehouse.build import Build
    from pipelines.warehouse.scoring import read_history

    for share in (0.0, rise):
        place = home / f"rise-{share}"
        os.environ["CHURNIQ_HOME"] = str(place / "home")
        with prices_raised(day, share):
            simulate(subscribers=subscribers, months=months, seed=seed, out=place / "feeds")
        ingest(Settings(), place / "feeds")
        build = Build()
        run_models(build, "--select", "+fct_customer_features", "fct_paying_spans")
        history = read_history(build.warehouse, build.facts())
        model = train(history)
        click.echo(f"every price {share:+.0%} from {day}: {model.model_version}, AUC {model.pooled('auc') or 0:.4f}")
        print_levels(model, history, pl.read_parquet(place / "feeds" / "truth" / "*.parquet"))


if __name__ == "__main__":
    main()
