"""Every rule of the alerts with its runs, and every message that was sent: also where nothing could be sent.

Belongs here: how they are shown. Does not belong here: judging and sending (``pipelines.alerts``).
"""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import streamlit as st

from app import formatting, layout
from app.view import current_view
from pipelines.alerts.journal import deliveries, evaluations, failing_targets
from pipelines.alerts.rules import read_rules
from pipelines.errors import UserError
from pipelines.settings import Settings

_RUNS, _SENT = 30, 200
_FAILURE_HOURS = 24 * 30

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
    f"The last message arrived on {formatting.instant(arrived[-1].instant.replace(tzinfo=None))}."
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
                "Rule": [rule.name for rule in rules.rules],
                "State": ["fired" if (one := newest.get(rule.name)) and one.fired else "quiet" for rule in rules.rules],
                "Severity": [rule.severity for rule in rules.rules],
                "Owner": [rule.owner for rule in rules.rules],
                "Found": [one.found if (one := newest.get(rule.name)) else "" for rule in rules.rules],
                "Rows": [one.rows if (one := newest.get(rule.name)) else "" for rule in rules.rules],
                "Runbook": [rule.runbook for rule in rules.rules],
            }
        ),
        hide_index=True,
        height="content",
        key="rules",
    )
    st.markdown("**Each run**")
    lines = [
        {"Run": one.at, "Asked by": one.trigger}
        | {verdict.rule: "fired" if verdict.fired else "quiet" for verdict in one.verdicts}
        for one in reversed(runs[-_RUNS:])
    ]
    st.dataframe(pl.DataFrame(lines, infer_schema_length=None), hide_index=True, key="runs")
st.markdown("**Messages**")
st.dataframe(
    pl.DataFrame(
        {
            "Sent": [one.at for one in reversed(sent[-_SENT:])],
            "To": [one.target for one in reversed(sent[-_SENT:])],
            "What": [one.purpose for one in reversed(sent[-_SENT:])],
            "Rules": [", ".join(one.rules) for one in reversed(sent[-_SENT:])],
            "Arrived": [one.delivered for one in reversed(sent[-_SENT:])],
            "Why not": [one.error for one in reversed(sent[-_SENT:])],
        },
        schema_overrides={"Arrived": pl.Boolean},
    ),
    hide_index=True,
    key="messages",
)
