"""Taking a segment out of the product, by the same steps as ``churniq export``: look first, then export.

Belongs here: the buttons and what they say. Does not belong here: who may be written to (``pipelines.activation``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from app import formatting
from app.view import SnapshotView
from pipelines.activation.exporting import Request, plan_export
from pipelines.activation.layouts import LAYOUTS
from pipelines.errors import UserError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.activation.exporting import Plan

_MIME = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet", ".jsonl": "application/jsonl"}


def request_for(view: SnapshotView, segment: str, layout: str = "csv") -> Request:
    """A plain request for a segment, its file named after the segment and the snapshot."""
    ending = LAYOUTS[layout].ending
    # Two layouts of one segment may end alike: the file says for whom it is.
    whom = "" if layout == ending.removeprefix(".") else f"{layout}-"
    name = f"churniq-{segment}-{whom}{view.as_of:%Y%m%dT%H%M%S}{ending}"
    return Request(segment, Path(name), layout)


@dataclass(frozen=True)
class _Outcome:
    """What is shown of an export that was looked at or carried out; small, since it stays with the session."""

    request: Request
    account: list[tuple[str, int, str]]
    sentences: list[str]
    file: str | None = None
    content: bytes = b""


def export_segment(request: Request, *, label: str, help_text: str) -> None:
    """Two buttons: whom the export would reach, and the export; then its account, and the file to save.

    What is in the way is said on the page. A file is only offered once it is recorded.
    """
    key = f"export-{request.segment}"
    with st.container(horizontal=True):
        is_asked = st.button("Who would be reached", icon=":material/checklist:", key=f"{key}-look")
        is_wanted = st.button(label, icon=":material/outbox:", help=help_text, key=f"{key}-go")
    try:
        if is_asked:
            st.session_state[key] = _outcome(request, plan_export(Settings(), request))
        if is_wanted:
            st.session_state[key] = _exported(request)
    except UserError as error:
        st.session_state.pop(key, None)
        st.warning(formatting.plain(f"Nothing was exported. {error}"), icon=":material/block:")
    outcome: _Outcome | None = st.session_state.get(key)
    if outcome is not None and replace(outcome.request, out=request.out) == request:
        _show(outcome)


def _outcome(request: Request, plan: Plan) -> _Outcome:
    from pipelines.activation.announcing import account, advice, evidence

    return _Outcome(request, account(plan), [said for said in (evidence(plan), *advice(plan)) if said])


def _exported(request: Request) -> _Outcome:
    from pipelines.activation.downloading import export_download

    with st.spinner("Exporting …"):
        download = export_download(Settings(), request)
    return replace(_outcome(request, download.plan), file=download.name, content=download.content)


def _show(outcome: _Outcome) -> None:
    frame = pl.DataFrame(outcome.account, schema=["What", "Customers", "Why"], orient="row")
    st.dataframe(frame, hide_index=True, width="content")
    for sentence in outcome.sentences:
        st.text(sentence)
    if outcome.file is None:
        return
    st.success("Exported and recorded: save the file.", icon=":material/check:")
    st.download_button(
        "Save the file",
        data=outcome.content,
        file_name=outcome.file,
        mime=_MIME.get(Path(outcome.file).suffix, "application/zip"),
        icon=":material/download:",
        on_click="ignore",
        key=f"export-{outcome.request.segment}-save",
    )
