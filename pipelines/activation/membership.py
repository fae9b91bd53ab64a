"""Who was in a saved segment on each build day: spans of membership, kept up to date by every current build.

A file a segment holds a row for each span of a person: entered at one build's as-of instant, left at a later one, with
the MRR at both. A build as of an instant that was recorded already replaces what it recorded.

Belongs here: recording and reading spans. Does not belong here: who is a member (``reading``).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.activation.reading import SnapshotReader, read_snapshot
from pipelines.activation.store import find_segment, segment_names
from pipelines.errors import UserError
from pipelines.kept import place_kept
from pipelines.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl


def record_memberships(settings: Settings, remark: Callable[[str], None]) -> dict[str, int]:
    """Bring the spans of every segment up to the current snapshot; the members of each, a remark on a broken one."""
    sizes: dict[str, int] = {}
    with read_snapshot(settings) as reader:
        for name in segment_names(settings):
            try:
                sizes[name] = _record(settings, reader, name)
            except UserError as error:
                remark(str(error))
    return sizes


def read_changes(settings: Settings, name: str) -> list[tuple[Any, ...]]:
    """Entries and exits, newest first: as-of instant, entered or left, person, MRR then, version."""
    import polars as pl

    spans = _read(settings, name)
    entered = spans.select(
        as_of="entered_at", change=pl.lit("entered"), customer_id="customer_id", mrr="mrr_entered", version="version"
    )
    left = spans.filter(pl.col("left_at").is_not_null()).select(
        as_of="left_at", change=pl.lit("left"), customer_id="customer_id", mrr="mrr_left", version="version_left"
    )
    return pl.concat([entered, left]).sort("as_of", "change", "customer_id", descending=[True, False, False]).rows()


def read_sizes(settings: Settings, name: str) -> list[tuple[Any, ...]]:
    """Size and value at each build, oldest first: as-of, version, members, entered, left, MRR, MRR in, MRR out."""
    import polars as pl

    path = _folder(settings) / f"{name}.sizes.parquet"
    if not path.exists():
        return []
    return pl.read_parquet(path).sort("as_of").rows()


def _record(settings: Settings, reader: SnapshotReader, name: str) -> int:
    import polars as pl

    version = find_segment(settings, name)
    now: datetime = reader.clock.as_of
    rows = reader.members(version.document, ("customer_id", "current_mrr"))
    schema: dict[str, Any] = {"customer_id": pl.String, "mrr": pl.Decimal(38, 4)}
    members = pl.DataFrame(rows, schema=schema, orient="row")
    # What a build as of this or a later instant recorded before is taken back.
    spans = (
        _read(settings, name)
        .filter(pl.col("entered_at") < now)
        .with_columns(
            pl.when(pl.col("left_at") < now).then(pl.col(column)).alias(column)
            for column in ("mrr_left", "version_left", "left_at")
        )
    )
    is_open = pl.col("left_at").is_null()
    mrr_now = _mrr_of(reader)
    staying = spans.filter(is_open).join(members.select("customer_id"), on="customer_id", how="semi")
    leaving = (
        spans.filter(is_open)
        .join(members, on="customer_id", how="anti")
        .drop("mrr_left")
        .join(mrr_now, on="customer_id", how="left")
        .with_columns(left_at=pl.lit(now, pl.Datetime("us")), version_left=pl.lit(version.number, pl.Int64))
        .select(spans.columns)
    )
    entering = members.join(staying, on="customer_id", how="anti").select(
        customer_id="customer_id",
        entered_at=pl.lit(now, pl.Datetime("us")),
        mrr_entered="mrr",
        version=pl.lit(version.number, pl.Int64),
        left_at=pl.lit(None, pl.Datetime("us")),
        mrr_left=pl.lit(None, pl.Decimal(38, 4)),
        version_left=pl.lit(None, pl.Int64),
    )
    _write(
        settings, pl.concat([spans.filter(~is_open), staying, leaving, entering]), _folder(settings) / f"{name}.parquet"
    )
    path = _folder(settings) / f"{name}.sizes.parquet"
    line = {
        "as_of": now,
        "version": version.number,
        "customers": members.height,
        "entered": entering.height,
        "left": leaving.height,
        "mrr": members["mrr"].sum() or 0,
        "mrr_entered": entering["mrr_entered"].sum() or 0,
        "mrr_left": leaving["mrr_left"].sum() or 0,
    }
    sizes = pl.DataFrame([line], schema=_size_columns())
    if path.exists():
        sizes = pl.concat([pl.read_parquet(path).filter(pl.col("as_of") < now), sizes])
    _write(settings, sizes, path)
    return members.height


def _mrr_of(reader: SnapshotReader) -> pl.DataFrame:
    import polars as pl

    table = reader.connection.sql(
        "select customer_id, current_mrr as mrr_left from activation.dim_customer_attributes"
    ).to_arrow_table()
    return pl.DataFrame(table)


def _size_columns() -> dict[str, Any]:
    import polars as pl

    whole = dict.fromkeys(("version", "customers", "entered", "left"), pl.Int64)
    return {"as_of": pl.Datetime("us"), **whole, **dict.fromkeys(("mrr", "mrr_entered", "mrr_left"), pl.Decimal(38, 4))}


def _read(settings: Settings, name: str) -> pl.DataFrame:
    import polars as pl

    path = _folder(settings) / f"{name}.parquet"
    if path.exists():
        return pl.read_parquet(path)
    return pl.DataFrame(
        schema={
            "customer_id": pl.String,
            "entered_at": pl.Datetime("us"),
            "mrr_entered": pl.Decimal(38, 4),
            "version": pl.Int64,
            "left_at": pl.Datetime("us"),
            "mrr_left": pl.Decimal(38, 4),
            "version_left": pl.Int64,
        }
    )


def _write(settings: Settings, frame: pl.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    frame.write_parquet(temporary)
    place_kept(settings.home, temporary, path)


def _folder(settings: Settings) -> Path:
    return settings.activation / "memberships"
