"""Charts of effects: what one group has more or less than another, and how sure that is.

Belongs here: differences with their intervals. Does not belong here: inference, which the snapshot holds.
"""

from __future__ import annotations

import altair as alt
import polars as pl

from app.charts import BLUE, MIDDLE_GREY, Drawing

INTERVALS = (
    "By intention to treat: everybody assigned, whatever reached or was seen by them. The thick line and the table are "
    "of the 95% interval for one look; the thin line and the sentences are of the wider one, which holds at every look."
)
_ROW_PIXELS, _FRAME_PIXELS = 44, 60


def effects(rows: pl.DataFrame, place: str, place_title: str, title: str, *, is_share: bool) -> Drawing:
    """A line a row; ``rows`` has difference, low, high, sequential_low, sequential_high, and ``place``.

    A difference of shares is in points: as a percentage it could be one of the smaller share.
    """
    number = "+,.2f"
    if is_share:
        ends = pl.col("difference", "low", "high", "sequential_low", "sequential_high")
        rows, number, title = rows.with_columns(ends * 100), "+.1f", f"{title} (points)"
    axis = alt.Axis(format=number, title=title, tickCount=7, labelOverlap=True)
    tooltip = [alt.Tooltip(place, title=place_title)] + [
        alt.Tooltip(f"{name}:Q", title=words, format=number)
        for name, words in (("difference", "Difference"), ("low", "95% interval from"), ("high", "95% interval to"))
    ]
    base = alt.Chart(rows).encode(
        y=alt.Y(f"{place}:O", axis=alt.Axis(title=place_title, titleAngle=0, titleAlign="left", titleX=0, titleY=-8)),
        tooltip=tooltip,
    )
    zero = alt.Chart(pl.DataFrame({"zero": [0.0]})).mark_rule(strokeDash=[4, 4], color=MIDDLE_GREY).encode(x="zero:Q")
    wide = base.mark_rule(color=BLUE).encode(x=alt.X("sequential_low:Q", axis=axis), x2="sequential_high:Q")
    fixed = base.mark_rule(strokeWidth=5, color=BLUE).encode(x="low:Q", x2="high:Q")
    point = base.mark_point(filled=True, size=90, color=BLUE, opacity=1).encode(x="difference:Q")
    return (zero + wide + fixed + point).properties(height=_FRAME_PIXELS + _ROW_PIXELS * rows[place].n_unique())
