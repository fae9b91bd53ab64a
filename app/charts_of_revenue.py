"""Charts of MRR and revenue by month: amounts, movements, rates, kinds of churn.

Belongs here: charts with a meaning of their own about money. Does not belong here: charts of any measure
(``app.charts_of_series``), of retention and risk (``app.charts_of_people``).
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import altair as alt
import polars as pl

from app.charts import (
    BAR_WIDTH,
    BLUE,
    GREY,
    HEIGHT,
    MOVEMENT_COLOURS,
    RATES,
    SHARE,
    Drawing,
    amounts,
    clicked,
    colours,
    fade,
    floats,
    month_axis,
    with_month_labels,
)
from app.series import Series, by_month
from pipelines.readings import words

# Movements that span less than this share of the axis would be slivers.
_READABLE = 0.3
_IS_NARROW = "width < 390"
_MOVEMENTS = list(MOVEMENT_COLOURS)


def money_by_month(months: pl.DataFrame, field: str, title: str, currency: str, colour: str = BLUE) -> Series:
    """One amount by month as bars; ``months`` has month and is_complete."""
    frame = with_month_labels(floats(months.select("month", "is_complete", field)))
    axis = month_axis(frame["month"])
    drawing = (
        alt.Chart(frame)
        .mark_bar(size=BAR_WIDTH, color=colour, cornerRadiusEnd=2)
        .encode(
            axis,
            amounts(f"{field}:Q", f"{title} ({currency})"),
            opacity=fade(),
            tooltip=[
                alt.Tooltip("label", title="Month"),
                alt.Tooltip(f"{field}:Q", title=f"{title} ({currency})", format=",.2f"),
                alt.Tooltip("state", title="Month is"),
            ],
        )
        .properties(height=HEIGHT)
    )
    return by_month(drawing, axis, months["month"])


def movements_by_month(months: pl.DataFrame, currency: str) -> Series:
    """The five movements of MRR by month, gains upwards and losses downwards."""
    frame = with_month_labels(floats(months))
    axis = month_axis(frame["month"])
    parts = frame.unpivot(
        [f"{name}_mrr" for name in _MOVEMENTS], index=["label", "state"], variable_name="movement", value_name="mrr"
    ).with_columns(pl.col("movement").str.strip_suffix("_mrr"))
    parts = parts.with_columns(place=pl.col("movement").replace_strict(_MOVEMENTS, range(len(_MOVEMENTS))))
    drawing = (
        alt.Chart(parts)
        .mark_bar(size=BAR_WIDTH, cornerRadius=1, cursor="pointer")
        .add_params(clicked("label", "movement"))
        .encode(
            axis,
            amounts("mrr:Q", f"MRR movements ({currency})"),
            colours("movement:N", MOVEMENT_COLOURS),
            order=alt.Order("place:Q"),
            opacity=fade(),
            tooltip=[
                alt.Tooltip("label", title="Month"),
                alt.Tooltip("movement", title="Movement"),
                alt.Tooltip("mrr:Q", title=f"MRR ({currency})", format="+,.2f"),
                alt.Tooltip("state", title="Month is"),
            ],
        )
        .properties(height=HEIGHT + 40)
    )
    return by_month(drawing, axis, months["month"])


def waterfall(month: dict[str, Any], currency: str) -> Drawing:
    """From the opening to the closing MRR of one month, a step a movement; ``month`` is its row.

    The axis begins at zero unless the movements would then be too thin to see; it says where it begins.
    """
    changes = {name: float(month[f"{name}_mrr"]) for name in MOVEMENT_COLOURS}
    levels = list(accumulate(changes.values(), initial=float(month["opening_mrr"])))
    highest, lowest = max(levels), min(levels)
    reach = highest - lowest
    floor = 0.0 if reach > _READABLE * highest else lowest - reach / 2
    closing = "Closing" if month["is_complete"] else "So far"
    steps = pl.DataFrame(
        {
            "step": ["Opening", *(name.capitalize() for name in changes), closing],
            "start": [floor, *levels[:-1], floor],
            "end": [*levels, float(month["closing_mrr"])],
            "amount": [levels[0], *changes.values(), float(month["closing_mrr"])],
            "text": [
                words.amount(levels[0]),
                *(words.amount(change, signed=True) for change in changes.values()),
                words.amount(float(month["closing_mrr"])),
            ],
            "sign": ["", *("+" for _ in changes), ""],
            "colour": [GREY, *MOVEMENT_COLOURS.values(), GREY],
        }
    ).with_columns(top=pl.max_horizontal("start", "end"))
    title = f"MRR ({currency})" + (f", axis from {words.amount(floor)}" if floor else "")
    base = alt.Chart(steps).encode(
        alt.X(
            "step:O",
            sort=steps["step"].to_list(),
            axis=alt.Axis(title=None, labelAngle=-25, ticks=False, labelOverlap=False),
        ),
        tooltip=[
            alt.Tooltip("step", title="Step"),
            alt.Tooltip("amount:Q", title=f"MRR ({currency})", format="+,.2f"),
        ],
    )
    scale = alt.Scale(domain=[floor, highest + max(reach, highest - floor) * 0.12], nice=False, zero=False)
    bars = (
        base.mark_bar(cornerRadius=2, cursor="pointer")
        .add_params(clicked("step"))
        .encode(
            alt.Y("start:Q", scale=scale, axis=alt.Axis(title=title, format=",.0f", tickCount=5)),
            y2="end:Q",
            color=alt.Color("colour:N", scale=None),
        )
    )
    # On a narrow screen whole amounts would print over each other.
    texts = (
        base.transform_calculate(written=f"{_IS_NARROW} ? format(datum.amount, datum.sign + '.3~s') : datum.text")
        .mark_text(dy=-9, fontSize=alt.ExprRef(f"{_IS_NARROW} ? 10 : 12"), fontWeight="bold")
        .encode(y="top:Q", text="written:N")
    )
    return (bars + texts).properties(height=HEIGHT + 40)


def rates_by_month(months: pl.DataFrame) -> Series:
    """The three churn rates by month; months that are not over are left out by the caller."""
    frame = with_month_labels(months)
    axis = month_axis(frame["month"])
    names = {field: name for field, (name, _) in RATES.items()}
    lines = frame.unpivot(list(RATES), index="label", variable_name="rate", value_name="share").with_columns(
        pl.col("rate").replace(names)
    )
    drawing = (
        alt.Chart(lines)
        .mark_line(point=alt.OverlayMarkDef(size=36), strokeWidth=2.5)
        .encode(
            axis,
            alt.Y("share:Q", axis=alt.Axis(title="Churn rate of the month", labelExpr=SHARE, tickCount=5)),
            colours("rate:N", dict(RATES.values())),
            tooltip=[
                alt.Tooltip("label", title="Month"),
                alt.Tooltip("rate", title="Rate"),
                alt.Tooltip("share:Q", title="Churn", format=".1%"),
            ],
        )
        .properties(height=HEIGHT)
    )
    return by_month(drawing, axis, months["month"])
