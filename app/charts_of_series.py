"""Charts of any measure over time, whole or by value.

Belongs here: stacked bars and lines by month or day that several parts of pages use. Does not belong here: charts with
a meaning of their own (``app.charts``, ``app.charts_of_retention``, ``app.charts_of_people``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import altair as alt
import polars as pl

from app.charts import (
    AMBER,
    BAR_WIDTH,
    BLUE,
    COLUMNS,
    GREEN,
    HEIGHT,
    PERCENT,
    PLUM,
    RUST,
    SHARE,
    SHORT,
    SKY,
    SO_FAR_WORDS,
    Drawing,
    amounts,
    clicked,
    colours,
    every_period,
    fade,
    floats,
    least_step,
    month_axis,
    with_month_labels,
)
from app.series import Series, by_month

VALUE_COLOURS = (BLUE, AMBER, GREEN, RUST, SKY, PLUM)
MOST_VALUES = len(VALUE_COLOURS)
_MOST_DAYS = 200
# Of fewer, bars as wide as their day would be a wall.
_FEW_DAYS = 12


def value_colours(frame: pl.DataFrame) -> alt.Color:
    """A colour for each dimension_value in the order of the frame."""
    values = frame["dimension_value"].unique(maintain_order=True).to_list()
    scale = dict(zip(values, VALUE_COLOURS, strict=False))
    return alt.Color(
        "dimension_value:N",
        scale=alt.Scale(domain=list(scale), range=list(scale.values())),
        legend=alt.Legend(title=None, orient="bottom", offset=4, columns=COLUMNS, labelLimit=180, symbolOpacity=1),
    )


def stacked_by_month(
    frame: pl.DataFrame,
    field: str,
    title: str,
    scale: dict[str, str] | None = None,
    *,
    number: str = ",d",
    unfinished: str = SO_FAR_WORDS,
    is_clicked: bool = False,
) -> Series:
    """One measure by month, stacked by ``part`` in the colours of ``scale``, or by ``dimension_value``.

    ``frame`` has month and is_complete; a month that is not is fainter, and ``unfinished`` says what it is instead.
    ``number`` is the format on hover. ``is_clicked``: a click picks a month and a part.
    """
    by = "part" if scale else "dimension_value"
    rows = with_month_labels(floats(frame), unfinished).with_columns(
        month_code=pl.col("month").dt.strftime("%Y-%m-%d"), picked_part=pl.col(by)
    )
    order = list(scale) if scale else rows[by].unique(maintain_order=True).to_list()
    rows = rows.with_columns(place=pl.col(by).replace_strict(order, range(len(order)), return_dtype=pl.Int32))
    axis = month_axis(rows["month"])
    drawing = (
        alt.Chart(rows)
        .mark_bar(size=BAR_WIDTH, cornerRadius=1, cursor="pointer" if is_clicked else "default")
        .encode(
            axis,
            amounts(f"{field}:Q", title, number),
            color=colours("part:N", scale) if scale else value_colours(frame),
            order=alt.Order("place:Q"),
            opacity=fade(),
            tooltip=[
                alt.Tooltip("label", title="Month"),
                alt.Tooltip(by, title="Part" if scale else "Value"),
                alt.Tooltip(f"{field}:Q", title=title, format=number),
                alt.Tooltip("state", title="Month is"),
            ],
        )
        .properties(height=HEIGHT + 60)
    )
    if is_clicked:
        drawing = drawing.add_params(clicked("month_code", "picked_part"))
    return by_month(drawing, axis, rows["month"])


def stacked_by_value(
    frame: pl.DataFrame, by: tuple[str, str], field: str, title: str, scale: dict[str, str], *, number: str = ",d"
) -> Drawing:
    """One measure by a column's values from top to bottom, in the order of the frame, stacked by the parts of another.

    ``by`` names the two. A click picks a value and a part.
    """
    group, part = by
    rows = floats(frame)
    order = rows[group].unique(maintain_order=True).to_list()
    rows = rows.with_columns(place=pl.col(part).replace_strict(list(scale), range(len(scale)), return_dtype=pl.Int32))
    return (
        alt.Chart(rows)
        .mark_bar(cornerRadius=1, cursor="pointer")
        .add_params(clicked(group, part))
        .encode(
            alt.X(f"sum({field}):Q", axis=alt.Axis(title=title, labelExpr=SHORT, tickCount=6)),
            alt.Y(f"{group}:N", sort=order, axis=alt.Axis(title=None, labelLimit=200, ticks=False)),
            colours(f"{part}:N", scale),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip(group, title="Value"),
                alt.Tooltip(part, title="Part"),
                alt.Tooltip(f"sum({field}):Q", title=title, format=number),
            ],
        )
        .properties(height=alt.Step(34))
    )


def lines_by_month(
    frame: pl.DataFrame,
    fields: dict[str, tuple[str, str]],
    title: str,
    *,
    number: str = ".0%",
    hover: str = ".1%",
    from_zero: bool = True,
    ceiling: float | None = None,
) -> Series:
    """Measures by month as lines, broken where one is null or not there; ``fields`` has the name and colour of each.

    ``number`` and ``hover`` are formats; the axis begins at zero unless lines close to each other are to be told apart,
    and ends at ``ceiling``, if that is given, with what is higher cut off.
    """
    each_by_itself = {"~s": SHORT, PERCENT: SHARE}.get(number)
    look: dict[str, Any] = {"labelExpr": each_by_itself} if each_by_itself else {"format": number}
    whole = every_period(frame["month"]).to_frame()
    rows = with_month_labels(whole.join(floats(frame), on="month", how="left"))
    names = {field: name for field, (name, _) in fields.items()}
    lines = rows.unpivot(list(fields), index=["label", "state"], variable_name="part", value_name="value").with_columns(
        pl.col("part").replace(names)
    )
    axis = month_axis(rows["month"])
    # Otherwise a point at the edge would be half of one.
    is_cut = ceiling is not None
    drawing = (
        alt.Chart(lines)
        .mark_line(point=alt.OverlayMarkDef(size=36, clip=is_cut), strokeWidth=2.5, clip=is_cut)
        .encode(
            axis,
            alt.Y(
                "value:Q",
                scale=alt.Scale(zero=from_zero, domainMax=alt.Undefined if ceiling is None else ceiling),
                axis=alt.Axis(title=title, tickCount=5, **look),
            ),
            colours("part:N", dict(fields.values())),
            tooltip=[
                alt.Tooltip("label", title="Month"),
                alt.Tooltip("part", title="Measure"),
                alt.Tooltip("value:Q", title=title, format=hover),
                alt.Tooltip("state", title="Month is"),
            ],
        )
        .properties(height=HEIGHT + 20)
    )
    return by_month(drawing, axis, rows["month"])


def lines_by_day(
    frame: pl.DataFrame,
    day: str,
    fields: dict[str, tuple[str, str]],
    title: str,
    hover: str,
    *,
    from_zero: bool = True,
) -> Series:
    """Measures by day as lines; ``day`` is the column of the date, ``fields`` and the rest as in ``lines_by_month``."""
    names = {field: name for field, (name, _) in fields.items()}
    # A date is midnight UTC to the browser, so that no reader's time zone shifts it.
    lines = (
        floats(frame)
        .unpivot(list(fields), index=day, variable_name="part", value_name="value")
        .with_columns(pl.col("part").replace(names), pl.col(day).cast(pl.Datetime("ms", "UTC")))
    )
    drawing = (
        alt.Chart(lines)
        # Of one day no line can be drawn.
        .mark_line(strokeWidth=2, point=frame[day].n_unique() == 1)
        .encode(
            _day_axis(day, frame[day]),
            alt.Y(
                "value:Q",
                scale=alt.Scale(zero=from_zero),
                axis=alt.Axis(title=title, labelExpr=SHORT, tickCount=5, tickMinStep=least_step(hover)),
            ),
            colours("part:N", dict(fields.values())),
            tooltip=[
                alt.Tooltip(f"{day}:T", title="Day", format="%-d %b %Y", formatType="time"),
                alt.Tooltip("part", title="Measure"),
                alt.Tooltip("value:Q", title=title, format=hover),
            ],
        )
        .properties(height=HEIGHT + 40)
    )
    return _by_day(drawing, frame[day])


def stacked_by_day(frame: pl.DataFrame, day: str, fields: dict[str, tuple[str, str]], title: str, hover: str) -> Series:
    """Measures by day as stacked bars, areas where these would be too narrow; columns as in ``lines_by_day``."""
    names = {field: name for field, (name, _) in fields.items()}
    bars = (
        floats(frame)
        .unpivot(list(fields), index=day, variable_name="part", value_name="value")
        .with_columns(pl.col("part").replace(names), pl.col(day).cast(pl.Datetime("ms", "UTC")))
    )
    order = [name for name, _ in fields.values()]
    bars = bars.with_columns(
        place=pl.col("part").replace_strict(order, range(len(order)), return_dtype=pl.Int32),
    )
    if frame[day].n_unique() > _MOST_DAYS:
        marks = alt.Chart(bars).mark_area(interpolate="step-after")
    else:
        width = alt.RelativeBandSize(band=min(1.0, _span(frame[day]) / _FEW_DAYS))
        marks = alt.Chart(bars.filter(pl.col("value") != 0)).mark_bar(stroke=None, binSpacing=0, width=width)
    drawing = marks.encode(
        _day_axis(f"utcyearmonthdate({day})", frame[day]),
        amounts("value:Q", title, hover).stack(True),
        colours("part:N", dict(fields.values())),
        order=alt.Order("place:Q"),
        tooltip=[
            alt.Tooltip(f"{day}:T", title="Day", format="%-d %b %Y"),
            alt.Tooltip("part", title="Part"),
            alt.Tooltip("value:Q", title=title, format=hover),
        ],
    ).properties(height=HEIGHT + 40)
    return _by_day(drawing, frame[day])


def _by_day(drawing: Drawing, days: pl.Series) -> Series:
    return Series(drawing, _day_axis("period", days), "day", tuple(days.unique().sort().to_list()))


def _span(days: pl.Series) -> int:
    """How many days there are from the first to the last."""
    first, last = days.min(), days.max()
    assert isinstance(first, date) and isinstance(last, date)  # noqa: S101, PT018 - a column of dates
    return (last - first).days + 1


def _day_axis(day: str, days: pl.Series) -> alt.X:
    # Of few days, parts of a day would be ticks too, and named as it is.
    ticks: Any = 8 if _span(days) > _FEW_DAYS else "day"
    return alt.X(
        f"{day}:T",
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(title=None, tickCount=ticks, format="%-d %b %y", labelOverlap=True),
    )
