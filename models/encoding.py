"""Categories as columns of zeros and ones.

Belongs here: learning which categories are common enough for a weight of their own, and encoding by them.
Does not belong here: any particular feature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

# feature -> its categories with a column of their own; every other category is the reference.
Levels = Mapping[str, Sequence[str]]

MINIMUM_SHARE = 0.01
MINIMUM_ROWS = 30


def learn_levels(frame: pl.DataFrame, columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The common categories of each column but its most frequent, which becomes the reference, in sorted order.

    Common: at least one row in a hundred and thirty rows. Rarer ones share the reference's column of zeros,
    so that a category of a handful of customers never earns a weight.
    """
    levels: dict[str, tuple[str, ...]] = {}
    for column in columns:
        counts = frame.group_by(column).len("rows").sort(["rows", column], descending=[True, False]).slice(1)
        common = (pl.col("rows") >= MINIMUM_ROWS) & (pl.col("rows") >= MINIMUM_SHARE * frame.height)
        kept = counts.filter(common & pl.col(column).is_not_null())[column]
        levels[column] = tuple(kept.cast(pl.String).sort())
    return levels


def one_hot_name(column: str, level: str) -> str:
    """The name of the column that is one where ``column`` is ``level``."""
    return f"{column}={level}"


def one_hot(frame: pl.DataFrame, levels: Levels) -> pl.DataFrame:
    """One Float64 column a level, in the order of ``levels``; same rows, same order."""
    return frame.select(
        (pl.col(column).cast(pl.String) == level)
        .fill_null(value=False)
        .cast(pl.Float64)
        .alias(one_hot_name(column, level))
        for column in levels
        for level in levels[column]
    )
