"""Care: contacts by topic with what followed them, the next step for each customer, and the classifier of topics.

Belongs here: the parts of the page on care. Does not belong here: its frame (``app.app_pages.care``), what is known of
one customer (``app.app_pages.customer``).
"""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app import charts_of_series, definitions_of_care, filters, formatting, layout, tables
from app.parts import metric_chart, metric_parts
from app.queries import care
from app.view import SnapshotView

_TOPICS = "care.fct_contact_topics_monthly"
_TICKETS = "care.fct_support_contacts"
_STEPS = "care.fct_next_best_steps"
_QUALITY = "care.topic_model_quality"

_MEASURES = {
    "accuracy": ("Right answers", "The share of all texts whose likeliest topic is the one an agent gave."),
    "macro_f1": (
        "Macro F1",
        "Precision and recall, averaged over topics so that rare ones count as much as common ones.",
    ),
    "majority_accuracy": ("Baseline", "What always answering the most frequent topic would get right."),
    "coverage": ("Predicted", "The share of texts at or above the threshold; the others stay unknown."),
    "precision_when_predicted": ("Right if predicted", "The share of right answers among those."),
    "expected_calibration_error": ("Calibration error", "How far stated and observed shares of right answers differ."),
}
_SPLITS = {
    "later_tickets": "On later tickets",
    "cross_validation": "On customers it had not seen",
}


def show_topics(view: SnapshotView) -> None:
    """Contacts by month and topic, and the topics of a month down to its tickets."""
    topics = care.topics(view.file)
    metric_parts.show(
        view, "contacts", "topic", {topic: (formatting.words(topic), colour) for topic, colour in
        zip(topics, charts_of_series.VALUE_COLOURS, strict=False)}, key="contacts", title="Contacts by topic",
        explanation=definitions_of_care.CONTACTS, empty="None was opened by the as-of instant.",
    )  # fmt: skip
    metric_chart.show(view, "contact_churn_rate", key="contact-churn")
    _month(view)


@st.fragment
def _month(view: SnapshotView) -> None:
    layout.section("A month by topic", definitions_of_care.CONTACTS)
    filters.say(
        "contacts for 1,000 paying, times to close and lifts are counted by month and topic; tickets are filtered"
    )
    left, right = st.columns(2)
    with left:
        month = layout.choose_month(layout.calendar(view, care.months(view.file)["month"].to_list()))
    topics = care.topics_of_month(view.file, month)
    tables.small_table(view, topics, name="contact-topics", table=_TOPICS)
    topic = right.selectbox(
        "Tickets of", topics["topic"].to_list()[::-1], key="care-topic", format_func=formatting.words
    )
    with st.expander("Show the tickets", icon=":material/receipt_long:", key="tickets", on_change="rerun") as opened:
        if opened.open:
            rows = care.tickets_of(month, topic)
            tables.browse_customers(view, rows, name="tickets", empty="Nobody opened a ticket of this topic then.")
    layout.section("Churn after contact, twelve months", definitions_of_care.CHURN_AFTER_CONTACT)
    tables.small_table(view, care.churn_by_topic(view.file, month), name="churn-after-contact", table=_TOPICS)
    layout.sources(_TOPICS, _TICKETS)


def show_steps(view: SnapshotView) -> None:
    """For whom there is something to do, by step."""
    layout.section("Next best steps", definitions_of_care.STEP)
    if layout.lacks(view, _STEPS):
        return
    people = tables.narrowed_by_now(view, care.customers_of_step(None))
    kinds = care.steps_by_kind(view.file, people)
    if kinds.is_empty():
        layout.empty_state("Nothing to do", "No rule holds for any customer at the as-of instant.")
        return
    tables.small_table(view, kinds, name="steps-by-kind", table=_STEPS)
    step = st.segmented_control(
        "Step",
        kinds["step"].to_list(),
        format_func=formatting.words,
        key="care-step",
    )
    rows = tables.narrowed_by_now(view, care.customers_of_step(step)) if step else people
    tables.browse_customers(view, rows, name="next-steps", empty="No customer has this step now.", is_narrowed=True)
    layout.sources(_STEPS)


def show_classifier(view: SnapshotView) -> None:
    """How far predicted topics can be trusted."""
    layout.section("Predicted topics", "A classifier learns from tickets with a topic and predicts it for the others.")
    if layout.lacks(view, _QUALITY):
        return
    rows = care.quality(view.file)
    if rows.is_empty():
        layout.empty_state("No classifier ran", "It runs with churniq build, before the tables by topic.")
        return
    st.caption(formatting.plain(rows["note"][0]))
    for split, title in _SPLITS.items():
        numbers = _numbers(rows, split)
        if not numbers:
            continue
        texts = formatting.plural(round(numbers["texts"]), "text")
        layout.section(f"{title} ({texts})", "Different texts with a topic, judged by a model that had not seen them.")
        tiles = layout.tiles(len(_MEASURES))
        for metric, (label, explanation) in _MEASURES.items():
            layout.tile(tiles, label, formatting.percent(numbers[metric]), about=explanation)
    each = rows.filter((pl.col("split") == "later_tickets") & (pl.col("topic") != care.WHOLE))
    if not each.is_empty():
        layout.section("Each topic, on later tickets", "Of the likeliest topics, whatever their probability.")
        table = each.pivot("metric", index="topic", values="value").select(
            "topic", pl.col("texts").cast(pl.Int64), "precision", "recall", "f1"
        )
        tables.small_table(view, table, name="topic-quality", table=_QUALITY)
    with st.expander("Show all measures", icon=":material/receipt_long:", key="quality", on_change="rerun") as opened:
        if opened.open:
            tables.small_table(view, rows.drop("note"), name="topic-model", table=_QUALITY)
    layout.sources(_QUALITY)


def _numbers(rows: pl.DataFrame, split: str) -> dict[str, Any]:
    chosen = rows.filter((pl.col("split") == split) & (pl.col("topic") == care.WHOLE))
    return dict(chosen.select("metric", "value").iter_rows())
