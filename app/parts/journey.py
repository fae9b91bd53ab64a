"""The retention journey: where people stand, between which stages they move, and how long they stay.

Belongs here: the parts of the page on the journey. Does not belong here: its frame
(``app.app_pages.retention``), the rules of the stages (the mart ``journey.fct_journey_stages``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import altair as alt
import polars as pl
import streamlit as st

from app import charts, charts_of_series, definitions, filters, formatting, layout, tables, vocabulary
from app.filters import Filters
from app.parts import metric_answers
from app.queries import journey, metrics
from app.view import SnapshotView
from pipelines.readings.questions import Question

DAILY = "journey.fct_journey_daily"
MOVES = "journey.fct_journey_moves_by_combination"
STAGES = "journey.fct_journey_stages"
TIMES = "journey.fct_journey_times"

STAGE_MEANINGS = {
    "visited": "Came by, or saw a paywall.",
    "registered": "Has an account and did not begin a checkout.",
    "checkout": "Began a checkout, or had a trial that ended unpaid; never had MRR.",
    "trial": "A subscription is in trial and none has MRR.",
    "paying": "Has MRR, and none of the next three.",
    "at_risk": "Has MRR, and a payment failed: a subscription is in grace.",
    "set_to_cancel": "Has MRR, and every subscription with MRR has auto-renew off.",
    "churned": "Had MRR and has none, holds, pauses and accounts deleted since included.",
    "won_back": "Has MRR again after a churn, and neither a failed payment nor set to cancel.",
}
_STAGE = " ".join(f"{vocabulary.stage(stage)}: {meaning}" for stage, meaning in STAGE_MEANINGS.items())
_GROUPS = {
    "subscribers": ("Paying", ("paying", "won_back", "at_risk", "set_to_cancel")),
    "leaving": ("About to leave", ("at_risk", "set_to_cancel")),
    "before": ("Before paying", ("visited", "registered", "checkout", "trial")),
    "after": ("After", ("churned", "won_back")),
}
_COLOURS = {
    "visited": charts.GREY,
    "registered": charts.SKY,
    "checkout": charts.AMBER,
    "trial": charts.PLUM,
    "paying": charts.BLUE,
    "at_risk": charts.AMBER,
    "set_to_cancel": charts.RUST,
    "churned": charts.GREY,
    "won_back": charts.GREEN,
}
_PAYING = ("paying", "at_risk", "set_to_cancel", "won_back")
_PERSONS = "persons_in_stages"
_SPANS = {30: "30 days", 90: "90 days", 365: "A year", 10_000: "All"}
_IS_NARROW = "width < 420"
_NEW = "(new)"
_MONTH = 30
# Of a row of flows: the whole height in one cell would be a wall.
_ROW_PIXELS = 34


def show(view: SnapshotView, part: Callable[[SnapshotView], None]) -> None:
    """One part under the headline of all, where anybody is on the way."""
    if layout.lacks(view, STAGES, *metrics.needs_of(_PERSONS)):
        return
    by_day, chosen, refused = _days(view)
    if by_day.is_empty():
        narrows = chosen.narrows or chosen.first is not None
        layout.no_rows(
            view,
            "Nobody on the way",
            "No person is like this: change the filters." if narrows else "Nobody had come by the as-of instant.",
            *metrics.feeds_of(_PERSONS),
        )
        return
    metric_answers.subtitle(chosen, refused)
    _headline(by_day, view.as_of_date)
    part(view)


def _days(view: SnapshotView) -> tuple[pl.DataFrame, Filters, list[str]]:
    """close_date, stage, closing_persons and who came and went, of whom the filters mean; and which filters hold."""
    chosen, refused = metric_answers.narrowed(view, _PERSONS, by=("stage",))
    question = Question(_PERSONS, "day", ("stage",), chosen.first, where=chosen.where)
    rows = metrics.answers(view.file, question, "stage_entries", "stage_exits")
    names = {
        "period": "close_date",
        _PERSONS: "closing_persons",
        "stage_entries": "entered_persons",
        "stage_exits": "left_persons",
    }
    return rows.rename(names), chosen, refused


def _headline(days: pl.DataFrame, last: date) -> None:
    """The stages from the trial on at the last close, against 30 days before."""
    now = _closing(days, last)
    before = _closing(days, last - timedelta(days=_MONTH))
    shown = ("trial", *_PAYING, "churned")
    numbers: list[tuple[str, str, tuple[str, ...]]] = [
        ("Paying customers", definitions.PAYING_CUSTOMERS + " The four stages of paying sum to it.", _PAYING)
    ]
    numbers += [(vocabulary.stage(stage), STAGE_MEANINGS[stage], (stage,)) for stage in shown]
    tiles = layout.tiles(len(numbers))
    for label, meaning, stages in numbers:
        count = sum(now.get(stage, 0) for stage in stages)
        difference = count - sum(before.get(stage, 0) for stage in stages) if before else None
        layout.tile(
            tiles,
            label,
            formatting.count(count),
            None
            if difference is None
            else formatting.change(difference, f"{formatting.count(difference, signed=True)} in 30 days"),
            about=meaning,
            change=difference,
            colour="off",
        )


def _closing(days: pl.DataFrame, day: date) -> dict[str, int]:
    return dict(days.filter(pl.col("close_date") == day).select("stage", "closing_persons").iter_rows())


def show_stages(view: SnapshotView) -> None:
    """Persons by stage at the close of each day."""
    layout.section("Persons by stage", _STAGE)
    days, _, _ = _days(view)
    group = st.segmented_control(
        "Stages",
        list(_GROUPS),
        default="subscribers",
        required=True,
        format_func=lambda name: _GROUPS[name][0],
        key="journey-group",
        label_visibility="collapsed",
    )
    stages = _GROUPS[group or "subscribers"][1]
    shown = days.filter(pl.col("stage").is_in(stages))
    if shown.is_empty():
        layout.empty_state("Nobody in these stages", "Choose other stages, or change the filters.")
        return
    by_day = shown.pivot("stage", index="close_date", values="closing_persons").fill_null(0)
    fields = {stage: (vocabulary.stage(stage), _COLOURS[stage]) for stage in stages if stage in by_day.columns}
    layout.chart(
        charts_of_series.stacked_by_day(by_day.select("close_date", *fields), "close_date", fields, "Persons", ",d")
    )
    st.caption("At the close of each day in the report time zone. Each person is in exactly one stage.")
    with st.expander("Show the days", icon=":material/receipt_long:", key="journey-days", on_change="rerun") as opened:
        if opened.open:
            tables.small_table(view, shown.reverse(), name="journey-days", table=DAILY)
    layout.sources(DAILY, MOVES)


@st.fragment
def show_flows(view: SnapshotView) -> None:
    """Who moved from which stage to which, in the days up to the as-of instant."""
    layout.section("Flows between stages", "Persons whose stage at a close differs from the close before, by day.")
    span = st.segmented_control(
        "Days", list(_SPANS), default=30, required=True, format_func=lambda days: _SPANS[days], key="journey-span",
        label_visibility="collapsed",
    )  # fmt: skip
    last = view.as_of_date
    first = last - timedelta(days=(span or _MONTH) - 1)
    moved = tables.narrowed_by_now(view, journey.moves(first, last))
    flows = journey.flows(view.file, moved)
    if flows.is_empty():
        layout.empty_state("Nobody moved", "No stage of any person changed in these days.")
        return
    event = layout.chart(
        _heat_table(flows), key=f"flows-{span}", instead_of="journey-flow", alt="Persons who moved, from stage to stage"
    )
    found = layout.picked(event)
    pairs = list(flows.select("from_stage", "to_stage").iter_rows())
    into = st.selectbox(
        "Persons who moved", pairs, index=None, placeholder="Choose, or click a cell", format_func=_pair,
        key="journey-flow", width=420,
    )  # fmt: skip
    named = {(vocabulary.stage(before), vocabulary.stage(after)): (before, after) for before, after in pairs}
    chosen = named.get((str(found.get("from_stage")), str(found.get("to_stage"))))
    chosen = into or chosen
    if chosen is not None:
        with st.container(border=True):
            st.markdown(f"**{_pair(chosen)}**")
            rows = journey.persons_who_moved(moved, *chosen)
            empty = "Nobody moved so in these days."
            tables.browse_customers(view, rows, name="journey-persons", empty=empty, is_narrowed=True)
    with st.expander(
        "Show the flows by day", icon=":material/receipt_long:", key="flow-days", on_change="rerun"
    ) as more:
        if more.open:
            tables.browse(view, journey.flows_by_day(moved), name="journey-flows", empty="Nobody moved.")
    layout.sources(STAGES)


def _pair(pair: tuple[str, str]) -> str:
    return f"{vocabulary.stage(pair[0])} \N{RIGHTWARDS ARROW} {vocabulary.stage(pair[1])}"


def _heat_table(flows: pl.DataFrame) -> charts.Drawing:
    order = [_NEW, *STAGE_MEANINGS]
    labels = [vocabulary.stage(stage) for stage in order]
    # On a narrow screen words are shorter, and numbers that would print over each other are told on hover.
    limit = alt.ExprRef(f"{_IS_NARROW} ? 118 : 220")
    most = int(flows["persons"].max() or 0)  # type: ignore[arg-type]
    digits = len(f"{most:,d}")
    room = alt.condition(f"width > {flows['to_stage'].n_unique() * (6 * digits + 1)}", alt.value(1), alt.value(0))
    # The numbers differ by orders of magnitude, so that shades of their roots tell more apart.
    cells = alt.Chart(
        flows.with_columns(pl.col("from_stage", "to_stage").replace_strict(order, labels, default=None))
    ).encode(
        alt.X(
            "to_stage:O",
            sort=labels,
            axis=alt.Axis(
                title="To",
                orient="top",
                labelAngle=alt.ExprRef(f"{_IS_NARROW} ? -90 : -40"),
                labelAlign="left",
                labelOverlap=False,
                labelLimit=limit,
                ticks=False,
            ),
        ),
        alt.Y("from_stage:O", sort=labels, axis=alt.Axis(title="From", ticks=False, labelLimit=limit)),
        tooltip=[
            alt.Tooltip("from_stage", title="From"),
            alt.Tooltip("to_stage", title="To"),
            alt.Tooltip("persons:Q", title="Persons", format=",d"),
        ],
    )
    # On all of these shades black is read, with a contrast of 4.5 and more.
    shades = alt.Scale(type="sqrt", domain=[0, most], range=["#E3EEF7", charts.BLUE])
    return (
        cells.mark_rect(cornerRadius=2, cursor="pointer")
        .add_params(charts.clicked("from_stage", "to_stage"))
        .encode(color=alt.Color("persons:Q", scale=shades, legend=None))
        + cells.mark_text(fontSize=10).encode(
            text=alt.Text("persons:Q", format=",d"),
            color=alt.value("#000000"),
            opacity=room,
        )
    ).properties(height=alt.Step(_ROW_PIXELS))


def show_times(view: SnapshotView) -> None:
    """How long stays in each stage took, by the stage that came after."""
    layout.section("Times in stage", "Days from the close that found a person in the stage to the one that did not.")
    filters.say("how long stays took is the middle of all of them, which parts do not add up to")
    if layout.lacks(view, TIMES):
        return
    times = journey.times(view.file)
    stages = [stage for stage in STAGE_MEANINGS if stage in times["stage"]]
    stage = st.selectbox(
        "Stage",
        stages,
        index=stages.index("trial") if "trial" in stages else 0,
        format_func=vocabulary.stage,
        key="journey-stage",
        width=260,
    )
    st.caption(STAGE_MEANINGS[stage])
    tables.small_table(view, times.filter(pl.col("stage") == stage), name=f"journey-times-{stage}", table=TIMES)
    st.caption("Half of the stays took between the lower and the upper quartile. Stays that go on count so far.")
    with st.expander("Show all stages", icon=":material/receipt_long:", key="all-times", on_change="rerun") as opened:
        if opened.open:
            tables.small_table(view, times, name="journey-times", table=TIMES)
    layout.sources(TIMES)
