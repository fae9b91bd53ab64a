"""Charts of money and customers over time.

Belongs here: frames to Altair charts in our style, and the style. Does not belong here: numbers that no mart has,
the charts of retention and risk (``app.charts_of_people``).
The palette sets blue and green gains against orange losses; all of its colours are told apart with any colour vision
(``tests.app.test_palette``) and on either theme. The month that is not over is drawn fainter.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, TypeAlias

import altair as alt
import polars as pl

from app import formatting

# Altair leaves the results of its fluent methods untyped; what a function returns goes to st.altair_chart as it is.
Drawing: TypeAlias = Any

BLUE, GREEN, SKY, AMBER, RUST, PLUM, GREY = "#1078CC", "#1F6B52", "#62BDEE", "#DFA80F", "#AE4A12", "#574A86", "#98A9A9"
LIME = "#C7D46E"
MOVEMENT_COLOURS = {"new": BLUE, "reactivation": SKY, "expansion": GREEN, "contraction": AMBER, "churn": RUST}
KIND_COLOURS = {
    "voluntary": RUST,
    "involuntary": AMBER,
    "publisher": PLUM,
    "switched": GREEN,
    "pause": SKY,
    "unknown": GREY,
}
RATES = {
    "customer_churn_rate": ("Customers", BLUE),
    "gross_mrr_churn_rate": ("Gross MRR", RUST),
    "net_mrr_churn_rate": ("Net MRR", GREEN),
}
# Of words on a chart: as far from white as from the dark background.
WORDS_ON_LIGHT, WORDS_ON_DARK = "#56616C", "#AEB9C4"
MIDDLE_GREY = "#6E7B87"
HEIGHT = 280
LEGEND = 36
SO_FAR = 0.45
COMPLETE = "complete"
SO_FAR_WORDS = "so far"
PERCENT = ".0%"
# Each tick by itself: on an axis of thousands the format alone writes 0k.
SHORT = "format(datum.value, '~s')"
# Movements that span less than this share of the axis would be slivers.
_READABLE = 0.3
_MOVEMENTS = list(MOVEMENT_COLOURS)


PICKED = "picked"


def clicked(*fields: str) -> Any:
    """What a click on a chart gives, by these columns; a second click beside, or twice, takes it back."""
    return alt.selection_point(name=PICKED, fields=list(fields), on="click", clear="dblclick")


def floats(frame: pl.DataFrame) -> pl.DataFrame:
    """Decimals as floats, since a chart draws pixels, not cents."""
    return frame.with_columns(pl.selectors.decimal().cast(pl.Float64))


def with_month_labels(frame: pl.DataFrame, unfinished: str = SO_FAR_WORDS) -> pl.DataFrame:
    """Adds ``label`` (Feb 2017) and ``state`` (complete, or ``unfinished``) to rows with month and is_complete."""
    return frame.with_columns(
        label=pl.col("month").dt.strftime("%b %Y"),
        state=pl.when(pl.col("is_complete")).then(pl.lit(COMPLETE)).otherwise(pl.lit(unfinished)),
    )


def month_axis(labels: Sequence[str]) -> alt.X:
    """Months as words in the order given, which no reader's time zone can shift; some are left out when crowded."""
    return alt.X(
        "label:O",
        scale=alt.Scale(domain=list(labels)),
        axis=alt.Axis(title=None, labelAngle=0, labelOverlap="parity", labelSeparation=10, ticks=False),
    )


def amounts(field: str, title: str) -> alt.Y:
    """A vertical axis of money or counts."""
    return alt.Y(field, axis=alt.Axis(title=title, labelExpr=SHORT, tickCount=5))


def colours(field: str, scale: dict[str, str]) -> alt.Color:
    """A colour for each value, with a legend below in words."""
    capitalised = "upper(slice(datum.label, 0, 1)) + slice(datum.label, 1)"
    return alt.Color(
        field,
        scale=alt.Scale(domain=list(scale), range=list(scale.values())),
        legend=alt.Legend(title=None, orient="bottom", offset=4, columns=3, labelExpr=capitalised),
    )


def dark_from(values: pl.Series) -> float:
    """The value from which a shade is so dark that what is written on it is white."""
    return float(values.cast(pl.Float64).max() or 0) / 3  # type: ignore[arg-type]


