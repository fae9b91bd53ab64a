"""Writing files: deterministic Parquet by month, repeated deliveries, CSV and gzipped JSON Lines.

Belongs here: formats, file names, how a month's rows are cut. Does not belong here: columns of a feed.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.contract.feeds import FEEDS

REDELIVERED_SHARE = 0.002
"""Rows that their sender delivers a second time, in another file."""


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a Parquet file, zstd-compressed, whose bytes depend on nothing but the rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.rechunk().write_parquet(path, compression="zstd", compression_level=3, statistics=True)


def write_monthly(
    frame: pl.DataFrame, feed: str, folder: Path, rng: np.random.Generator, *, name: str | None = None
) -> int:
    """Write a feed's rows by the month in which they were recorded, and some of them again; returns the rows.

    ``name`` is that of the files where it is not the feed's.
    ``frame`` holds columns of the contract, sorted; rows recorded after the window's end must be gone already.
    A feed without rows is one file without rows, so that its columns are known.
    """
    # In the contract's order; optional columns that the simulated sender does not have are left out.
    frame = frame.select([column for column in FEEDS[feed].column_names if column in frame.columns])
    file, redelivered = (feed, "redelivered") if name is None else (name, f"{name}-redelivered")
    if frame.is_empty():
        write_parquet(frame, folder / feed / f"{file}.parquet")
    month = frame["recorded_at"].dt.truncate("1mo")
    rows = 0
    for (opens,), part in frame.with_columns(_month=month).group_by("_month", maintain_order=True):
        label = f"{opens:%Y-%m}"
        write_parquet(part.drop("_month"), folder / feed / f"{file}-{label}.parquet")
        rows += part.height
    again = frame.filter(rng.random(frame.height) < REDELIVERED_SHARE)
    if again.height:
        write_parquet(again, folder / feed / f"{redelivered}.parquet")
    return rows + again.height


def write_csv(frame: pl.DataFrame, path: Path) -> int:
    """Write a CSV file with empty fields for nulls and ISO 8601 timestamps; returns the rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%SZ", line_terminator="\n")
    return frame.height


def write_json_lines_gz(frame: pl.DataFrame, path: Path) -> int:
    """Write gzipped JSON Lines without a time stamp in the gzip header; returns the rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = frame.with_columns(pl.selectors.datetime().dt.strftime("%Y-%m-%dT%H:%M:%SZ")).write_ndjson()
    path.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))
    return frame.height
