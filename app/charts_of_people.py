"""Charts of retention, risk and a single customer.

Belongs here: the cohort triangle, survival, scores, a customer's history. Does not belong here: series of money by
month and the house style (``app.charts``).
"""

from __future__ import annotations

from datetime import datetime

import altair as alt
import polars as pl

from app.charts import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    HEIGHT,
    LEGEND,
    PERCENT,
    RUST,
    SKY,
    Drawing,
    amounts,
    colours,
    floats,
)

BAND_COLOURS = {"high": RUST, "medium": AMBER, "low": SKY}
STATUS_COLOURS = {"trial": SKY, "active": BLUE, "grace": AMBER, "on_hold": RUST, "paused": GREEN, "ended": GREY}
# Readable on the light and on the dark background.
MIDDLE_BLUE = "#2E86C8"
STEPS = 20
_CELL = 24


def cohort_triangle(cells: pl.DataFrame) -> Drawing:
    """Retention in percent by cohort month (down) and period (across); cells that are not complete are outlined."""
    frame = cells.with_columns(
        cohort=pl.col("cohort_month").dt.strftime("%b %Y"),
        percent=pl.col("retention_rate") * 100,
        state=pl.when(pl.col("is_complete")).then(pl.lit("complete")).otherwise(pl.lit("so far")),
    )
    cohorts = frame["cohort"].unique(maintain_order=True).to_list()
    base = alt.Chart(frame).encode(
        alt.X("period_number:O", axis=alt.Axis(title="Months since the first MRR", orient="top", labelAngle=0)),
        alt.Y("cohort:O", sort=cohorts, axis=alt.Axis(title=None, labelFlush=False, labelOverlap=False)),
        tooltip=[
            alt.Tooltip("cohort", title="Cohort"),
            alt.Tooltip("period_number:O", title="Period"),
            alt.Tooltip("retention_rate:Q", title="Retained", format=".1%"),
            alt.Tooltip("retained_customers:Q", title="Customers with MRR", format=",d"),
            alt.Tooltip("cohort_size:Q", title="Cohort size", format=",d"),
            alt.Tooltip("state", title="Month is"),
        ],
    )
    is_outlined = "datum.state == 'so far'"
    boxes = base.mark_rect(cornerRadius=2, strokeDash=[3, 2]).encode(
        alt.Color(
            "retention_rate:Q",
            scale=alt.Scale(scheme="blues", domain=[0, 1]),
            legend=alt.Legend(title="Retained", format=PERCENT, orient="right", gradientLength=140),
        ),
        fillOpacity=alt.condition(is_outlined, alt.value(0.15), alt.value(1.0)),
        stroke=alt.condition(is_outlined, alt.value(MIDDLE_BLUE), alt.value("transparent")),
    )
    dark_cell = alt.condition("datum.retention_rate > 0.7", alt.value("#FFFFFF"), alt.value("#1B2733"))
    words = base.mark_text(fontSize=10)
    complete = words.transform_filter("datum.state == 'complete'").encode(
        text=alt.Text("percent:Q", format=".0f"), color=dark_cell
    )
    unfinished = words.transform_filter(is_outlined).encode(
        text=alt.Text("percent:Q", format=".0f"), color=alt.value(MIDDLE_BLUE)
    )
    return (boxes + complete + unfinished).properties(height=_CELL * len(cohorts) + 40)


def retention_by_period(periods: pl.DataFrame) -> Drawing:
    """Retention of all cohorts together by period."""
    return (
        alt.Chart(periods)
        .mark_line(color=BLUE, point=alt.OverlayMarkDef(size=36, color=BLUE), strokeWidth=2.5)
        .encode(
            alt.X("period_number:Q", axis=alt.Axis(title="Months since the first MRR", tickMinStep=1, format="d")),
            alt.Y(
                "retention_rate:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(title="Customers with MRR", format=PERCENT, tickCount=5),
            ),
            tooltip=[
                alt.Tooltip("period_number:Q", title="Period"),
                alt.Tooltip("retention_rate:Q", title="Retained", format=".1%"),
                alt.Tooltip("retained_customers:Q", title="Customers with MRR", format=",d"),
                alt.Tooltip("customers:Q", title="Customers in these cohorts", format=",d"),
                alt.Tooltip("cohorts:Q", title="Cohorts", format=",d"),
            ],
        )
        .properties(height=HEIGHT)
    )


