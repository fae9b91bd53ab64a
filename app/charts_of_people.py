"""Charts of risk and a single customer.

Belongs here: scores, a customer's history. Does not belong here: who stays (``app.charts_of_retention``), series of
money by month and the ChurnIQ style (``app.charts``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import altair as alt
import polars as pl

from app.charts import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    HEIGHT,
    LEGEND,
    PLUM,
    RUST,
    SHARE,
    SKY,
    Drawing,
    amounts,
    clicked,
    colours,
    floats,
)

BAND_COLOURS = {"high": RUST, "medium": AMBER, "low": SKY}
STATUS_COLOURS = {"trial": SKY, "active": BLUE, "grace": AMBER, "on_hold": RUST, "paused": GREEN, "ended": GREY}
STEPS = 20


def score_histogram(bins: pl.DataFrame) -> Drawing:
    """How many customers have which probability, by band; ``at_least`` is where a step of a twentieth begins."""
    labels = {step / STEPS: f"{step * 100 // STEPS}%" for step in range(STEPS)}
    frame = bins.with_columns(label=pl.col("at_least").replace_strict(labels, return_dtype=pl.String))
    return (
        alt.Chart(frame)
        .mark_bar(cornerRadius=1, cursor="pointer")
        .add_params(clicked("at_least", "risk_band"))
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


def scores_of_bar(bar: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who is in a bar of the histogram, by attributes of customers; the last step holds certainty too."""
    step = round(bar["at_least"] * STEPS)
    within = [("churn_probability", f"≥{step / STEPS:g}")]
    if step < STEPS - 1:
        within.append(("churn_probability", f"<{(step + 1) / STEPS:g}"))
    return [("risk_band", str(bar["risk_band"])), *within]


def calibration(bins: pl.DataFrame) -> Drawing:
    """What was predicted against what came; points on the diagonal are right."""
    points = alt.Chart(bins).encode(
        alt.X("mean_probability:Q", axis=alt.Axis(title="Predicted", labelExpr=SHARE, tickCount=6)),
        alt.Y("observed_rate:Q", axis=alt.Axis(title="Observed", labelExpr=SHARE, tickCount=6)),
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


_LANE = 26
_MANY_DAYS = 240
_EVENT_LANES = ("Payments", "Failed payments", "Contacts", "Campaigns", "Viewing", "Risk")
_EVENT_COLOURS = {
    "Payments": GREEN,
    "Failed payments": RUST,
    "Contacts": PLUM,
    "Campaigns": AMBER,
    "Viewing": SKY,
    "Risk": RUST,
}


def story(spans: pl.DataFrame, events: pl.DataFrame, as_of: datetime) -> Drawing:
    """A customer on one time axis: a lane for each subscription with its states, and one for each kind of event.

    ``events`` has lane, occurred_at, weight (0 to 1) and detail. The last state reaches to the as-of instant.
    """
    frame = floats(spans).with_columns(
        until=pl.col("valid_to").fill_null(as_of), lane=pl.lit("Subscription ") + pl.col("subscription_id")
    )
    present = frame["status"].unique().to_list()
    kinds = [lane for lane in _EVENT_LANES if lane in events["lane"]]
    lanes = [*frame["lane"].unique(maintain_order=True).to_list(), *kinds]
    # In a short history several ticks are of one month, which would be named as often.
    began = min([as_of, *spans["valid_from"]])
    is_long = (as_of - began).days > _MANY_DAYS
    axis = alt.Axis(title=None, tickCount=7, format="%b %Y" if is_long else "%-d %b %y", labelOverlap=True)
    y = alt.Y(
        "lane:N", sort=lanes, scale=alt.Scale(domain=lanes), axis=alt.Axis(title=None, labelLimit=170, ticks=False)
    )
    bars = (
        alt.Chart(frame)
        .mark_bar(height=14, cornerRadius=3)
        .encode(
            alt.X("valid_from:T", scale=alt.Scale(type="utc"), axis=axis),
            alt.X2("until:T"),
            y,
            colours("status:N", {name: colour for name, colour in STATUS_COLOURS.items() if name in present}),
            tooltip=[
                alt.Tooltip("lane", title="What"),
                alt.Tooltip("status", title="Status"),
                alt.Tooltip("auto_renew", title="Auto-renewal"),
                alt.Tooltip("valid_from:T", title="From", format="%d %b %Y"),
                alt.Tooltip("until:T", title="Until", format="%d %b %Y"),
                alt.Tooltip("mrr:Q", title="MRR", format=",.2f"),
            ],
        )
    )
    layers = bars
    for lane in kinds:
        points = alt.Chart(events.filter(pl.col("lane") == lane)).mark_point(
            filled=True, size=70, color=_EVENT_COLOURS[lane], stroke="white", strokeWidth=0.5
        )
        layers += points.encode(
            alt.X("occurred_at:T", scale=alt.Scale(type="utc"), axis=axis),
            y,
            opacity=alt.Opacity("weight:Q", scale=alt.Scale(domain=[0, 1], range=[0.15, 1]), legend=None),
            tooltip=[
                alt.Tooltip("lane", title="What"),
                alt.Tooltip("occurred_at:T", title="When", format="%d %b %Y"),
                alt.Tooltip("detail", title="Detail"),
            ],
        )
    return layers.properties(height=alt.Step(_LANE))
