"""Charts of who stays: the cohort triangle, retention by time since, survival.

Belongs here: retention by time since the first MRR. Does not belong here: series by month (``app.charts``,
``app.charts_of_series``), scores and single customers (``app.charts_of_people``).
"""

from __future__ import annotations

import altair as alt
import polars as pl

from app.charts import BLUE, COLUMNS, GREY, HEIGHT, PERCENT, RUST, SHARE, Drawing, clicked, floats
from app.charts_of_series import value_colours
from pipelines.readings.intervals import FEWEST

# Readable on the light and on the dark background.
MIDDLE_BLUE = "#2E86C8"
_CELL = 24
_LEAST_CELL = 18
_MOST_BANDS = 3
# An axis ends where the last curve does.
_AS_LONG = alt.Scale(nice=False)
MEASURES = {
    "retention_rate": ("Customers retained", "Customers with MRR"),
    "mrr_retention_rate": ("MRR retained", "MRR, share of the opening"),
}


def cohort_triangle(cells: pl.DataFrame, measure: str, unit: str) -> Drawing:
    """Retention in percent by cohort (down) and period (across); cells that are not complete are outlined.

    ``cells`` has cohort (its first day), period_number and the columns of the mart; ``unit`` is months or weeks.
    """
    form = "%b %Y" if unit == "months" else "%-d %b %y"
    frame = floats(cells).with_columns(
        cohort=pl.col("cohort").dt.strftime(form),
        share=pl.col(measure),
        percent=pl.col(measure) * 100,
        state=pl.when(pl.col("is_complete")).then(pl.lit("complete")).otherwise(pl.lit("so far")),
    )
    cohorts = frame["cohort"].unique(maintain_order=True).to_list()
    tooltip = [
        alt.Tooltip("cohort", title="Cohort"),
        alt.Tooltip("period_number:O", title="Period"),
        alt.Tooltip("share:Q", title="Retained", format=".1%"),
        alt.Tooltip("retained_customers:Q", title="Customers with MRR", format=",d"),
        alt.Tooltip("cohort_size:Q", title="Cohort size", format=",d"),
        alt.Tooltip("state", title="Cell is"),
    ]
    if "retained_mrr" in frame.columns:
        tooltip.append(alt.Tooltip("retained_mrr:Q", title="MRR", format=",.2f"))
        tooltip.append(alt.Tooltip("opening_mrr:Q", title="Opening MRR", format=",.2f"))
    base = alt.Chart(frame).encode(
        alt.X(
            "period_number:O",
            axis=alt.Axis(title=f"{unit.capitalize()} since the first MRR", orient="top", labelAngle=0),
        ),
        alt.Y("cohort:O", sort=cohorts, axis=alt.Axis(title=None, labelFlush=False, labelOverlap=False)),
        tooltip=tooltip,
    )
    is_outlined = "datum.state == 'so far'"
    boxes = base.mark_rect(cornerRadius=2, strokeDash=[3, 2], cursor="pointer").encode(
        alt.Color(
            "share:Q",
            scale=alt.Scale(scheme="blues", domain=[0, 1], clamp=True),
            legend=alt.Legend(title="Retained", format=PERCENT, orient="right", gradientLength=140),
        ),
        fillOpacity=alt.condition(is_outlined, alt.value(0.15), alt.value(1.0)),
        stroke=alt.condition(is_outlined, alt.value(MIDDLE_BLUE), alt.value("transparent")),
    )
    # On the shade between them both are told apart, as contrast is counted, by 4.5.
    dark_cell = alt.condition("datum.share > 0.74", alt.value("#FFFFFF"), alt.value("#000000"))
    # Where a cell is narrower than its number, numbers would print over each other; they are told on hover.
    periods = frame["period_number"].n_unique()
    room = alt.condition(f"width > {periods * _LEAST_CELL}", alt.value(1), alt.value(0))
    words = base.mark_text(fontSize=10, tooltip=False).encode(opacity=room)
    many = words.transform_filter(f"datum.state == 'complete' && datum.cohort_size >= {FEWEST}").encode(
        text=alt.Text("percent:Q", format=".0f"), color=dark_cell
    )
    # What one customer moves by much is told apart by its letters: colour alone is not seen by everybody.
    few = base.mark_text(fontSize=10, fontStyle="italic", tooltip=False)
    few = few.transform_filter(f"datum.state == 'complete' && datum.cohort_size < {FEWEST}").encode(
        text=alt.Text("percent:Q", format=".0f"), color=dark_cell, opacity=room
    )
    # On a cell that is nearly the page the words are those of the page, in either theme.
    unfinished = words.transform_filter(is_outlined).encode(text=alt.Text("percent:Q", format=".0f"))
    boxes = boxes.add_params(clicked("cohort", "period_number"))
    # Of the cells alone: a height of everything left a single cohort none beside its axis.
    return (boxes + many + few + unfinished).properties(height=alt.Step(_CELL))


