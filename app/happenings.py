"""What happened that a series should be read with, in words by period.

Belongs here: words. Does not belong here: what happened (``app.queries.notes``), how it is drawn
(``app.charts_of_metrics``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app import formatting
from app.queries import notes
from app.view import View


def by_period(view: View, grain: str, first: date | None) -> pl.DataFrame:
    """period and note, a row a period in which something happened."""
    rows = notes.price_changes(view.file, grain)
    if first is not None:
        rows = rows.filter(pl.col("period") >= first)
    told = [
        f"Prices of {formatting.plural(changes, 'subscription')} changed: "
        f"{formatting.money(mrr, view.currency, signed=True)} MRR"
        for changes, mrr in rows.select("changes", "mrr_change").iter_rows()
    ]
    return rows.select("period").with_columns(note=pl.Series(told, dtype=pl.String))
