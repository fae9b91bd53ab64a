"""The truth file, beside the feeds: what no model may read.

Belongs here: writing it. Does not belong here: the hazards (``pipelines.sandbox.truth``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.sandbox.feeds.columns import identifier
from pipelines.sandbox.feeds.files import write_parquet
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.window import DAY


def write(history: History, folder: Path) -> int:
    """Write ``truth/hazard.parquet``, one row a paying subscription and month; returns the rows."""
    days = pl.Series((history.window.edges // DAY).astype(np.int32)).cast(pl.Date)
    truth = history.truth.sort("month", "customer", "subscription")
    frame = truth.select(
        customer_id=identifier("C", pl.col("customer")),
        subscription_id=identifier("S", pl.col("subscription")),
        month=days.gather(truth["month"]),
        hazard=pl.col("voluntary") + pl.col("involuntary") + pl.col("other"),
        hazard_voluntary=pl.col("voluntary"),
        hazard_involuntary=pl.col("involuntary"),
        hazard_other=pl.col("other"),
    )
    write_parquet(frame, folder / "truth" / "hazard.parquet")
    return frame.height
