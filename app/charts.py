"""The style of all charts: palette, axes, labels.

Belongs here: what charts share. Does not belong here: any chart (``app.charts_of_...``), numbers that no mart has.
The palette sets blue and green gains against orange losses; all of its colours are told apart with any colour vision
(``tests.app.test_palette``) and on either theme. The month that is not over is drawn fainter.
"""

from __future__ import annotations

import io
from typing import Any, Protocol, TypeAlias, runtime_checkable

import altair as alt
import polars as pl

# Altair leaves the results of its fluent methods untyped; what a function returns goes to st.altair_chart as it is.
Drawing: TypeAlias = Any

BLUE, GREEN, SKY, AMBER, RUST, PLUM, GREY = "#1078CC", "#1F734F", "#439DCB", "#BE8C00", "#A9440E", "#695D85", "#879796"
LIME = "#879C53"
MOVEMENT_COLOURS = {"new": BLUE, "reactivation": SKY, "expansion": GREEN, "contraction": AMBER, "churn": RUST}
KIND_COLOURS = {
    "voluntary": RUST,
    "involuntary": AMBER,
    "publisher": PLUM,
    "switched": GREEN,
    "pause": SKY,
    "unknown": GREY,
}
# The words and the colour of each.
KIND_LOOKS = {kind: (kind.capitalize(), colour) for kind, colour in KIND_COLOURS.items()}
RATES = {
    "customer_churn_rate": ("Customers", BLUE),
    "gross_mrr_churn_rate": ("Gross MRR", RUST),
    "net_mrr_churn_rate": ("Net MRR", GREEN),
}
# Of words on a chart: as far from white as from the dark background.
WORDS_ON_LIGHT, WORDS_ON_DARK = "#56616C", "#AEB9C4"
# The browser asks for it whenever it draws, so that words follow a theme that changes while they are read.
_WORDS = alt.ExprRef(f"luminance(background) < 0.5 ? '{WORDS_ON_DARK}' : '{WORDS_ON_LIGHT}'")
MIDDLE_GREY = "#6E7B87"
HEIGHT = 280
PAPER_WIDTH = 760
LEGEND = 36
SO_FAR = 0.45
COMPLETE = "complete"
SO_FAR_WORDS = "so far"
_STEPS = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "3mo"}
MONTH_LABEL = "%b %Y"
# Of a legend: more would be cut.
COLUMNS = alt.ExprRef("width < 480 ? 2 : width < 800 ? 3 : 4")
PERCENT = ".0%"
# Of the bar of a period: of few periods it would be a wall.
BAR_WIDTH = alt.ExprRef("min(bandwidth('x'), 64)")
# Each tick by itself: on an axis of thousands the format alone writes 0k, and 200m for a fifth.
SHORT = "format(datum.value, abs(datum.value) < 1 ? '~g' : '~s')"
# Each by itself too: on a narrow range whole hundredths write 4% twice.
SHARE = "format(datum.value, '~%')"


PICKED = "picked"


def clicked(*fields: str) -> Any:
    """What a click on a chart gives, by these columns; a second click beside, or twice, takes it back."""
    return alt.selection_point(name=PICKED, fields=list(fields), on="click", clear="dblclick")


@runtime_checkable
class Composed(Protocol):
    """What draws itself when it is shown, such as a series with what happened meanwhile."""

    def composed(self) -> tuple[Drawing, str]:
        """The drawing, and what its text alternative has to say besides."""


def with_words(drawing: Drawing) -> Drawing:
    """The drawing with all that is written on it in a colour that is read on the page behind it."""
    return (
        drawing.configure_axis(labelColor=_WORDS, titleColor=_WORDS)
        .configure_legend(labelColor=_WORDS, titleColor=_WORDS)
        .configure_text(fill=_WORDS)
    )


def svg(drawing: Drawing | Composed) -> str:
    """The drawing as an SVG document on white, as wide as a page of paper."""
    if isinstance(drawing, Composed):
        drawing, _ = drawing.composed()
    document = io.StringIO()
    on_paper = with_words(drawing).properties(width=PAPER_WIDTH, background="white")
    on_paper.save(document, format="svg")
    return document.getvalue()


def floats(frame: pl.DataFrame) -> pl.DataFrame:
    """Decimals as floats, since a chart draws pixels, not cents."""
    return frame.with_columns(pl.selectors.decimal().cast(pl.Float64))


def with_month_labels(frame: pl.DataFrame, unfinished: str = SO_FAR_WORDS) -> pl.DataFrame:
    """Adds ``label`` (Feb 2017) and ``state`` (complete, or ``unfinished``) to rows with month and is_complete."""
    return frame.with_columns(
        label=pl.col("month").dt.strftime(MONTH_LABEL),
        state=pl.when(pl.col("is_complete")).then(pl.lit(COMPLETE)).otherwise(pl.lit(unfinished)),
    )


def every_period(periods: pl.Series, grain: str = "month") -> pl.Series:
    """The first days of all periods from the first of these to the last: a gap in a series is one on its axis too."""
    first, last = periods.min(), periods.max()
    if first is None or last is None:
        return periods
    whole = pl.date_range(first, last, _STEPS[grain], eager=True)  # type: ignore[arg-type]
    assert isinstance(whole, pl.Series)  # noqa: S101 - eager
    return whole.alias(periods.name)


def month_axis(months: pl.Series) -> alt.X:
    """Every month from first to last as words, which no reader's time zone shifts; some are left out when crowded."""
    return alt.X(
        "label:O",
        scale=alt.Scale(domain=every_period(months).dt.strftime(MONTH_LABEL).to_list()),
        axis=alt.Axis(title=None, labelAngle=0, labelOverlap="parity", labelSeparation=10, ticks=False),
    )


def amounts(field: str, title: str, number: str = "") -> alt.Y:
    """A vertical axis of money or counts; where the format ``number`` is of whole numbers, ticks are."""
    return alt.Y(field, axis=alt.Axis(title=title, labelExpr=SHORT, tickCount=5, tickMinStep=least_step(number)))


def least_step(number: str) -> Any:
    """From tick to tick of an axis: of what is counted there are no halves."""
    return 1 if number in {",d", ",.0f"} else alt.Undefined


def colours(field: str, scale: dict[str, str]) -> alt.Color:
    """A colour for each value, with a legend below in words."""
    capitalised = "upper(slice(datum.label, 0, 1)) + slice(datum.label, 1)"
    return alt.Color(
        field,
        scale=alt.Scale(domain=list(scale), range=list(scale.values())),
        legend=alt.Legend(title=None, orient="bottom", offset=4, columns=COLUMNS, labelExpr=capitalised),
    )


def fade() -> Any:
    """Fainter where the month is not over."""
    return alt.condition(f"datum.state != '{COMPLETE}'", alt.value(SO_FAR), alt.value(1.0))