def survival(curve: pl.DataFrame) -> Drawing:
    """The survival curve as steps, with a rule at one half."""
    start = pl.DataFrame({"day_number": [0], "survival_probability": [1.0]})
    steps = alt.Chart(pl.concat([start, curve], how="diagonal_relaxed"))
    line = steps.mark_line(interpolate="step-after", color=BLUE, strokeWidth=2.5).encode(
        alt.X("day_number:Q", axis=alt.Axis(title="Days since the first MRR")),
        alt.Y(
            "survival_probability:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(title="Not churned yet", format=PERCENT, tickCount=5),
        ),
        tooltip=[
            alt.Tooltip("day_number:Q", title="Day"),
            alt.Tooltip("survival_probability:Q", title="Not churned yet", format=".1%"),
            alt.Tooltip("customers_at_risk:Q", title="Customers followed", format=",d"),
            alt.Tooltip("churned_customers:Q", title="Churned that day", format=",d"),
        ],
    )
    half = alt.Chart(pl.DataFrame({"half": [0.5]})).mark_rule(color=GREY, strokeDash=[4, 4]).encode(y="half:Q")
    return (half + line).properties(height=HEIGHT + 40)


def score_histogram(bins: pl.DataFrame) -> Drawing:
    """How many customers have which probability, by band; ``at_least`` is where a step of a twentieth begins."""
    labels = {step / STEPS: f"{step * 100 // STEPS}%" for step in range(STEPS)}
    frame = bins.with_columns(label=pl.col("at_least").replace_strict(labels, return_dtype=pl.String))
    return (
        alt.Chart(frame)
        .mark_bar(cornerRadius=1)
        .encode(
            alt.X(
                "label:O",
                scale=alt.Scale(domain=list(labels.values())),
                axis=alt.Axis(title="Churn probability, at least", labelAngle=0, labelOverlap="parity", ticks=False),
            ),
            amounts("customers:Q", "Customers"),
            colours("risk_band:N", BAND_COLOURS),
            tooltip=[
                alt.Tooltip("label", title="Probability of at least"),
                alt.Tooltip("risk_band", title="Band"),
                alt.Tooltip("customers:Q", title="Customers", format=",d"),
            ],
        )
        .properties(height=HEIGHT + LEGEND)
    )


def calibration(bins: pl.DataFrame) -> Drawing:
    """What was predicted against what came; points on the diagonal are right."""
    points = alt.Chart(bins).encode(
        alt.X("mean_probability:Q", axis=alt.Axis(title="Predicted", format=PERCENT, tickCount=6)),
        alt.Y("observed_rate:Q", axis=alt.Axis(title="Observed", format=PERCENT, tickCount=6)),
        tooltip=[
            alt.Tooltip("mean_probability:Q", title="Predicted", format=".1%"),
            alt.Tooltip("observed_rate:Q", title="Observed", format=".1%"),
            alt.Tooltip("customers:Q", title="Customers", format=",d"),
        ],
    )
    most = max(0.1, *(float(bins[name].max() or 0) for name in ("mean_probability", "observed_rate")))  # type: ignore[arg-type]
    ends = alt.Chart(pl.DataFrame({"mean_probability": [0.0, most], "observed_rate": [0.0, most]}))
    diagonal = ends.mark_line(color=GREY, strokeDash=[4, 4]).encode(x="mean_probability:Q", y="observed_rate:Q")
    return (
        diagonal + points.mark_line(color=BLUE, opacity=0.5) + points.mark_point(color=BLUE, filled=True, size=70)
    ).properties(height=HEIGHT)


def subscription_spans(spans: pl.DataFrame, as_of: datetime) -> Drawing:
    """The states of a customer's subscriptions over time; the last one reaches to the as-of instant."""
    frame = floats(spans).with_columns(until=pl.col("valid_to").fill_null(as_of))
    present = frame["status"].unique().to_list()
    rows = frame["subscription_id"].n_unique()
    return (
        alt.Chart(frame)
        .mark_bar(height=16, cornerRadius=3)
        .encode(
            alt.X(
                "valid_from:T", scale=alt.Scale(type="utc"), axis=alt.Axis(title=None, tickCount=7, format="%d %b %y")
            ),
            alt.X2("until:T"),
            alt.Y("subscription_id:N", axis=alt.Axis(title=None, labelLimit=120, ticks=False)),
            colours("status:N", {name: colour for name, colour in STATUS_COLOURS.items() if name in present}),
            tooltip=[
                alt.Tooltip("subscription_id", title="Subscription"),
                alt.Tooltip("status", title="Status"),
                alt.Tooltip("auto_renew", title="Auto-renewal"),
                alt.Tooltip("valid_from:T", title="From", format="%d %b %Y"),
                alt.Tooltip("until:T", title="Until", format="%d %b %Y"),
                alt.Tooltip("mrr:Q", title="MRR", format=",.2f"),
            ],
        )
        .properties(height=34 * rows + 50)
    )
