"""Charts of cases of dunning: what each attempt brings, and when they were paid.

Belongs here: shapes that only dunning has. Does not belong here: stacked bars (``app.charts_of_series``).
"""

from __future__ import annotations

import altair as alt
import polars as pl

from app.charts import AMBER, BAR_WIDTH, BLUE, GREEN, GREY, HEIGHT, RUST, SHORT, Drawing, clicked, colours, floats

OUTCOMES = {"recovered": GREEN, "lost": RUST, "open": AMBER}


def attempts_curve(rows: pl.DataFrame) -> Drawing:
    """Attempts by number, succeeded and failed, with the share that succeeded on hover; a click picks both."""
    names = {"recoveries": "succeeded", "failed_attempts": "failed"}
    tall = floats(rows).unpivot(
        list(names),
        index=["attempt_number", "attempts", "recovery_rate", "mean_days_since_opening"],
        variable_name="part",
        value_name="payments",
    )
    tall = tall.with_columns(pl.col("part").replace(names), place=(pl.col("part") == "failed_attempts").cast(pl.Int32))
    return (
        alt.Chart(tall)
        .mark_bar(size=BAR_WIDTH, cornerRadius=1, cursor="pointer")
        .add_params(clicked("attempt_number", "part"))
        .encode(
            alt.X("attempt_number:O", axis=alt.Axis(title="Attempt", labelAngle=0)),
            alt.Y("payments:Q", axis=alt.Axis(title="Payments", labelExpr=SHORT, tickCount=5)),
            colours("part:N", {"succeeded": GREEN, "failed": GREY}),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("attempt_number:Q", title="Attempt"),
                alt.Tooltip("part", title="Outcome"),
                alt.Tooltip("payments:Q", title="Payments", format=",d"),
                alt.Tooltip("recovery_rate:Q", title="Succeeded", format=".1%"),
                alt.Tooltip("mean_days_since_opening:Q", title="Days since opening, mean", format=".1f"),
            ],
        )
        .properties(height=HEIGHT)
    )


def days_to_recovery(rows: pl.DataFrame) -> Drawing:
    """Recovered cases by the whole days that it took; ``rows`` has day, cases and running_share."""
    base = alt.Chart(floats(rows)).encode(
        alt.X(
            "day:Q",
            scale=alt.Scale(domainMin=-0.5, nice=False),
            axis=alt.Axis(title="Days from the first failure to the recovery", tickMinStep=1),
        ),
        tooltip=[
            alt.Tooltip("day:Q", title="Whole days"),
            alt.Tooltip("cases:Q", title="Recovered cases", format=",d"),
            alt.Tooltip("running_share:Q", title="Recovered by then", format=".1%"),
        ],
    )
    bars = base.mark_bar(color=GREEN, cornerRadiusEnd=2, size=7).encode(
        alt.Y("cases:Q", axis=alt.Axis(title="Recovered cases", labelExpr=SHORT, tickCount=5))
    )
    line = base.mark_line(color=BLUE, strokeWidth=2.5, interpolate="step-after").encode(
        alt.Y(
            "running_share:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(title="Recovered by then", format=".0%", tickCount=5, orient="right"),
        )
    )
    return alt.layer(bars, line).resolve_scale(y="independent").properties(height=HEIGHT)
