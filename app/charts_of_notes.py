"""What happened meanwhile, drawn on a chart over time.

Belongs here: the marks. Does not belong here: what happened and its words (``app.happenings``), the chart.
"""

from __future__ import annotations

import altair as alt
import polars as pl

from app.charts import GREY, MIDDLE_GREY, Drawing

_DAY = "%-d %b %Y"


def with_notes(drawing: Drawing, axis: alt.X, label_format: str | None, notes: pl.DataFrame) -> Drawing:
    """The chart with a rule and a mark on top of each period of ``notes`` (period, note), told on hover.

    ``axis`` is one of labels made by ``label_format``, or without it one of time in the column period.
    """
    when = notes["period"].dt.strftime(label_format or _DAY)
    # A date is midnight UTC to the browser, so that no reader's time zone shifts it.
    frame = notes.with_columns(pl.col("period").cast(pl.Datetime("ms", "UTC")), label=when)
    base = alt.Chart(frame).encode(
        axis, tooltip=[alt.Tooltip("label", title="When"), alt.Tooltip("note", title="What")]
    )
    rule = base.mark_rule(color=GREY, strokeDash=[2, 3], strokeWidth=1.5)
    mark = base.mark_point(shape="triangle-down", filled=True, size=90, color=MIDDLE_GREY, opacity=1)
    return alt.layer(drawing, rule, mark.encode(y=alt.value(4)))
