"""The record of campaigns: rows of the feed ``campaign_assignments``, which an export ingests like any delivery.

So a rebuild from the lake brings it back, and dbt models it. A row's event id follows from what it says happened to
whom, so that recording again what is recorded adds nothing.

Belongs here: reading and adding rows. Does not belong here: who is in them (``exporting``).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.contract.feeds import CAMPAIGN_ASSIGNMENTS
from pipelines.errors import UserError
from pipelines.lake.ingest import ingest
from pipelines.lake.sql import canonical_select
from pipelines.lake.store import Lake
from pipelines.settings import Settings

if TYPE_CHECKING:
    import polars as pl

Row = dict[str, Any]


@dataclass(frozen=True)
class Campaign:
    """The settings that a campaign was begun with."""

    name: str
    segment: str
    segment_version: int
    purpose: str
    holdout: float


@dataclass(frozen=True)
class Record:
    """What the lake says of campaigns."""

    rows: pl.DataFrame

    def campaigns(self) -> dict[str, Campaign]:
        """Every campaign by name, as it was begun."""
        begun = self._assigned().unique("campaign", keep="first", maintain_order=True)
        return {
            row["campaign"]: Campaign(
                row["campaign"],
                row["segment"],
                row["segment_version"],
                row["purpose"],
                round(1 - row["propensity"], 9),
            )
            for row in begun.iter_rows(named=True)
        }

    def arms(self, campaign: str) -> dict[str, str]:
        """The arm of everybody assigned in a campaign: sent or held_out."""
        import polars as pl

        own = self._assigned().filter(pl.col("campaign") == campaign)
        first = own.unique("customer_id", keep="first", maintain_order=True)
        return dict(zip(first["customer_id"].to_list(), first["event_type"].to_list(), strict=True))

    def _assigned(self) -> pl.DataFrame:
        """Who was sent or held out, the first export first, in the order in which the mart reads them."""
        import polars as pl

        return self.rows.filter(pl.col("event_type") != "left_out").sort(
            "occurred_at", "recorded_at", "exported_at", "event_id"
        )

    def last_sent(self, *, except_campaign: str | None) -> dict[str, datetime]:
        """When each person was last sent a campaign, another one than that named."""
        import polars as pl

        sent = self.rows.filter(
            (pl.col("event_type") == "sent") & (pl.col("campaign") != pl.lit(except_campaign or ""))
        )
        newest = sent.group_by("customer_id").agg(pl.col("occurred_at").max())
        return dict(zip(newest["customer_id"].to_list(), newest["occurred_at"].to_list(), strict=True))

    def event_ids(self) -> set[str]:
        """What is recorded already."""
        return set(self.rows["event_id"].to_list())

    def has_export(self, export_id: str) -> bool:
        """Whether an export's rows are in the lake."""
        return bool((self.rows["export_id"] == export_id).any())


def read_record(settings: Settings) -> Record:
    """Everything recorded so far, also what no build has seen yet."""
    import duckdb
    import polars as pl

    lake = Lake(settings.lake)
    files = lake.canonical_files(CAMPAIGN_ASSIGNMENTS.name)
    with duckdb.connect() as connection:
        table = connection.sql(canonical_select(CAMPAIGN_ASSIGNMENTS, files)).to_arrow_table()
    return Record(pl.DataFrame(table))


def event_id(*parts: str) -> str:
    """The id of an event: the same for the same thing done to the same person."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def add_rows(settings: Settings, rows: Iterable[Row], export_id: str) -> int:
    """Ingest rows of one export; how many. All are in the lake afterwards, or none and a ``UserError`` says why."""
    import polars as pl

    frame = pl.DataFrame(list(rows), schema=_schema(), orient="row")
    if frame.is_empty():
        return 0
    waiting = settings.work / "exports" / export_id
    try:
        folder = waiting / CAMPAIGN_ASSIGNMENTS.name
        folder.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(folder / f"{export_id}.parquet")
        result = ingest(settings, waiting)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    taken = sum(account.rows_loaded + account.rows_duplicate for account in result.accounts)
    if taken != frame.height:
        raise UserError(
            f"Only {taken:,} of {frame.height:,} rows of the campaign could be recorded: see churniq quarantine list; "
            "no file was written."
        )
    return frame.height


def _schema() -> dict[str, Any]:
    import polars as pl

    kinds = {
        "TIMESTAMP": pl.Datetime("us"),
        "BIGINT": pl.Int64,
        "DOUBLE": pl.Float64,
        "DECIMAL(18,4)": pl.Decimal(18, 4),
    }
    return {column.name: kinds.get(column.kind.value, pl.String) for column in CAMPAIGN_ASSIGNMENTS.columns}
