"""Drift: how far a column has moved from where it was, as the population stability index.

PSI = sum over bins of (now - then) * ln(now / then), the bins being the tenths of then, or its values of text, and a
bin of its own for what is missing. Below .1 is usual, above .25 is another population (the rule of thumb of credit
scoring). A share of nothing counts as half a row, so that one new value is no infinity.

Belongs here: the index. Does not belong here: which days are compared (``models.track_record``).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from models.estimators import Floats

BINS = 10
MOST_VALUES = 30
SMALLEST = 300
"""Rows that either side needs: below, the index is mostly chance."""


def stability_index(then: pl.Series, now: pl.Series) -> float | None:
    """The index of a column between two days; none where there are too few rows."""
    if min(len(then), len(now)) < SMALLEST:
        return None
    before, after = _counts(then, now)
    # Half a row in an empty bin: the logarithm of nothing is no number.
    shares = [np.maximum(counts, 0.5) / np.maximum(counts, 0.5).sum() for counts in (before, after)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def _counts(then: pl.Series, now: pl.Series) -> tuple[Floats, Floats]:
    """Rows in each bin on both days; the last bin is of what is missing."""
    if then.dtype.is_numeric():
        known = then.drop_nulls().cast(pl.Float64)
        tenths = np.linspace(0, 1, BINS + 1)[1:-1]
        edges: Floats = np.unique(np.quantile(known.to_numpy(), tenths)) if len(known) else np.zeros(0)
        placed = [np.searchsorted(edges, one.drop_nulls().cast(pl.Float64).to_numpy(), "left") for one in (then, now)]
        bins = len(edges) + 1
    else:
        texts = [one.cast(pl.String) for one in (then, now)]
        values = texts[0].drop_nulls().value_counts(sort=True)[then.name].head(MOST_VALUES).to_list()
        number = {value: place for place, value in enumerate(values)}
        placed = [
            np.array([number.get(value, len(values)) for value in one.drop_nulls().to_list()], dtype=np.int64)
            for one in texts
        ]
        bins = len(values) + 1
    missing = [one.null_count() for one in (then, now)]
    counted = [np.append(np.bincount(where, minlength=bins), gone) for where, gone in zip(placed, missing, strict=True)]
    return counted[0].astype(float), counted[1].astype(float)
