"""Numbers as smooth curves: cubic B-splines between five quantile knots, flat beyond the outer ones.

Belongs here: learning knots from quantiles, the columns of a curve, what stands for a missing number.
Does not belong here: weights (``models.estimators``), categories (``models.encoding``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.estimators import Booleans, Floats

# The outer knots leave a thousandth on either side: one wild value must not bend the curve of all others.
QUANTILES = (0.001, 0.25, 0.5, 0.75, 0.999)
_DEGREE = 3


@dataclass(frozen=True)
class Curve:
    """How a number becomes columns: clipped to the outer knots, ``middle`` where it is missing.

    Three knots or more make a cubic B-spline; two make a line. ``misses``: whether a column says that it is missing.
    """

    name: str
    middle: float
    knots: tuple[float, ...]
    misses: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        parts = len(self.knots) + _DEGREE - 1 if len(self.knots) > 2 else 0
        missing = (f"{self.name}?",) if self.misses else ()
        return (*((f"{self.name}~{part}" for part in range(parts)) if parts else (self.name,)), *missing)

    def expand(self, values: Floats) -> Floats:
        """The columns of each value, a missing one as NaN: (rows, columns)."""
        from scipy.interpolate import BSpline

        missing, scaled, knots = self._scaled(values)
        columns: Floats = scaled[:, None] if knots is None else BSpline.design_matrix(scaled, knots, _DEGREE).toarray()
        return np.column_stack([columns, missing]) if self.misses else columns

    def height(self, values: Floats, steps: Floats) -> Floats:
        """The sum of the columns of each value, each times its step, without making them: a hundred need gigabytes."""
        from scipy.interpolate import BSpline

        missing, scaled, knots = self._scaled(values)
        parts = steps[:-1] if self.misses else steps
        heights: Floats = scaled * parts[0] if knots is None else BSpline(knots, parts, _DEGREE)(scaled)
        return heights + missing * steps[-1] if self.misses else heights

    def _scaled(self, values: Floats) -> tuple[Booleans, Floats, Floats | None]:
        """Which values are missing, all in steps of the knots' width, and the knots of a B-spline; none of a line."""
        missing = np.isnan(values)
        clipped: Floats = np.clip(np.where(missing, self.middle, values), self.knots[0], self.knots[-1])
        # The basis does not feel the unit, and huge numbers cannot overflow.
        knots = (np.array(self.knots) - self.knots[0]) / (self.knots[-1] - self.knots[0])
        scaled = (clipped - self.knots[0]) / (self.knots[-1] - self.knots[0])
        return missing, scaled, np.concatenate([[0.0] * _DEGREE, knots, [1.0] * _DEGREE]) if len(knots) > 2 else None


def numbers_of(column: pl.Series) -> Floats:
    """A column as floats, NaN where it is missing or not finite."""
    # To numpy a null of floats is NaN already; a cast that changes nothing costs a query of its own.
    values: Floats = (column if column.dtype == pl.Float64 else column.cast(pl.Float64)).to_numpy()
    return np.where(np.isfinite(values), values, np.nan)


def learn_curves(frame: pl.DataFrame, columns: Iterable[str]) -> tuple[Curve, ...]:
    """The curves of the columns that have at least two values."""
    curves = (_learn_curve(name, numbers_of(frame[name])) for name in columns)
    return tuple(curve for curve in curves if curve is not None)


def _learn_curve(name: str, values: Floats) -> Curve | None:
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    distinct = np.unique(known)
    if len(distinct) == 1:
        return None
    knots = np.unique(np.quantile(known, QUANTILES))
    if len(knots) < len(QUANTILES):
        # Where one value is very common, quantiles meet: those of the values that differ take their place.
        knots = np.unique(np.quantile(distinct, QUANTILES))
    if len(distinct) <= 2:
        knots = distinct
    if not np.isfinite(knots[-1] - knots[0]) or (np.diff(knots) <= (knots[-1] - knots[0]) * 1e-9).any():
        knots = knots[[0, -1]]
    return Curve(name, float(np.median(known)), tuple(knots.tolist()), bool(np.isnan(values).any()))


def spline_design(frame: pl.DataFrame, curves: Sequence[Curve]) -> pl.DataFrame:
    """The columns of every curve, side by side; same rows, same order."""
    columns: dict[str, Floats] = {}
    for curve in curves:
        columns |= dict(zip(curve.columns, curve.expand(numbers_of(frame[curve.name])).T, strict=True))
    return pl.DataFrame(columns)