def fade() -> Any:
    """Fainter where the month is not over."""
    return alt.condition(f"datum.state != '{COMPLETE}'", alt.value(SO_FAR), alt.value(1.0))


def money_by_month(months: pl.DataFrame, field: str, title: str, currency: str, colour: str = BLUE) -> Drawing:
    """One amount by month as bars; ``months`` has month and is_complete."""
    frame = with_month_labels(floats(months.select("month", "is_complete", field)))
    labels = frame["label"].to_list()
    return (
        alt.Chart(frame)
        .mark_bar(color=colour, cornerRadiusEnd=2)
        .encode(
            month_axis(labels),
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


def movements_by_month(months: pl.DataFrame, currency: str) -> Drawing:
    """The five movements of MRR by month, gains upwards and losses downwards."""
    frame = with_month_labels(floats(months))
    labels = frame["label"].to_list()
    parts = frame.unpivot(
        [f"{name}_mrr" for name in _MOVEMENTS], index=["label", "state"], variable_name="movement", value_name="mrr"
    ).with_columns(pl.col("movement").str.strip_suffix("_mrr"))
    parts = parts.with_columns(place=pl.col("movement").replace_strict(_MOVEMENTS, range(len(_MOVEMENTS))))
    return (
        alt.Chart(parts)
        .mark_bar(cornerRadius=1, cursor="pointer")
        .add_params(clicked("label", "movement"))
        .encode(
            month_axis(labels),
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
                formatting.amount_of(levels[0]),
                *(formatting.amount_of(change, signed=True) for change in changes.values()),
                formatting.amount_of(float(month["closing_mrr"])),
            ],
            "colour": [GREY, *MOVEMENT_COLOURS.values(), GREY],
        }
    ).with_columns(top=pl.max_horizontal("start", "end"))
    title = f"MRR ({currency})" + (f", axis from {formatting.amount_of(floor)}" if floor else "")
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
    texts = base.mark_text(dy=-9, fontSize=12, color=MIDDLE_GREY, fontWeight="bold").encode(y="top:Q", text="text:N")
    return (bars + texts).properties(height=HEIGHT + 40)


def rates_by_month(months: pl.DataFrame) -> Drawing:
    """The three churn rates by month; months that are not over are left out by the caller."""
    frame = with_month_labels(months)
    labels = frame["label"].to_list()
    names = {field: name for field, (name, _) in RATES.items()}
    lines = frame.unpivot(list(RATES), index="label", variable_name="rate", value_name="share").with_columns(
        pl.col("rate").replace(names)
    )
    return (
        alt.Chart(lines.drop_nulls("share"))
        .mark_line(point=alt.OverlayMarkDef(size=36), strokeWidth=2.5)
        .encode(
            month_axis(labels),
            alt.Y("share:Q", axis=alt.Axis(title="Churn rate of the month", format=PERCENT, tickCount=5)),
            colours("rate:N", dict(RATES.values())),
            tooltip=[
                alt.Tooltip("label", title="Month"),
                alt.Tooltip("rate", title="Rate"),
                alt.Tooltip("share:Q", title="Churn", format=".1%"),
            ],
        )
        .properties(height=HEIGHT)
    )


def churn_by_kind(kinds: pl.DataFrame, months: pl.DataFrame, currency: str) -> Drawing:
    """MRR lost to churn by month and kind, drawn upwards."""
    frame = with_month_labels(floats(kinds.join(months.select("month", "is_complete"), on="month")))
    labels = with_month_labels(months)["label"].to_list()
    present = frame["churn_kind"].unique().to_list()
    scale = {kind: colour for kind, colour in KIND_COLOURS.items() if kind in present}
    return (
        alt.Chart(frame.with_columns(lost=-pl.col("mrr_change")))
        .mark_bar(cornerRadius=1)
        .encode(
            month_axis(labels),
            amounts("lost:Q", f"MRR lost ({currency})"),
            colours("churn_kind:N", scale),
            opacity=fade(),
            tooltip=[
                alt.Tooltip("label", title="Month"),
                alt.Tooltip("churn_kind", title="Kind"),
                alt.Tooltip("lost:Q", title=f"MRR lost ({currency})", format=",.2f"),
                alt.Tooltip("movements:Q", title="Churn movements", format=",d"),
                alt.Tooltip("state", title="Month is"),
            ],
        )
        .properties(height=HEIGHT)
    )