def retention_by_period(periods: pl.DataFrame, measure: str, unit: str) -> Drawing:
    """Retention by period, one line, or one a ``dimension_value`` where the frame has that column."""
    frame = floats(periods).with_columns(share=pl.col(measure)).drop_nulls("share")
    is_cut = "dimension_value" in frame.columns
    highest = max(1.0, float(frame["share"].max() or 0))  # type: ignore[arg-type]
    tooltip = [
        alt.Tooltip("period_number:Q", title="Period"),
        alt.Tooltip("share:Q", title="Retained", format=".1%"),
        alt.Tooltip("retained_customers:Q", title="Customers with MRR", format=",d"),
        alt.Tooltip("customers:Q", title="Customers in these cohorts", format=",d"),
        alt.Tooltip("cohorts:Q", title="Cohorts", format=",d"),
    ]
    if "low" in frame.columns:
        tooltip.insert(2, alt.Tooltip("low:Q", title="95% interval from", format=".1%"))
        tooltip.insert(3, alt.Tooltip("high:Q", title="95% interval to", format=".1%"))
    line = (
        alt.Chart(frame)
        .mark_line(point=alt.OverlayMarkDef(size=30), strokeWidth=2.5)
        .encode(
            alt.X(
                "period_number:Q",
                axis=alt.Axis(title=f"{unit.capitalize()} since the first MRR", tickMinStep=1, format="d"),
            ),
            alt.Y(
                "share:Q",
                scale=alt.Scale(domain=[0, highest]),
                axis=alt.Axis(title=MEASURES[measure][1], labelExpr=SHARE, tickCount=5),
            ),
            color=value_colours(frame) if is_cut else alt.value(BLUE),
            tooltip=[alt.Tooltip("dimension_value", title="Value"), *tooltip] if is_cut else tooltip,
        )
    )
    if "low" in frame.columns and (not is_cut or frame["dimension_value"].n_unique() <= _MOST_BANDS):
        band = (
            alt.Chart(frame)
            .mark_area(opacity=0.15, tooltip=False)
            .encode(
                alt.X("period_number:Q"),
                alt.Y("low:Q", title=MEASURES[measure][1]),
                y2="high:Q",
                color=value_colours(frame) if is_cut else alt.value(BLUE),
            )
        )
        line = band + line
    return line.properties(height=HEIGHT + 40)


