"""The ``price_tests`` feed and ``price_test_assignments``: one test of the basic offer against itself.

Prices of the simulated business are the same for everybody, so its test is one of the lot (A/A): both variants see the
list price, and whoever compares them has to find nothing.

Belongs here: the test and the draw. Does not belong here: prices (``pipelines.sandbox.catalogue``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.sandbox import catalogue
from pipelines.sandbox.feeds.columns import identifier, money, timestamp
from pipelines.sandbox.feeds.files import write_csv, write_parquet
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.window import Window

TEST = "basic-monthly-a-a"
VARIANTS = ("list_price", "list_price_again")
"""The first is the control."""

MONTHS_BEFORE_END = 9
"""When the test began, which still runs; a shorter history has none."""

_EURO = 0


def _start(window: Window) -> int | None:
    return int(window.edges[-1 - MONTHS_BEFORE_END]) if window.months >= MONTHS_BEFORE_END else None


def write_tests(history: History, folder: Path) -> int:
    """Write the test's variants with their prices; returns the rows."""
    began = _start(history.window)
    started = began or 0
    price = catalogue.list_price(np.array([catalogue.BASIC_MONTHLY]), np.array([_EURO]), started)
    frame = pl.DataFrame({"variant": VARIANTS if began else ()}, schema={"variant": pl.String}).select(
        test_id=pl.lit(TEST),
        variant=pl.col("variant"),
        offer_id=pl.lit(catalogue.OFFERS[catalogue.BASIC_MONTHLY].offer_id),
        amount=money(pl.lit(int(price[0]))),
        currency=pl.lit("EUR"),
        started_at=timestamp(pl.lit(started)),
        stopped_at=timestamp(pl.lit(0)),
        unit=pl.lit("customer"),
        is_control=pl.col("variant") == VARIANTS[0],
        share=pl.lit(1 / len(VARIANTS)),
        recorded_at=timestamp(pl.lit(started)),
    )
    return write_csv(frame, folder / "price_tests" / "price_tests.csv")


def write_assignments(history: History, rng: np.random.Generator, folder: Path) -> int:
    """Write who was put in which variant: everybody who registered since the test began; returns the rows."""
    registered = history.people.registered_at
    customer = np.flatnonzero(registered >= (_start(history.window) or history.window.end))
    at = timestamp(pl.col("at"))
    frame = pl.DataFrame(
        {
            "customer": customer,
            "variant": np.array(VARIANTS)[rng.integers(0, len(VARIANTS), len(customer))].tolist(),
            "at": registered[customer],
        },
        schema={"customer": pl.Int64, "variant": pl.String, "at": pl.Int64},
    ).select(
        event_id=identifier("pt-", pl.col("customer")),
        event_type=pl.lit("customer_assigned"),
        occurred_at=at,
        test_id=pl.lit(TEST),
        variant=pl.col("variant"),
        recorded_at=at,
        customer_id=identifier("C", pl.col("customer")),
        visitor_id=pl.lit(None, pl.String),
    )
    write_parquet(frame, folder / "price_test_assignments" / "price_test_assignments.parquet")
    return frame.height
