"""Scores as they were published, kept by day: what the live track record is made of.

A file a day and instant, written once the snapshot is published and never changed after: a score that is computed anew
says nothing of what was told then. So the record is not derived from the lake, and a build as of an earlier instant
reads only what had been published by then. Erasing a person takes their rows out of it, as out of every other file.

Belongs here: writing and reading the files. Does not belong here: outcomes and metrics (``models.track_record``).
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.kept import place_kept
from pipelines.settings import Settings
from pipelines.warehouse.database import open_warehouse

if TYPE_CHECKING:
    import polars as pl

KEPT_DAYS = 400
"""How far back the record is read: a year of outcomes, and the horizon and settling before it."""


def record_folder(settings: Settings) -> Path:
    """Where the files lie."""
    return settings.home / "score_record"


def record_scores(settings: Settings, warehouse: Path, as_of: datetime) -> int:
    """Keep the scores that were just published; how many. An instant that is recorded already stays as it is."""
    import polars as pl

    from models.track_record import RECORDED

    with open_warehouse(warehouse, read_only=True) as connection:
        table = connection.sql(f"select {', '.join(RECORDED)} from scoring.fct_churn_scores order by customer_id")
        scores = pl.DataFrame(table.to_arrow_table())
    if scores.is_empty():
        return 0
    folder = record_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    day = scores["as_of_date"][0]
    file = folder / f"{day:%Y%m%d}-{as_of:%Y%m%dT%H%M%S%f}.parquet"
    if not file.exists():
        temporary = file.with_name(f".{file.name}.tmp")
        scores.write_parquet(temporary)
        place_kept(settings.home, temporary, file)
    return scores.height


def read_recorded(settings: Settings, today: date, as_of: datetime) -> pl.DataFrame:
    """The last scores of each day that were published by an instant, within ``KEPT_DAYS``; columns ``RECORDED``."""
    import polars as pl

    from models.track_record import OUTCOMES, RECORDED

    files = [
        file
        for day, file in _last_of_days(settings, as_of).items()
        if (today - date.fromisoformat(day)).days <= KEPT_DAYS
    ]
    schema = {name: OUTCOMES[name] for name in RECORDED}
    frames = [pl.read_parquet(file).select(RECORDED).cast(schema) for file in files]  # type: ignore[arg-type]
    return pl.concat([pl.DataFrame(schema=schema), *frames])


def scores_of(settings: Settings, customer_id: str, as_of: datetime) -> pl.DataFrame:
    """What was published of one customer until an instant, the last of each day: ``RECORDED``, the oldest first."""
    import polars as pl

    from models.track_record import OUTCOMES, RECORDED

    schema = {name: OUTCOMES[name] for name in RECORDED}
    own = [
        pl.scan_parquet(file).filter(pl.col("customer_id") == customer_id).select(RECORDED).collect()
        for file in _last_of_days(settings, as_of).values()
    ]
    return pl.concat([pl.DataFrame(schema=schema), *(frame.cast(schema) for frame in own)])  # type: ignore[arg-type]


def _last_of_days(settings: Settings, as_of: datetime) -> dict[str, Path]:
    """The file that was published last of each day (YYYYMMDD) until an instant, the oldest day first."""
    last: dict[str, Path] = {}
    for file in sorted(record_folder(settings).glob("[0-9]*.parquet")):
        day, _, instant = file.stem.partition("-")
        if instant <= f"{as_of:%Y%m%dT%H%M%S%f}":
            last[day] = file
    return last
