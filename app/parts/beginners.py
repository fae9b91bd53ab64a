"""The filters above the page, as far as they can hold for people by what they began with.

Belongs here: from filters to those who are counted, and the words on it. Does not belong here: counting
(``pipelines.readings.beginners``), what is shown of them (``app.parts.cohorts``, ``app.parts.survival``).
"""

from __future__ import annotations

import streamlit as st

from app import filters, layout
from app.filters import DIMENSIONS
from app.queries import choices
from app.view import SnapshotView
from pipelines.readings import beginners
from pipelines.readings.beginners import Beginners


def narrowed(view: SnapshotView) -> Beginners:
    """Whom the filters mean; a snapshot from before customers had cohorts of their own has everybody."""
    if beginners.COHORTS not in layout.tables_of(view):
        return Beginners()
    chosen = filters.current_filters()
    kept = tuple((name, values) for name, values in chosen.where if name in beginners.DIMENSIONS)
    members = choices.members_of(view.file, chosen.segment) if chosen.segment else None
    return Beginners(kept, chosen.first, members)


def say(view: SnapshotView) -> None:
    """How what follows is filtered, and by what it cannot be; nothing where nothing is chosen."""
    of, chosen = narrowed(view), filters.current_filters()
    sentences = []
    words = chosen.words([*beginners.DIMENSIONS, "segment"]) if of.where or of.only is not None else []
    if of.first:
        words.append(f"first MRR since the month of {of.first:%-d %b %Y}")
    if words:
        sentences.append(f"Filtered: {', '.join(words)}; offer and channel are those of the first MRR.")
    refused = chosen.words([name for name in DIMENSIONS if name not in dict(of.where)])
    if refused:
        sentences.append(f"Not applied: {', '.join(refused)}; it is not among what a customer began with.")
    if sentences:
        st.caption(" ".join(sentences))
