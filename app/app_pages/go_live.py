"""Whether this environment is ready to be relied on: the checks of ``churniq golive`` with their remedies.

Belongs here: how the checks are shown. Does not belong here: the checks (``pipelines.readings.go_live``).
"""

from __future__ import annotations

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
for finding in findings:
    mark = ":green-badge[Met]" if finding.passed else ":orange-badge[Not yet]"
    st.markdown(f"{mark} **{formatting.plain(finding.check.capitalize())}.** {formatting.plain(finding.found)}.")
    if finding.remedy:
        st.caption(formatting.plain(finding.remedy))
