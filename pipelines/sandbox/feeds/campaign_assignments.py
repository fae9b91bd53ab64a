"""The ``campaign_assignments`` feed, and the truth about the campaign beside it.

Belongs here: its columns. Does not belong here: the draw and the effect (``pipelines.sandbox.campaign``).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.sandbox import campaign
from pipelines.sandbox.feeds.columns import identifier, name_of, timestamp
from pipelines.sandbox.feeds.files import write_parquet


def write(assigned: pl.DataFrame, folder: Path) -> int:
    """Write the feed and ``truth/campaign_effects.parquet``; returns the rows of the feed."""
    people = assigned.sort("customer")
    customer, at = identifier("C", pl.col("customer")), timestamp(pl.col("at"))
    arm = pl.when("is_sent").then(pl.lit("sent")).otherwise(pl.lit("held_out"))
    feed = people.select(
        event_id=identifier("ca-", pl.col("customer")),
        event_type=arm,
        occurred_at=at,
        campaign=pl.lit(campaign.NAME),
        customer_id=customer,
        recorded_at=at,
        segment=pl.lit("everybody-who-pays"),
        segment_version=pl.lit(1, pl.Int64),
        purpose=pl.lit("marketing"),
        layout=pl.lit("csv"),
        propensity=pl.lit(campaign.SENT_SHARE),
        export_id=pl.lit("sandbox"),
        exported_at=at,
        exported_by=pl.lit("sandbox"),
    )
    write_parquet(feed, folder / "campaign_assignments" / "campaign_assignments.parquet")
    truth = people.select(
        customer_id=customer,
        arm=arm,
        kind=name_of(pl.col("kind"), campaign.KINDS),
        hazard_shift=pl.when("is_sent")
        .then(pl.col("kind").replace_strict(dict(enumerate(campaign.SHIFTS))))
        .otherwise(0.0),
    )
    write_parquet(truth, folder / "truth" / "campaign_effects.parquet")
    return feed.height
