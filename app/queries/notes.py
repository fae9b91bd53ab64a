"""What happened that a series should be read with: prices that changed.

Belongs here: sums by period. Does not belong here: the words (``app.happenings``).
"""

from __future__ import annotations

import polars as pl

from app.queries.rows import select
from app.queries.snapshot import tables

_MOVED = "revenue.fct_subscription_mrr_movements"
# Prices of so many subscriptions in a period are an event; a few are corrections.
_FEWEST = 10


def price_changes(file: str, grain: str) -> pl.DataFrame:
    """period, changes, mrr_change of the periods in which prices of many subscriptions changed."""
    if _MOVED not in tables(file):
        return pl.DataFrame(schema={"period": pl.Date, "changes": pl.Int64, "mrr_change": pl.Decimal(38, 4)})
    return select(
        file,
        """
        select cast(date_trunc($grain, movement_date) as date) as period, count(*) as changes,
            sum(mrr_change) as mrr_change
        from revenue.fct_subscription_mrr_movements where cause = 'price_change'
        group by period having count(*) >= $fewest order by period
        """,
        (("grain", grain), ("fewest", _FEWEST)),
    )
