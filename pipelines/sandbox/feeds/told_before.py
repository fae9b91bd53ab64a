"""The feeds as they stood on an earlier day: what senders had not told by then is taken out of the written files.

So a business can be seen as of a day, acted on, and moved forward: the whole of it brings what came since, and what
was there already counts as delivered twice.

Belongs here: cutting written files by when their rows were told. Does not belong here: writing them (``files``).
"""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.sandbox.feeds.files import write_csv, write_json_lines_gz, write_parquet

_TOLD = ("recorded_at", "paid_at")
"""The columns that say when a row was told; offers and coupons have none, and are known from the start."""


def keep_told_before(folder: Path, instant: datetime) -> dict[str, int]:
    """Cut the feeds under ``folder``; how many rows of each are left. The truth stays whole."""
    bound = instant.replace(tzinfo=None)
    rows: dict[str, int] = {}
    for feed in sorted(path for path in folder.iterdir() if path.name != "truth"):
        files = sorted(feed.iterdir())
        for file in files:
            rows[feed.name] = rows.get(feed.name, 0) + _cut(file, bound, may_go=len(files) > 1)
    return rows


def _cut(file: Path, bound: datetime, *, may_go: bool) -> int:
    frame = _read(file)
    column = next((name for name in _TOLD if name in frame.columns), None)
    if column is None:
        return frame.height
    at = pl.col(column).str.to_datetime(time_zone="UTC") if frame[column].dtype == pl.String else pl.col(column)
    kept = frame.filter(at.dt.replace_time_zone(None) < bound)
    if kept.is_empty() and may_go:
        file.unlink()
    elif file.suffix == ".parquet":
        write_parquet(kept, file)
    elif file.suffix == ".csv":
        write_csv(kept, file)
    else:
        write_json_lines_gz(kept, file)
    return kept.height


def _read(file: Path) -> pl.DataFrame:
    if file.suffix == ".parquet":
        return pl.read_parquet(file)
    if file.suffix == ".csv":
        return pl.read_csv(file, infer_schema=False)
    return pl.read_ndjson(gzip.decompress(file.read_bytes()), infer_schema_length=None)
