"""What a change is made of: a breakdown that sums to it, and which dimension explains most of it.

Belongs here: arithmetic on answers of metrics by dimension. Does not belong here: asking for them (``app.queries``),
how they are worded (``pipelines.readings.insights``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

SEVERAL = "(several or none of these)"


@dataclass(frozen=True)
class Breakdown:
    """A change by the values of one dimension.

    ``rows``: value, before, now, change; the values that changed most first. They sum to the whole, for which, where
    somebody counts on two values, a row of ``SEVERAL`` takes off what was counted twice. ``explained`` is how unevenly
    the change is spread: 0 where every value changed by its share of before, 1 where values that were nothing did all.
    """

    dimension: str
    rows: pl.DataFrame
    explained: float


def break_down(
    dimension: str, before: dict[str, float], now: dict[str, float], whole: tuple[float, float]
) -> Breakdown:
    """The change from ``before`` to ``now`` by value; ``whole`` has both for all values together."""
    values = [*now, *(value for value in before if value not in now)]
    rows = [(value, before.get(value, 0.0), now.get(value, 0.0)) for value in values]
    rest = (whole[0] - math.fsum(row[1] for row in rows), whole[1] - math.fsum(row[2] for row in rows))
    scale = max(abs(whole[0]), abs(whole[1]), 1e-9)
    if max(abs(rest[0]), abs(rest[1])) > scale * 1e-9:
        rows.append((SEVERAL, *rest))
    frame = pl.DataFrame(
        rows, schema={"value": pl.String, "before": pl.Float64, "now": pl.Float64}, orient="row"
    ).with_columns(change=pl.col("now") - pl.col("before"))
    frame = frame.sort(pl.col("change").abs(), "value", descending=[True, False])
    return Breakdown(dimension, frame, _unevenness(rows, whole))


def ranked(breakdowns: Sequence[Breakdown]) -> list[Breakdown]:
    """Those of more than one value, the one that explains most of the change first."""
    comparable = [each for each in breakdowns if each.rows.height > 1]
    return sorted(comparable, key=lambda each: (-each.explained, each.rows.height, each.dimension))


def _unevenness(rows: Sequence[tuple[str, float, float]], whole: tuple[float, float]) -> float:
    """Half of the distance between how the change is spread over the values and how they were before."""
    changes = [now - before for _, before, now in rows]
    moved = math.fsum(abs(change) for change in changes)
    size = math.fsum(abs(before) for _, before, _ in rows)
    if not moved or not size:
        return 0.0
    net = whole[1] - whole[0]
    expected = [net * abs(before) / size for _, before, _ in rows]
    apart = math.fsum(abs(change - share) for change, share in zip(changes, expected, strict=True))
    return min(1.0, apart / (2 * max(moved, abs(net))))
