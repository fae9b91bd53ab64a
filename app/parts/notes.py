"""Notes on a customer: read, written and deleted beside what the warehouse knows.

Belongs here: the widgets. Does not belong here: keeping notes (``pipelines.readings.notes``).
"""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from app import formatting, layout
from pipelines.errors import UserError
from pipelines.readings.notes import add_note, delete_note, notes_of
from pipelines.settings import Settings

_HELP = "Kept in this environment for everybody who reads it, until deleted; erasing the customer removes them."


def show(customer_id: str) -> None:
    """The notes, the newest first, and a line to write one more."""
    settings = Settings()
    layout.section("Notes", _HELP)
    try:
        notes = notes_of(settings, customer_id)
    except UserError as error:
        st.error(formatting.plain(str(error)))
        return
    for number, note in enumerate(notes):
        with st.container(horizontal=True, vertical_alignment="center"):
            when = formatting.instant(datetime.fromisoformat(note.written_at).astimezone(UTC).replace(tzinfo=None))
            by = f", {note.author}" if note.author else ""
            st.markdown(f"{formatting.plain(note.text)} :gray[{formatting.plain(when + by)}]", width="stretch")
            st.button(
                ":material/delete:", key=f"note-delete-{number}", help="Delete this note", on_click=delete_note,
                args=(settings, customer_id, note),
            )  # fmt: skip
    form = st.form("note", clear_on_submit=True, border=False)
    with form.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("A note", key="note-text", placeholder="Called: waits for the new season")
        author = st.text_input("By", key="note-author", width=180)
        is_sent = st.form_submit_button("Keep", icon=":material/edit_note:")
    if is_sent:
        try:
            add_note(settings, customer_id, text or "", author or "", datetime.now(UTC))
        except UserError as error:
            st.error(formatting.plain(str(error)))
        else:
            st.rerun()
