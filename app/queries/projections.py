"""How long those who start are expected to stay.

Belongs here: projections of segments and their notes. Does not belong here: what has been observed in full
(``app.queries.retention``), what one buyer is expected to buy (``app.queries.customer``).
"""

from __future__ import annotations

import polars as pl

from app.queries.rows import select
from pipelines.readings.projections import chosen_models, notes_on, shares_of


def segments(file: str) -> pl.DataFrame:
    """The segments that are projected, with the model that was chosen of each."""
    return select(file, *chosen_models())


def shares(file: str, dimension: str, value: str) -> pl.DataFrame:
    """Observed and projected shares of a segment by months since the first MRR."""
    return select(file, *shares_of(dimension, value))


def notes(file: str, dimension: str) -> pl.DataFrame:
    """What has to be said of the values of a cut: dimension, dimension_value and note."""
    return select(file, *notes_on(dimension))
