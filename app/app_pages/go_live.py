"""Whether this environment is ready to be relied on: the checks of ``churniq golive`` with their remedies.

Belongs here: how the checks are shown. Does not belong here: the checks (``pipelines.readings.go_live``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import formatting, layout
from app.view import current_view
from pipelines.readings.go_live import Finding, go_live
from pipelines.settings import Settings

view = current_view()
layout.page_header(
    view,
    "Go-live",
    "Is this environment ready to be relied on?",
    not_cut="it compares everybody with the dashboards that were there before",
)


@st.cache_data(ttl=30, max_entries=20, show_spinner="Looking at the environment")
def _findings(file: str) -> list[Finding]:  # noqa: ARG001 - another snapshot, another answer
    return go_live(Settings())


findings = _findings(view.file)
failed = sum(not finding.passed for finding in findings)
if failed:
    st.warning(f"{formatting.plural(failed, 'check')} of {len(findings)} to be met: see the remedies.")
else:
    st.success("Ready to go live.")
# Sentences are read whole, which the cells of other tables cut.
st.table(
    pl.DataFrame(
        {
            "Check": [finding.check.capitalize() for finding in findings],
            "Passed": ["Yes" if finding.passed else "Not yet" for finding in findings],
            "Found": [formatting.plain(finding.found) for finding in findings],
            "Remedy": [formatting.plain(finding.remedy) for finding in findings],
        }
    ),
    hide_index=True,
)
