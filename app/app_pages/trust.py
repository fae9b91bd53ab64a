"""Why the numbers can be trusted: how they are defined, what changed in them since, what each word means, how it runs.

Belongs here: which parts there are. Does not belong here: the parts (``app.parts``).
"""

from __future__ import annotations

from app import layout
from app.parts import conventions, glossary, restatements, status, whats_new
from app.queries import revenue
from app.view import SnapshotView, current_view


def _definitions(view: SnapshotView) -> None:
    if not layout.lacks(view, conventions.VARIANTS, conventions.GAPS, conventions.REGISTRY):
        conventions.show(view)


def _restatements(view: SnapshotView) -> None:
    if revenue.months(view.file).is_empty():
        layout.no_rows(
            view,
            "No months yet",
            "They begin with the first customer who pays a recurring price.",
            "subscription_events",
        )
    else:
        restatements.show(view)


_PARTS = {
    "glossary": ("Glossary", "What does each metric, table and column mean?", glossary.show),
    "definitions": ("Definitions", "Why does our number differ from the vendor's dashboard?", _definitions),
    "restatements": ("Restatements", "Why is a month not what it was when it was first reported?", _restatements),
    "whats_new": ("What's new", "What changed in the product and in its definitions?", whats_new.show),
    "status": ("Status", "Do feeds, builds, checks, scores and messages run?", status.show),
}

view = current_view()
layout.page_header(
    view, "Trust", "Why can these numbers be trusted?", not_cut="restatements, definitions and health are of everybody"
)
part = layout.choose_part({name: title for name, (title, _, _) in _PARTS.items()}, key="trust_part")
layout.section(_PARTS[part][0], _PARTS[part][1])
_PARTS[part][2](view)
