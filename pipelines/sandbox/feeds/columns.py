"""Turning the simulator's integer columns into contract columns.

Belongs here: codes to names, numbers to ids, seconds to timestamps, hundredths to decimals, late delivery.
Does not belong here: which columns a feed has (the single feeds), how files are written (``files``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.sandbox import markets
from pipelines.sandbox.window import DAY, HOUR, Integers, Window

MONEY = pl.Decimal(18, 4)
_ID_BASE = 10_000_000_000


def in_order_of_telling(rows: pl.DataFrame, window: Window, rng: np.random.Generator) -> pl.DataFrame:
    """Rows with ``at`` (epoch seconds), numbered in their order, told within half a minute and within the window."""
    recorded = rows["at"].to_numpy() + rng.integers(1, 30, rows.height)
    told = (pl.col("recorded") < window.end) & (pl.col("at") >= window.start)
    return (
        rows.with_row_index("number")
        .with_columns(pl.col("number").cast(pl.Int64), recorded=pl.Series(recorded, dtype=pl.Int64))
        .filter(told)
        .sort("recorded", "number")
    )


def identifier(prefix: str, number: pl.Expr, digits: int = 8) -> pl.Expr:
    """``prefix`` and the number padded to so many digits; null for negative numbers."""
    padded = (number + _ID_BASE).cast(pl.String).str.slice(11 - digits)
    return pl.when(number >= 0).then(pl.lit(prefix) + padded)


def name_of(code: pl.Expr, names: Sequence[str | None]) -> pl.Expr:
    """The name at each code's position; null for negative codes."""
    return code.replace_strict(list(range(len(names))), list(names), default=None, return_dtype=pl.String)


def money(hundredths: pl.Expr) -> pl.Expr:
    """Hundredths as a decimal with four places; null for negative values."""
    return pl.when(hundredths >= 0).then((hundredths / 100).cast(MONEY))


def timestamp(seconds: pl.Expr) -> pl.Expr:
    """Seconds since 1970 as a UTC timestamp in microseconds; null for 0 and below."""
    return pl.when(seconds > 0).then((seconds * 1_000_000).cast(pl.Datetime("us")))


def delivered(rng: np.random.Generator, at: Integers, provider: Integers) -> Integers:
    """When the source knew of events: seconds to minutes later, a share of each store's hours to days later."""
    typical = np.array([sender.typical_delay for sender in markets.PROVIDERS])[provider]
    late_share = np.array([sender.late_share for sender in markets.PROVIDERS])[provider]
    prompt = np.minimum(np.ceil(typical * rng.lognormal(0, 1.0, len(at))), HOUR).astype(np.int64)
    late = rng.integers(2 * HOUR, 3 * DAY, len(at))
    return at + np.where(rng.random(len(at)) < late_share, late, prompt)
