"""Charts of a metric by period: itself, what it is compared with, and how sure it is.

Belongs here: the one chart of all metrics of the semantic layer. Does not belong here: charts of marts
(``app.charts``, ``app.charts_of_series``).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import altair as alt
import polars as pl

from app.charts import (
    BAR_WIDTH,
    BLUE,
    COMPLETE,
    HEIGHT,
    MIDDLE_GREY,
    SHARE,
    SHORT,
    SO_FAR,
    Drawing,
    amounts,
    clicked,
    colours,
    every_period,
    fade,
    floats,
    least_step,
)
from app.series import Series

_FORMS = {"day": "%-d %b %y", "week": "%-d %b %y", "month": "%b %Y", "quarter": "%b %Y"}
_TITLES = {"month": "Month", "week": "Week of", "day": "Day"}
_MOST_BARS = 62


def metric_by_period(
    rows: pl.DataFrame,
    grain: str,
    title: str,
    *,
    number: str,
    is_share: bool,
    height: int = HEIGHT,
) -> Series:
    """``rows`` has period, value, is_complete, and where there is something to compare with, other.

    A share of counted customers has low, high and counted too: its interval is behind it, and what is counted on hover.
    A click picks a period.
    """
    form = _FORMS[grain]
    # What is not there, such as a share of too few, breaks the line.
    frame = (
        every_period(rows["period"], grain)
        .to_frame()
        .join(rows, on="period", how="left")
        .with_columns(
            label=pl.col("period").dt.strftime(form),
            state=pl.when(pl.col("is_complete")).then(pl.lit(COMPLETE)).otherwise(pl.lit("so far")),
        )
    )
    labels = frame["label"].to_list()
    x = _periods(labels)
    look: dict[str, Any] = {"labelExpr": SHARE} if is_share else {"labelExpr": SHORT}
    y = alt.Y(
        "value:Q",
        axis=alt.Axis(title=title, tickCount=5, tickMinStep=least_step(number), **look),
        scale=alt.Scale(zero=True),
    )
    tooltip = [
        alt.Tooltip("label", title=_TITLES.get(grain, "Period")),
        alt.Tooltip("value:Q", title=title, format=number),
    ]
    if "other" in frame.columns:
        tooltip.append(alt.Tooltip("other:Q", title="Compared with", format=number))
    if "counted" in frame.columns:
        tooltip.append(alt.Tooltip("counted:Q", title="Of", format=",d"))
        tooltip += [alt.Tooltip(f"{end}:Q", title=f"95% interval {word}", format=number) for end, word in
                    (("low", "from"), ("high", "to"))]  # fmt: skip
    tooltip.append(alt.Tooltip("state", title="Is"))
    picked = clicked("period_code")
    frame = frame.with_columns(period_code=pl.col("period").dt.strftime("%Y-%m-%d"))
    base = alt.Chart(frame).encode(x, tooltip=tooltip)
    fade = alt.condition(f"datum.state != '{COMPLETE}'", alt.value(SO_FAR), alt.value(1.0))
    layers: list[Drawing] = []
    if "low" in frame.columns:
        layers.append(
            base.mark_area(color=BLUE, opacity=0.15, tooltip=False).encode(alt.Y("low:Q", title=title), y2="high:Q")
        )
    if is_share or frame.height > _MOST_BARS:
        layers.append(base.mark_line(color=BLUE, strokeWidth=2.5, tooltip=False).encode(y))
        layers.append(base.mark_point(color=BLUE, filled=True, size=60).encode(y, opacity=fade))
    else:
        dim = alt.condition(picked, alt.value(BLUE), alt.value("#8FBBE3"))
        layers.append(
            base.mark_bar(size=BAR_WIDTH, cornerRadiusEnd=2, tooltip=False).encode(y, opacity=fade, color=dim)
        )
    if "other" in frame.columns:
        other = base.mark_line(color=MIDDLE_GREY, strokeWidth=2, strokeDash=[5, 4], tooltip=False)
        layers.append(other.encode(y=alt.Y("other:Q", title=title)))
    # The whole height of a period is there to be clicked, and tells it on hover.
    column = base.transform_filter("isValid(datum.value)").mark_rect(opacity=0.001, cursor="pointer")
    column = column.encode(y=alt.value(0), y2=alt.value("height"))
    layers.append(column.add_params(picked))
    drawing = alt.layer(*layers).properties(height=height)
    return Series(drawing, x, grain, tuple(frame["period"].to_list()), form)


def parts_by_period(
    rows: pl.DataFrame,
    grain: str,
    title: str,
    scale: dict[str, str],
    *,
    number: str,
    periods: pl.Series,
    other: pl.DataFrame | None = None,
    height: int = HEIGHT,
) -> Series:
    """A metric by period, stacked by ``part`` in the colours of ``scale``; ``rows`` has part_code beside it.

    ``periods`` are all that there are, those without a part among them; ``other`` has period and other, what all parts
    together are compared with. A click picks a period and a part.
    """
    form = _FORMS[grain]
    order = list(scale)
    frame = floats(rows).with_columns(
        label=pl.col("period").dt.strftime(form),
        period_code=pl.col("period").dt.strftime("%Y-%m-%d"),
        state=pl.when(pl.col("is_complete")).then(pl.lit(COMPLETE)).otherwise(pl.lit("so far")),
        place=pl.col("part").replace_strict(order, range(len(order)), return_dtype=pl.Int32),
    )
    periods = every_period(periods, grain)
    x = _periods(periods.dt.strftime(form).to_list())
    bars = (
        alt.Chart(frame)
        .mark_bar(size=BAR_WIDTH, cornerRadius=1, cursor="pointer")
        .add_params(clicked("period_code", "part_code"))
        .encode(
            x,
            amounts("value:Q", title, number),
            colours("part:N", scale),
            order=alt.Order("place:Q"),
            opacity=fade(),
            tooltip=[
                alt.Tooltip("label", title=_TITLES.get(grain, "Period")),
                alt.Tooltip("part", title="Part"),
                alt.Tooltip("value:Q", title=title, format=number),
                alt.Tooltip("state", title="Is"),
            ],
        )
    )
    series = partial(Series, axis=x, grain=grain, periods=tuple(periods.to_list()), label_format=form)
    if other is None:
        return series(bars.properties(height=height))
    compared = floats(other).with_columns(label=pl.col("period").dt.strftime(form))
    line = (
        alt.Chart(compared.drop_nulls("other"))
        .mark_line(color=MIDDLE_GREY, strokeWidth=2, strokeDash=[5, 4], point=alt.OverlayMarkDef(color=MIDDLE_GREY))
        .encode(
            x,
            alt.Y("other:Q", title=title),
            tooltip=[
                alt.Tooltip("label", title=_TITLES.get(grain, "Period")),
                alt.Tooltip("other:Q", title="Compared with", format=number),
            ],
        )
    )
    return series(alt.layer(bars, line).properties(height=height))


def _periods(labels: list[str]) -> alt.X:
    """Periods as words in the order given; some are left out when crowded."""
    return alt.X(
        "label:O",
        scale=alt.Scale(domain=labels),
        axis=alt.Axis(title=None, labelAngle=0, labelOverlap="parity", labelSeparation=10, ticks=False),
    )
