"""Every rule of the alerts with its runs, and every message that was sent: also where nothing could be sent.

Belongs here: how they are shown. Does not belong here: judging and sending (``pipelines.alerts``).
"""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import streamlit as st

from app import formatting, layout
from app.view import current_view
from pipelines.alerts.journal import AlertDelivery, Evaluation, Verdict, deliveries, evaluations, failing_targets
from pipelines.alerts.rules import read_rules
from pipelines.errors import UserError
from pipelines.settings import Settings

_RUNS, _SENT = 30, 200
_FAILURE_HOURS = 24 * 30


def _at(one: AlertDelivery | Evaluation) -> str:
    return formatting.instant(one.instant)


def _fired(verdict: Verdict | None) -> str:
    return "Fired" if verdict and verdict.fired else "Quiet"


view = current_view()
layout.page_header(
    view,
    "Alerts",
    "What is watched, what fires, and did anybody get to know?",
    not_cut="alerts have conditions of their own",
)
home = Settings().home
try:
    rules, runs, sent = read_rules(Settings()), evaluations(home), deliveries(home)
except UserError as error:
    st.error(formatting.plain(str(error)))
    st.stop()
for name, reason in failing_targets(sent, datetime.now(UTC), _FAILURE_HOURS).items():
    st.error(formatting.plain(f"The last message to {name} did not arrive: {reason}."))
arrived = [one for one in sent if one.delivered]
st.caption(
    f"The last message arrived on {_at(arrived[-1])}."
    if arrived
    else "No message has arrived anywhere yet: churniq alerts test sends one."
)
if not runs:
    st.info("The rules were never looked at: a build does, or churniq alerts run.")
else:
    newest = {verdict.rule: verdict for verdict in runs[-1].verdicts}
    st.dataframe(
        pl.DataFrame(
            {
                "Rule": [formatting.words(rule.name) for rule in rules.rules],
                "State": [_fired(newest.get(rule.name)) for rule in rules.rules],
                "Severity": [formatting.words(rule.severity) for rule in rules.rules],
                "Owner": [formatting.words(rule.owner) for rule in rules.rules],
                "Found": [one.found if (one := newest.get(rule.name)) else "" for rule in rules.rules],
                "Rows": [one.rows if (one := newest.get(rule.name)) else "" for rule in rules.rules],
                "Runbook": [rule.runbook for rule in rules.rules],
            }
        ),
        hide_index=True,
        height="content",
        column_config={"Found": st.column_config.Column(width=460)},
        key="rules",
    )
    lines = [
        {"Run": _at(one), "Asked by": formatting.words(one.trigger)}
        | {formatting.words(verdict.rule): _fired(verdict) for verdict in one.verdicts}
        for one in reversed(runs[-_RUNS:])
    ]
    st.markdown("**Each run**")
    st.dataframe(pl.DataFrame(lines, infer_schema_length=None), hide_index=True, key="runs")
if sent:
    st.markdown("**Messages**")
    newest_first = sent[: -_SENT - 1 : -1]
    st.dataframe(
        pl.DataFrame(
            {
                "Sent": [_at(one) for one in newest_first],
                "To": [one.target for one in newest_first],
                "What": [formatting.words(one.purpose) for one in newest_first],
                "Rules": [", ".join(map(formatting.words, one.rules)) for one in newest_first],
                "Arrived": [one.delivered for one in newest_first],
                "Why not": [one.error for one in newest_first],
            }
        ),
        hide_index=True,
        key="messages",
    )