def survival(curves: pl.DataFrame, *, has_band: bool) -> Drawing:
    """Survival as steps, one curve or one a ``dimension_value``, its 95% band behind it, and a rule at one half."""
    is_cut = "dimension_value" in curves.columns
    keys = ["dimension_value"] if is_cut else []
    start = curves.select(keys).unique(maintain_order=True) if is_cut else pl.DataFrame({"day_number": [0]})
    start = start.with_columns(
        day_number=pl.lit(0, pl.Int32), survival_probability=1.0, lower_bound=1.0, upper_bound=1.0
    )
    frame = pl.concat([start, curves], how="diagonal_relaxed")
    colour = value_colours(curves) if is_cut else alt.value(BLUE)
    base = alt.Chart(frame).encode(
        alt.X("day_number:Q", scale=_AS_LONG, axis=alt.Axis(title="Days since the first MRR")), color=colour
    )
    tooltip = [
        alt.Tooltip("day_number:Q", title="Day"),
        alt.Tooltip("survival_probability:Q", title="Not churned yet", format=".1%"),
        alt.Tooltip("customers_at_risk:Q", title="Customers followed", format=",d"),
        alt.Tooltip("churned_customers:Q", title="Churned that day", format=",d"),
    ]
    if has_band:
        tooltip.insert(2, alt.Tooltip("lower_bound:Q", title="95% band from", format=".1%"))
        tooltip.insert(3, alt.Tooltip("upper_bound:Q", title="95% band to", format=".1%"))
    line = base.mark_line(interpolate="step-after", strokeWidth=2.5).encode(
        alt.Y(
            "survival_probability:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(title="Not churned yet", labelExpr=SHARE, tickCount=5),
        ),
        tooltip=[alt.Tooltip("dimension_value", title="Value"), *tooltip] if is_cut else tooltip,
    )
    half = alt.Chart(pl.DataFrame({"half": [0.5]})).mark_rule(color=GREY, strokeDash=[4, 4]).encode(y="half:Q")
    layers = half + line
    if has_band:
        band = base.mark_area(interpolate="step-after", opacity=0.15).encode(
            alt.Y("lower_bound:Q", title="Not churned yet"), y2="upper_bound:Q"
        )
        layers = band + layers
    return layers.properties(height=HEIGHT + 80)


def projection(rows: pl.DataFrame) -> Drawing:
    """Observed shares as points, the projected line with its band, dashed what a check foretold of periods held out.

    ``rows`` has months and the columns of ``scoring.fct_cohort_projections``.
    """
    axis = alt.X(
        "months:Q", scale=_AS_LONG, axis=alt.Axis(title="Months since the first MRR", tickMinStep=1, format="d")
    )
    shares = alt.Scale(domain=[0, 1])
    title = alt.Axis(title="Paying without a break", labelExpr=SHARE, tickCount=5)
    tooltip = [
        alt.Tooltip("months:Q", title="Months"),
        alt.Tooltip("projected_share:Q", title="Projected", format=".1%"),
        alt.Tooltip("lower_bound:Q", title="95% band from", format=".1%"),
        alt.Tooltip("upper_bound:Q", title="95% band to", format=".1%"),
        alt.Tooltip("observed_share:Q", title="Observed", format=".1%"),
        alt.Tooltip("checked_share:Q", title="Foretold by the check", format=".1%"),
        alt.Tooltip("customers_at_risk:Q", title="Customers followed", format=",d"),
    ]
    names, colours = ["Observed", "Projected", "Check, not seen by its fit"], [GREY, BLUE, RUST]
    colour = alt.Color(
        "drawn:N",
        scale=alt.Scale(domain=names, range=colours),
        legend=alt.Legend(title=None, orient="bottom", columns=COLUMNS, labelLimit=200),
    )

    def drawn(share: str, name: str) -> Drawing:
        """The base with one share, called as the legend says."""
        kept = base.transform_filter(f"isValid(datum.{share})").transform_calculate(drawn=f"'{name}'")
        return kept.encode(alt.Y(f"{share}:Q", axis=title, scale=shares), color=colour)

    base = alt.Chart(floats(rows)).encode(axis, tooltip=tooltip)
    band = base.mark_area(opacity=0.15, color=BLUE, tooltip=False).encode(
        alt.Y("lower_bound:Q", axis=title, scale=shares), y2="upper_bound:Q"
    )
    observed = drawn("observed_share", names[0]).mark_point(filled=True, size=40, opacity=1)
    projected = drawn("projected_share", names[1]).mark_line(strokeWidth=2.5)
    checked = drawn("checked_share", names[2]).mark_line(strokeWidth=2.5, strokeDash=[5, 4])
    return (band + projected + observed + checked).properties(height=HEIGHT + 80)
