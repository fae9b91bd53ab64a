"""What a reader sees where there is nothing to read: how to fill an environment.

Belongs here: the page of an environment without a published snapshot. Does not belong here: pages on a snapshot.
"""

from __future__ import annotations

import streamlit as st

_INGEST_AND_BUILD = "churniq ingest PATH\nchurniq build"


def show_welcome(sentence: str) -> None:
    """Say what is wrong in the sentence of the error, and which commands put something here."""
    _, middle, _ = st.columns([1, 2, 1])
    with middle:
        st.title("Welcome to ChurnIQ", anchor=False)
        st.info(sentence, icon=":material/inventory_2:")
        st.markdown("Two commands bring your own data here. `PATH` is the folder that holds your feeds:")
        st.code(_INGEST_AND_BUILD, language=None)
        st.markdown("Or look around with a simulated business first:")
        st.code("churniq demo", language=None)
        st.caption("Then reload this page.")
