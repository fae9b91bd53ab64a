"""The sentences that stand where no number of value can be given, and beside those that can.

Belongs here: their table. Does not belong here: when which is said (``projections`` and
``buyers`` beside it).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl

NOTES = {"dimension": pl.String, "dimension_value": pl.String, "note": pl.String, "as_of_date": pl.Date}


def note_rows(notes: Iterable[tuple[str, str, str]], as_of_date: date) -> pl.DataFrame:
    """One row a sentence: dimension and value of the segment it is about, and what has to be said."""
    return pl.DataFrame([(*note, as_of_date) for note in notes], schema=NOTES, orient="row")
