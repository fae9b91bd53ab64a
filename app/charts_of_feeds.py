"""Charts of what comes in.

Belongs here: rows by day of arrival or recording. Does not belong here: series by month and the ChurnIQ style
(``app.charts``).
"""

from __future__ import annotations

from datetime import date

import altair as alt
import polars as pl

from app.charts import AMBER, BAR_WIDTH, BLUE, GREEN, GREY, HEIGHT, PLUM, RUST, SKY, Drawing, amounts, colours

OUTCOME_COLOURS = {"loaded": BLUE, "duplicate": GREY, "quarantined": RUST}
_TYPE_COLOURS = (BLUE, GREEN, SKY, AMBER, PLUM, RUST, GREY)


def outcomes_by_day(rows: pl.DataFrame) -> Drawing:
    """Rows by day of arrival, stacked by what became of them; ``rows`` has arrival_day, outcome and row_count."""
    days = rows["arrival_day"].unique().sort()
    return _rows_by_day(rows, days, "outcome", "Rows by day of arrival", OUTCOME_COLOURS)


def volume_by_day(rows: pl.DataFrame, *, until: date) -> Drawing:
    """Rows by day of recording to the day ``until``, days without any included; stacked by event type.

    The most frequent types have a name, the others are together.
    """
    most = rows.group_by("event_type").agg(pl.col("row_count").sum()).sort("row_count", "event_type", descending=True)
    named = most["event_type"].to_list()
    if len(named) > len(_TYPE_COLOURS):
        named = named[: len(_TYPE_COLOURS) - 1]
        rows = rows.with_columns(
            event_type=pl.when(pl.col("event_type").is_in(named)).then("event_type").otherwise(pl.lit("others"))
        )
        named.append("others")
    rows = rows.group_by("recorded_day", "event_type", maintain_order=True).agg(pl.col("row_count").sum())
    scale = dict(zip(named, _TYPE_COLOURS, strict=False))
    first, last = rows.select(pl.col("recorded_day").min(), last=pl.col("recorded_day").max()).row(0)
    days = pl.date_range(first, max(last, until), eager=True).alias("recorded_day")
    return _rows_by_day(rows, days, "event_type", "Rows by day of recording", scale)


def _rows_by_day(rows: pl.DataFrame, days: pl.Series, kind: str, title: str, scale: dict[str, str]) -> Drawing:
    """A bar for each of ``days``, named as the column; labels are words, which no reader's time zone can shift."""
    day = days.name
    labels = days.dt.strftime("%-d %b %Y").to_list()
    frame = rows.with_columns(
        label=pl.col(day).dt.strftime("%-d %b %Y"), kind=pl.col(kind).str.replace_all("_", " ")
    ).drop(day)
    return (
        alt.Chart(frame)
        .mark_bar(size=BAR_WIDTH)
        .encode(
            alt.X(
                "label:O",
                scale=alt.Scale(domain=labels),
                axis=alt.Axis(title=None, labelAngle=0, labelOverlap="parity", labelSeparation=10, ticks=False),
            ),
            amounts("row_count:Q", title),
            colours("kind:N", {name.replace("_", " "): colour for name, colour in scale.items()}),
            tooltip=[
                alt.Tooltip("label", title="Day"),
                alt.Tooltip("kind", title="Rows"),
                alt.Tooltip("row_count:Q", title="Number", format=",d"),
            ],
        )
        .properties(height=HEIGHT)
    )
